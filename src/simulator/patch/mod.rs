//! Patches that know Kubernetes' lists: strategic merge and server-side apply.

mod apply;
mod fields;
mod list_keys;
mod strategic;

pub use apply::{Conflict, apply, note_update};
pub use strategic::merge;
