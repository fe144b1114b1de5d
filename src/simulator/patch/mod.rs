//! Server-side apply.

mod apply;
mod fields;

pub use apply::{Conflict, apply, note_update};
