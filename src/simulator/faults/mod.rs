//! Fault injection: the schedule of the settings, and what it does at each instant.

mod decisions;
mod effect;
mod record;
mod schedule;

pub use decisions::{Decision, Decisions};
pub use effect::{Effect, EventFault, ExecFault, RequestFault, WatchFault};
pub use record::FaultRecord;
pub use schedule::{Faults, RequestFaults, ResetTime, Scheduled, skews};
