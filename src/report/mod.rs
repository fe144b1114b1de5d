//! What a run leaves on disk: configuration, claims, summary, histograms, and a page that shows them.

mod compare;
mod folder;
mod histogram_files;
mod junit;
mod level;
mod openmetrics;
mod page;
mod percentiles;
mod plot;
mod run_page;
mod scatter;
mod screen;
mod search;
mod stored;
mod survey;
mod table;
mod text;
mod timeline;
mod units;
mod verdict;

pub use compare::{CompareReport, Compared, ComparedRun, ConfigDifference, compare_html, compare_text};
pub(crate) use folder::write;
pub use folder::{CONTROLLER_LOG, ReportError, RunFolder, write_file};
pub use histogram_files::{disagreement, interval_log, write_histograms};
pub use junit::junit;
pub use openmetrics::openmetrics;
pub use run_page::{PageFacts, run_html, warm_ups};
pub use screen::{Line, Look, Screen, Tone};
pub use search::{SearchReport, SearchStep, expected_line, search_html, search_text, step_text};
pub use stored::{Claims, StoredRun};
pub use text::{Ending, Example, RunEnd, describe_outcomes, summary_text};
pub use units::seconds;
