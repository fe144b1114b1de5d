//! The Kubernetes API over HTTP/1.1 and HTTP/2.

mod admit;
mod body;
mod columns;
mod context;
mod create;
mod delete;
mod exec;
mod fairness;
mod identify;
mod listen;
mod log;
mod messages;
mod openapi;
mod outage;
mod patch;
mod path;
mod protobuf;
mod query;
mod read;
mod review;
mod scale;
mod schema;
mod serve;
mod snapshots;
mod status;
mod table;
mod token;
mod update;
mod watch;
mod watch_faults;
mod webhooks;

pub use context::Context;
pub use fairness::Seats;
pub use listen::{bind, serve};
pub use snapshots::Snapshots;
