//! The stack a run measures: agent-sandbox's manifests from their source, rendered, applied in order, waited for,
//! looked at and removed again; gVisor and the nodes beneath it.

mod client;
mod error;
mod manifest;
mod object;
mod source;

pub use error::StackError;
pub use manifest::Manifests;
pub use source::{Origin, load};
