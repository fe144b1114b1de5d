//! What the server shows of the claims and their Sandboxes as they change.

mod changes;
mod list;
mod stream;
mod view;

pub(crate) use changes::{claims_to_tracker, sandboxes_to_tracker};
pub(crate) use stream::{Change, Watch};
#[doc(hidden)]
pub use view::{read_line, read_page};
