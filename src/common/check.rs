//! What the types of a configuration cannot say: ranges and names. Each check names the field.

use std::fmt;

use crate::{ConfigError, Duration};

/// What a check returns.
pub type Checked = Result<(), ConfigError>;

/// Refuses `got` unless `ok`.
///
/// # Errors
/// "got GOT, allowed: ALLOWED" for `field`.
pub fn ensure(ok: bool, field: &str, got: impl fmt::Display, allowed: &str) -> Checked {
    if ok { Ok(()) } else { Err(ConfigError::not_allowed(field, got, allowed)) }
}

/// Refuses a name that a check of [`crate::names`] refuses.
///
/// # Errors
/// With what the check allows.
pub fn named(field: &str, value: &str, check: Result<(), &'static str>) -> Checked {
    check.map_err(|allowed| ConfigError::not_allowed(field, format!("\"{value}\""), allowed))
}

/// Refuses what is not a share of a whole, 0 to 1.
///
/// # Errors
/// With that range.
pub fn share(field: &str, value: f64) -> Checked {
    ensure((0.0..=1.0).contains(&value), field, value, "0 to 1")
}

/// Refuses what is not above 0, or above a million.
///
/// # Errors
/// With that range.
pub fn positive(field: &str, value: f64) -> Checked {
    ensure(value > 0.0 && value <= 1e6, field, value, "a number above 0, up to 1000000")
}

/// Refuses a duration of nothing.
///
/// # Errors
/// With what is allowed.
pub fn some_time(field: &str, value: Duration) -> Checked {
    ensure(value > Duration::ZERO, field, value, "a duration above 0s")
}
