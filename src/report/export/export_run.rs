use std::path::PathBuf;

use crate::measure::Summary;

/// A run to export.
#[derive(Debug, Clone)]
pub struct ExportRun {
    /// Its folder, by which it is named.
    pub folder: PathBuf,
    /// Its figures.
    pub summary: Summary,
}
