//! A whole run: open the target, play the load, record each claim as it ends, judge, write.

mod cost;
mod error;
mod progress;
mod recorder;
mod target;
mod whole;

pub use error::RunError;
pub use progress::Progress;
pub use target::{Opened, Target};
pub use whole::{RunOptions, RunResult, run};
