//! YAML as Kubernetes reads it: by the rules of go-yaml 2, which kubectl and client-go use, and which are those of YAML
//! 1.1 for numbers and truth values. `0644` is 420, `yes` is true, `12:30` is text.

mod document;
mod error;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::Parser;
use serde_json::Value;

use document::{Duplicates, Reader};
pub use error::YamlError;

/// The one document of a text; null where there is none.
///
/// # Errors
/// [`YamlError`], also of a second document.
pub fn read(text: &str) -> Result<Value, YamlError> {
    let mut reader = Reader::new(Parser::new_from_str(text), Duplicates::Refused);
    let first = reader.document()?.map_or(Value::Null, |(_, value)| value);
    while let Some((place, value)) = reader.document()? {
        if !value.is_null() {
            return Err(YamlError::at(place, "a second document begins; only one is read here"));
        }
    }
    Ok(first)
}

/// The documents of a text that hold something.
///
/// # Errors
/// [`YamlError`].
pub fn read_all(text: &str) -> Result<Vec<Value>, YamlError> {
    let mut reader = Reader::new(Parser::new_from_str(text), Duplicates::Refused);
    let mut documents = Vec::new();
    while let Some((_, value)) = reader.document()? {
        documents.push(value);
    }
    documents.retain(|document| !document.is_null());
    Ok(documents)
}

/// The first document of a text, what follows unread, as kubectl reads a kubeconfig; null where there is none.
///
/// # Errors
/// [`YamlError`].
pub fn read_first(text: &str) -> Result<Value, YamlError> {
    let mut reader = Reader::new(Parser::new_from_str(text), Duplicates::LastCounts);
    Ok(reader.document()?.map_or(Value::Null, |(_, value)| value))
}
