use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::config::{Config, ConfigError};
use crate::files::{PRIVATE, write_whole};
use crate::measure::{ClaimRecord, Summary};

/// A run's folder that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {path}: {source}")]
pub struct ReportError {
    path: String,
    source: io::Error,
}

/// The folder of one run. Readable by its owner alone, since claims may carry what a user put into them.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    claims: BufWriter<File>,
}

/// What the sources said, a line for each reading.
pub const METRICS: &str = "metrics.jsonl";

/// What a controller's program has printed. It is begun before the rest of the run's folder.
pub const CONTROLLER_LOG: &str = "controller.log";

const ALLOWED: &str = "a folder that is new or empty and can be written";

impl RunFolder {
    /// Checks that `path` can become a run's folder, touching nothing.
    ///
    /// # Errors
    /// A [`ConfigError`] for `output.dir` where it exists and is not an empty folder.
    pub fn check(path: &Path) -> Result<(), ConfigError> {
        let shown = path.display();
        let counts =
            |entry: &io::Result<fs::DirEntry>| !entry.as_ref().is_ok_and(|it| it.file_name() == CONTROLLER_LOG);
        match fs::read_dir(path).map(|entries| entries.filter(counts).count()) {
            Ok(1..) => Err(ConfigError::not_allowed("output.dir", format!("{shown}, which is not empty"), ALLOWED)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ConfigError::not_allowed("output.dir", format!("{shown}: {error}"), ALLOWED))
            }
            _ => Ok(()),
        }
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// As [`RunFolder::create`].
    pub fn make(path: &Path) -> Result<(), ConfigError> {
        Self::check(path)?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| ConfigError::not_allowed("output.dir", format!("{}: {error}", path.display()), ALLOWED))
    }

    /// Makes the folder and writes the resolved configuration, before anything is claimed.
    ///
    /// # Errors
    /// A [`ConfigError`] for `output.dir` where it exists and is not empty, or cannot be made.
    pub fn create(path: &Path, config: &Config) -> Result<Self, ConfigError> {
        Self::make(path)?;
        let shown = path.display();
        let refuse = |what: String| ConfigError::not_allowed("output.dir", what, ALLOWED);
        let yaml = serde_saphyr::to_string(config).map_err(|error| refuse(format!("{shown}: {error}")))?;
        let written = write_whole(&path.join("config.yaml"), yaml.as_bytes(), PRIVATE)
            .and_then(|()| open(&path.join("claims.jsonl")));
        let claims = written.map_err(|error| refuse(format!("{shown}: {error}")))?;
        Ok(Self { path: path.to_owned(), claims: BufWriter::with_capacity(1 << 16, claims) })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a claim's line.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn append(&mut self, claim: &ClaimRecord) -> Result<(), ReportError> {
        let line = serde_json::to_writer(&mut self.claims, claim).map_err(io::Error::from);
        line.and_then(|()| self.claims.write_all(b"\n")).map_err(|source| self.failed("claims.jsonl", source))
    }

    /// Hands all lines to the system, so that they outlive this process.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn flush(&mut self) -> Result<(), ReportError> {
        self.claims.flush().map_err(|source| self.failed("claims.jsonl", source))
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn write_summary(&self, summary: &Summary) -> Result<(), ReportError> {
        let text = pretty(summary).map_err(|source| self.failed("summary.json", source))?;
        self.write("summary.json", &text)
    }

    /// Writes another file of the folder.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
        write_whole(&self.path.join(name), bytes, PRIVATE).map_err(|source| self.failed(name, source))
    }

    /// Begins another file of the folder, which is written while the run lasts.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn begin(&self, name: &str) -> Result<File, ReportError> {
        open(&self.path.join(name)).map_err(|source| self.failed(name, source))
    }

    /// Writes another file of the folder, a JSON line for each.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn write_lines(&self, name: &str, values: &[impl Serialize]) -> Result<(), ReportError> {
        let mut text = Vec::new();
        for value in values {
            serde_json::to_writer(&mut text, value).map_err(|error| self.failed(name, error.into()))?;
            text.push(b'\n');
        }
        self.write(name, &text)
    }

    fn failed(&self, name: &str, source: io::Error) -> ReportError {
        ReportError { path: self.path.join(name).display().to_string(), source }
    }
}

/// Writes `value` as JSON, whole or not at all.
///
/// # Errors
/// [`ReportError`].
pub fn write_file(path: &Path, value: &impl Serialize) -> Result<(), ReportError> {
    let written = pretty(value).and_then(|text| write_whole(path, &text, PRIVATE));
    written.map_err(|source| ReportError { path: path.display().to_string(), source })
}

fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path)
}
