use std::fmt;

/// A configuration that cannot be used: which field, what it held, what is allowed. One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Path of the field, such as `load.rate` or `simulator.faults[0].at`.
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl ConfigError {
    /// An error about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// "got VALUE, allowed: ALLOWED" for `field`.
    pub fn not_allowed(field: impl Into<String>, got: impl fmt::Display, allowed: impl fmt::Display) -> Self {
        Self::new(field, format!("got {got}, allowed: {allowed}"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}

impl std::error::Error for ConfigError {}
