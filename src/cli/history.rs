use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::options::OutputFormat;
use super::output::say;
use super::stack::print_json;
use super::terminal::{look, show};
use crate::report::history_text;
use crate::run::{RunError, history, write_history};

#[derive(Args)]
pub(super) struct History {
    /// Folders of runs, or folders that hold such folders.
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    /// The figure to follow, as objectives name it.
    #[arg(long, value_name = "FIGURE", default_value = "time_to_ready.p50")]
    figure: String,
    /// A label: the runs of each of its values are a series of their own.
    #[arg(long, value_name = "LABEL")]
    by: Option<String>,
    /// Folder for history.json and the page, index.html; what is there is replaced.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or history.json.
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

impl History {
    pub fn run(self) -> Result<i32, RunError> {
        let report = history(&self.folders, &self.figure, self.by.as_deref())?;
        let look = look();
        show(&history_text(&report), &look);
        if let Some(out) = &self.out {
            write_history(&report, out)?;
            say!("wrote {}", out.join("index.html").display());
        }
        print_json(self.output, &report)
    }
}
