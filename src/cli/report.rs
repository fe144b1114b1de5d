use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::output::say;
use crate::run::{RunError, write_report};

#[derive(Args)]
pub(super) struct Report {
    /// Folder of a run, even of one that was killed.
    #[arg(value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// File to write [default: FOLDER/report.html].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

impl Report {
    pub fn run(self) -> Result<i32, RunError> {
        let page = write_report(&self.folder, self.out.as_deref())?;
        say!("wrote {}", page.display());
        Ok(0)
    }
}
