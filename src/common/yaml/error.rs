use std::fmt;

use granit_parser::{Marker, ScanError};

/// What is no YAML, and where. The message may quote the text; the place does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl YamlError {
    pub(super) fn at(place: Marker, message: impl Into<String>) -> Self {
        Self { line: place.line(), column: place.col() + 1, message: message.into() }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        Self::at(*error.marker(), error.info().lines().next().unwrap_or_default())
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for YamlError {}
