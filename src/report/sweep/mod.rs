//! The points of a sweep: `sweep.json`, the text for people, and a page.

mod page;
mod panel;
mod pareto;
mod report;
mod text;

pub use page::sweep_html;
pub use report::{SweepKey, SweepPoint, SweepReport, SweptPool};
pub use text::{sweep_begins, sweep_point_line, sweep_text};

/// Name of the page in the folder of a sweep.
pub const SWEEP_PAGE: &str = "sweep.html";
