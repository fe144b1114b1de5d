//! The load: a schedule, a pacer that keeps to it, and one state machine for each claim.

mod body;
mod claim;
mod cleanup;
mod clock;
mod counters;
mod create;
mod examine;
mod exec;
mod execute;
mod hands;
mod names;
mod owner;
mod pacer;
mod plan;
mod pools;
#[cfg(test)]
mod properties;
mod pulse;
mod record;
mod release;
mod schedule;
mod scrape;
mod size;
mod stop;
mod tracker;
mod view;
mod watch;
mod whole;
mod workload;

pub use cleanup::{Cleaned, Runs, cleanup, cleanup_runners, sweep};
pub use counters::Counters;
pub use examine::{Examined, examine, served_version};
pub use names::{Names, new_run_id};
pub use owner::Owner;
pub use plan::{Plan, PlannedPhase};
pub use record::unseen;
pub use schedule::{DEFAULT_RATE, Schedule};
pub use scrape::{metrics_since, scrape};
pub use size::size;
pub use stop::Stop;
#[doc(hidden)]
pub use view::{read_line, read_page};
pub use whole::{Load, Played};
