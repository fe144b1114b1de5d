//! The objects, their versions, and what happened to them.

mod collection;
mod filter;
mod history;
mod key;
mod metadata;
mod mode;
mod object;
mod readiness;
mod selector;
mod state;
mod string_map;
mod wait_notes;
mod waits;

pub use collection::Collection;
pub use filter::Filter;
pub use history::{Change, Event, History};
pub use key::Key;
pub use metadata::{Metadata, OwnerReference, Timestamp};
pub use mode::{is_suspended, mode_asked, mode_shown, truth_uid};
pub use object::Object;
pub use readiness::{Readiness, is_ready, node_name};
pub use selector::Selector;
pub use state::{State, Store, is_in_truth};
pub use string_map::StringMap;
pub use wait_notes::claim_of;
pub use waits::{ClaimWaits, Wait, Waits};
