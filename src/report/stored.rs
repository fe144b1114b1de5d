use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::folder::METRICS;
use crate::config::{Config, ConfigError, from_yaml};
use crate::files::{open_regular, read_regular};
use crate::measure::{ClaimRecord, PoolSample, SourceReading, Summary};

/// Bytes of a claim's line, at most.
const LONGEST_LINE: u64 = 1 << 20;

/// A run's folder as it was left, by a run that ended or by one that was killed.
#[derive(Debug)]
pub struct StoredRun {
    /// The folder.
    pub path: PathBuf,
    /// The resolved configuration.
    pub config: Config,
    /// The same, as it is written.
    pub config_text: String,
    /// `summary.json`; `None` where the run was killed before it was written.
    pub summary: Option<Summary>,
    field: String,
}

impl StoredRun {
    /// Reads what is small; claims are read one at a time.
    ///
    /// # Errors
    /// A [`ConfigError`] for `field` where the folder holds no run, or a file of it is not what it should be.
    pub fn open(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let config_path = folder.join("config.yaml");
        let config_text = read_regular(&config_path).map_err(|error| unreadable(field, &config_path, &error))?;
        let config = from_yaml(&config_text, &config_path, &[])?;
        let path = folder.join("summary.json");
        let summary = match read_regular(&path) {
            Ok(text) => {
                let wrong = |error| ConfigError::new(field, format!("{}: {error}", path.display()));
                Some(serde_json::from_str(&text).map_err(wrong)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unreadable(field, &path, &error)),
        };
        Ok(Self { path: folder.to_owned(), config, config_text, summary, field: field.to_owned() })
    }

    /// What the pools held, in order of time; nothing where they could not be read, or the run was killed.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolSample> {
        self.lines("pools.jsonl")
    }

    /// What the sources said, in order of time; nothing where none was read.
    #[must_use]
    pub fn metrics(&self) -> Vec<SourceReading> {
        self.lines(METRICS)
    }

    /// The values of a file that is of use without its end, too.
    fn lines<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let Ok(file) = open_regular(&self.path.join(name)) else { return Vec::new() };
        serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter().map_while(Result::ok).collect()
    }

    /// The claims, from the first line of `claims.jsonl` on.
    ///
    /// # Errors
    /// A [`ConfigError`] where there is no such file.
    pub fn claims(&self) -> Result<Claims, ConfigError> {
        let path = self.path.join("claims.jsonl");
        let file = open_regular(&path).map_err(|error| unreadable(&self.field, &path, &error))?;
        let reader = BufReader::with_capacity(1 << 20, file);
        Ok(Claims { field: self.field.clone(), path, reader, line: Vec::new(), number: 0 })
    }
}

fn unreadable(field: &str, path: &Path, error: &io::Error) -> ConfigError {
    ConfigError::new(field, format!("{}: {error}; allowed: the folder of a run", path.display()))
}

/// Claims of a folder, in the order they ended.
pub struct Claims {
    field: String,
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    number: u64,
}

impl Iterator for Claims {
    type Item = Result<ClaimRecord, ConfigError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        self.number += 1;
        if let Err(error) = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut self.line) {
            return Some(Err(unreadable(&self.field, &self.path, &error)));
        }
        if self.line.len() as u64 == LONGEST_LINE {
            let place = format!("{}, line {}", self.path.display(), self.number);
            return Some(Err(ConfigError::new(&self.field, format!("{place}: longer than {LONGEST_LINE} bytes"))));
        }
        // The last line of a killed run may be half of one.
        let whole = self.line.strip_suffix(b"\n")?;
        let place = || format!("{}, line {}", self.path.display(), self.number);
        Some(
            serde_json::from_slice(whole)
                .map_err(|error| ConfigError::new(&self.field, format!("{}: {error}", place()))),
        )
    }
}
