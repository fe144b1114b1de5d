//! What a run leaves on disk: configuration, claims, summary, histograms.

mod folder;
mod histogram_files;
mod text;

pub use folder::{ReportError, RunFolder};
pub use histogram_files::write_histograms;
pub use text::{describe_outcomes, summary_text};
