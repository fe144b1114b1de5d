//! The load: a schedule, a pacer that keeps to it, and one state machine for each claim.

pub(crate) mod apart;
mod backoff;
mod claim;
mod clock;
mod contents;
mod context;
mod counters;
mod injected_panic;
mod live_histogram;
mod phase_lengths;
mod plan;
mod play;
mod pulse;
mod records;
mod request;
mod sandbox_watch;
mod stop;
mod supervisor;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use claim::example_claim;
pub use claim::{Names, Owner, Template, lost_record, new_run_id};
pub use counters::Counters;
pub(crate) use injected_panic::panic_if_asked;
pub use live_histogram::{LiveCounts, LiveHistogram};
pub(crate) use plan::most_within;
pub use plan::{Plan, PlannedPhase, Schedule, size};
pub use play::{Examined, Load, Played, examine, metrics_since, remove_leftovers, scrape, served_version};
pub use records::Records;
pub use stop::Stop;
pub use supervisor::{Supervisor, TaskPanic, Thread};
#[doc(hidden)]
pub use watch::{read_line, read_page};
