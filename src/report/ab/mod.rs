//! Two configurations run in turns: `ab.json`, and its text for people.

mod calibration;
mod report;
mod text;

pub use calibration::{CalibratedLook, Calibration};
pub use report::{AbEnd, AbLook, AbReport, AbRun, AbSide};
pub use text::{ab_look_line, ab_run_line, ab_text};
