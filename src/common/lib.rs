//! What the simulator and the rest both need: agent-sandbox's API as it stands on the wire, durations, the grammar of
//! Kubernetes' names, YAML as Kubernetes reads it, the error that names a field, enums of words, and the clock.

pub mod api;
pub mod check;
pub mod clock;
mod duration;
mod error;
pub mod names;
mod words;
pub mod yaml;

pub use duration::Duration;
pub use error::ConfigError;
