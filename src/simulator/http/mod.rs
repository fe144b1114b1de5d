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
mod patch;
mod path;
mod port_forward;
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
mod websocket;

pub use context::Context;
pub use fairness::Seats;
pub use listen::serve;
pub use snapshots::Snapshots;
