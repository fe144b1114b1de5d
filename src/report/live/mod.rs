//! What is pushed of a run while it goes on: metrics, in the protocols that receivers understand.

mod family;
mod figures;
mod otlp;
mod otlp_messages;
mod remote_write;
mod remote_write_messages;

pub use figures::{LiveFigures, LiveRun};
pub use otlp::{otlp, otlp_refusal};
pub use remote_write::remote_write;
