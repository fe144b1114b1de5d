//! The load: a schedule, a pacer that keeps to it, and one state machine for each claim.

mod body;
mod claim;
mod clock;
mod counters;
mod create;
mod exec;
mod hands;
mod names;
mod pacer;
mod plan;
mod record;
mod release;
mod schedule;
mod stop;
mod target;
mod tracker;
mod view;
mod watch;
mod whole;

pub use counters::Counters;
pub use names::{Names, new_run_id};
pub use plan::{Plan, PlannedPhase};
pub use schedule::Schedule;
pub use stop::Stop;
pub use target::{Target, examine};
pub use whole::{Load, Played};
