use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::run::{RunError, exec_bound};

#[derive(Args)]
pub(super) struct Exec {
    /// The process that started this one, whose end ends the program.
    #[arg(long, value_name = "PID")]
    parent: i32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    words: Vec<OsString>,
}

impl Exec {
    pub fn run(self) -> Result<i32, RunError> {
        let error = exec_bound(self.parent, &self.words);
        Err(RunError::Exec { program: self.words.first().map(PathBuf::from).unwrap_or_default(), error })
    }
}
