//! Two sides compared, each a run or a set of runs: as JSON, as text and as a page.

mod compared;
mod headline;
mod json;
mod page;
mod plots;
mod report;
mod text;
mod wording;

pub use compared::Compared;
pub use page::compare_html;
pub use report::{CompareReport, ComparedRun, ConfigDifference};
pub use text::compare_text;
