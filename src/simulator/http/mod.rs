//! The Kubernetes API over HTTP/1.1 and HTTP/2.

mod admit;
mod body;
mod context;
mod create;
mod delete;
mod listen;
mod patch;
mod path;
mod query;
mod read;
mod scale;
mod schema;
mod serve;
mod status;
mod update;
mod watch;
mod watch_faults;

pub use context::Context;
pub use listen::serve;
