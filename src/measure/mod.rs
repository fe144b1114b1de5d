//! From claim records to figures: outcomes, distributions, windows, validity, objectives. No IO, no clock.

mod collector;
mod compare;
mod controller_metrics;
mod distribution;
mod exposition;
mod latency;
mod objective;
mod pool;
mod record;
mod runner;
mod search;
mod summary;
mod validity;
mod window;

pub use collector::Collector;
pub use compare::{Difference, compare};
pub use controller_metrics::{Bucket, Buckets, ControllerMetrics};
pub use distribution::{Distribution, Figures};
pub use latency::Latency;
pub use objective::{check_objectives, judge};
pub use pool::{PoolSample, PoolSummary};
pub use record::{ClaimRecord, Class, Outcome, RUNNER_LOST, STOP_AFTER_FAILURES};
pub use runner::RunnerSummary;
pub use search::{Answer, Limit, Next, Search, Verdict};
pub use summary::{
    Classes, Generator, LoadSummary, ObjectiveResult, Outcomes, PhaseSummary, RunFacts, Summary, TargetSummary,
    WindowSummary,
};
pub use window::{WINDOW_NS, Windows};
