//! What goes wrong: the schedule of the settings, played.

mod decisions;
mod effect;
mod record;
mod schedule;

pub use decisions::{Decision, Decisions};
pub use effect::{Effect, EventFault, RequestFault, WatchFault};
pub use record::FaultRecord;
pub use schedule::{Faults, Interference, Reset, Scheduled, skews};
