//! What the simulator and the rest both need. Of Kubernetes: agent-sandbox's API on the wire and its releases, the
//! grammar of names, YAML as Kubernetes reads it, schemas of custom resources. Of the rest: durations, the clock, enums
//! of words, the nearest word to a misspelt one, and the error that names a field.

pub mod api;
pub mod check;
pub mod clock;
mod duration;
mod error;
pub mod installation;
pub mod list_keys;
pub mod mutation;
pub mod names;
pub mod release;
pub mod schema;
pub mod strategic_merge;
pub mod suggest;
mod words;
pub mod yaml;

pub use duration::Duration;
pub use error::{ConfigError, refusal};
