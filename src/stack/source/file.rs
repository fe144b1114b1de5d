use std::path::Path;

use serde_json::Value;

use crate::files::read_regular;
use crate::stack::StackError;
use crate::stack::manifest::parse;

/// The objects of a YAML file.
pub(super) fn read_objects(file: &Path, reference: &str) -> Result<Vec<Value>, StackError> {
    let text = read_regular(file).map_err(|error| unreadable(file, reference, &error))?;
    parse(&text).map_err(|message| StackError::Manifest { origin: file.display().to_string(), message })
}

/// What is said of a file that cannot be read.
pub(super) fn unreadable(path: &Path, reference: &str, error: &std::io::Error) -> StackError {
    let message = format!("cannot read {}: {error}", path.display());
    StackError::Source { reference: reference.to_owned(), message }
}
