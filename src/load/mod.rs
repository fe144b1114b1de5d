//! The load: a schedule, a pacer that keeps to it, and one state machine for each claim.

mod backoff;
mod claim;
mod clock;
mod context;
mod counters;
mod phase_lengths;
mod plan;
mod play;
mod pulse;
mod request;
mod stop;
#[cfg(test)]
mod tests;
mod watch;

pub use claim::{Names, Owner, lost_record, new_run_id};
pub use counters::Counters;
pub(crate) use plan::most_within;
pub use plan::{Plan, PlannedPhase, Schedule, size};
pub use play::{Examined, Load, Played, examine, metrics_since, scrape, served_version, sweep};
pub use stop::Stop;
#[doc(hidden)]
pub use watch::{read_line, read_page};
