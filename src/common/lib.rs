//! What the simulator and the rest both need: agent-sandbox's API as it stands on the wire, its releases, durations, the
//! grammar of Kubernetes' names, YAML as Kubernetes reads it, schemas of custom resources, the error that names a field,
//! enums of words, what a misspelt word was meant to be, and the clock.

pub mod api;
pub mod check;
pub mod clock;
mod duration;
mod error;
pub mod installation;
pub mod list_keys;
pub mod names;
pub mod release;
pub mod schema;
pub mod strategic_merge;
pub mod suggest;
mod words;
pub mod yaml;

pub use duration::Duration;
pub use error::{ConfigError, refusal};
