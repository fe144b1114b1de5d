use std::fmt;
use std::path::Path;

use crate::suggest::{did_you_mean, listed, nearest, shortened};

/// Characters of a value and of what is allowed instead.
const LONGEST: usize = 180;
/// Characters of a value that are shown in any case.
const LEAST_SHOWN: usize = 60;

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
        Self::new(field, refusal(got, allowed))
    }

    /// "got PATH (WHY), allowed: ALLOWED" for `field`; never cut, however long the path is.
    pub fn not_allowed_path(
        field: impl Into<String>,
        path: &Path,
        why: impl fmt::Display,
        allowed: impl fmt::Display,
    ) -> Self {
        Self::new(field, format!("got {} ({why}), allowed: {allowed}", path.display()))
    }

    /// "got "GOT", allowed: WORDS" for `field`, and the word that was meant.
    pub fn not_a_word(field: impl Into<String>, got: &str, words: &[&str]) -> Self {
        let meant = did_you_mean(nearest(got, words.iter().copied()));
        Self::not_allowed(field, format!("\"{got}\""), listed(words, got) + &meant)
    }
}

/// What an error says of a value: "got GOT, allowed: ALLOWED". A long value is cut, so that both fit.
pub fn refusal(got: impl fmt::Display, allowed: impl fmt::Display) -> String {
    let allowed = allowed.to_string();
    let most = LONGEST.saturating_sub(allowed.len()).max(LEAST_SHOWN);
    format!("got {}, allowed: {allowed}", shortened(&got, most))
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}

impl std::error::Error for ConfigError {}
