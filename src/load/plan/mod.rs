//! When each claim is due, before anything is sent. No clock, no network.

mod formula;
mod instants;
mod phases;
mod schedule;
mod size;
mod trace;

pub(crate) use instants::most_within;
pub use phases::{Plan, PlannedPhase};
pub use schedule::Schedule;
pub use size::size;
