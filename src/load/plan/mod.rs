//! When each claim is due, before anything is sent. No clock, no network.

mod phases;
mod schedule;
mod size;
mod trace;

pub use phases::{Plan, PlannedPhase};
pub use schedule::{DEFAULT_RATE, Schedule};
pub use size::size;
