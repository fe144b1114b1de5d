//! From claim records to figures: outcomes, distributions, windows, validity, objectives. No IO, no clock.

mod class;
mod collector;
mod compare;
mod controller_metrics;
mod cross_check;
mod distribution;
mod exposition;
mod latency;
mod objective;
mod outcome;
mod pool;
mod record;
mod runner;
mod search;
mod summarize;
mod summary;
mod validity;
mod window;

pub use class::{Class, Classes};
pub use collector::Collector;
pub use compare::{Difference, compare};
pub use controller_metrics::{Bucket, Buckets, ControllerMetrics};
pub use distribution::{Distribution, Figures};
pub use latency::Latency;
pub use objective::{check_objectives, judge};
pub use outcome::{Outcome, Outcomes};
pub use pool::{PoolSample, PoolSummary};
pub use record::{ClaimRecord, RUNNER_LOST, STOP_AFTER_FAILURES};
pub use runner::RunnerSummary;
pub use search::{Answer, Limit, Next, Search, Verdict};
pub use summarize::RunFacts;
pub use summary::{Generator, LoadSummary, ObjectiveResult, PhaseSummary, Summary, TargetSummary};
pub use window::{WINDOW_NS, WindowSummary, Windows};
