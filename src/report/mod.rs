//! What a run leaves on disk: configuration, claims, summary, histograms.

mod folder;
mod histogram_files;
mod search;
mod text;

pub use folder::{ReportError, RunFolder, write_file};
pub use histogram_files::write_histograms;
pub use search::{SearchReport, SearchStep, search_text, step_line};
pub use text::{describe_outcomes, summary_text};
