use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::output::{say, write_out};
use crate::files::{SHARED, write_whole};
use crate::report::ExportFormat;
use crate::run::{RunError, export_runs};

#[derive(Args)]
pub(super) struct Export {
    /// Folders of runs, or of sets of runs (`run --repeat`).
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    /// The program that reads it; csv is for any other.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: ExportFormat,
    /// File to write [default: stdout].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Export even INVALID and interrupted runs.
    #[arg(long)]
    force: bool,
}

impl Export {
    pub fn run(self) -> Result<i32, RunError> {
        let exported = export_runs(&self.folders, self.format, self.force)?;
        for sentence in &exported.left_out {
            say!("{sentence}");
        }
        let Some(file) = &self.out else { return write_out(exported.text.as_bytes()) };
        let written = write_whole(file, exported.text.as_bytes(), SHARED);
        written.map_err(|error| RunError::Write { what: file.display().to_string(), error })?;
        say!("wrote {}", file.display());
        Ok(0)
    }
}

fn formats() -> impl TypedValueParser<Value = ExportFormat> {
    let names = PossibleValuesParser::new(ExportFormat::ALL.map(ExportFormat::name));
    names.try_map(|name| ExportFormat::of_name(&name).ok_or("not a format"))
}
