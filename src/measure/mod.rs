//! From claim records to figures: outcomes, distributions, windows, validity, objectives. No IO, no clock.

mod class;
mod collector;
pub mod compare;
mod controller_metrics;
mod cross_check;
mod distribution;
mod end;
mod error_budget;
mod exposition;
mod fail_reason;
mod figures;
mod instrument;
mod interval;
mod latency;
mod lateness;
mod metric;
mod not_sent_reason;
mod objective;
mod outcome;
mod pool;
mod probability;
mod record;
mod runner;
pub mod search;
mod sending;
mod series;
mod stationarity;
mod statistic;
mod summarize;
mod summary;
#[cfg(test)]
mod tests;
mod until;
mod validity;
mod window;
mod word;
mod workload_failure;

pub use class::{Class, Classes};
pub use collector::Collector;
pub use controller_metrics::{Bucket, Buckets, ControllerMetrics};
pub use distribution::Distribution;
pub use end::End;
pub use error_budget::MeasurementError;
pub use fail_reason::FailReason;
pub use figures::{Ends, Figures};
pub use latency::Latency;
pub use lateness::Lateness;
pub use metric::{Metric, Single};
pub use not_sent_reason::NotSentReason;
pub use objective::{check_objectives, judge};
pub use outcome::{Outcome, Outcomes};
pub use pool::{PoolSample, PoolSummary};
pub use record::ClaimRecord;
pub use runner::{RunnerOutcome, RunnerSummary};
pub use sending::Sending;
pub use statistic::{Percentile, Percentiles, Statistic, Statistics};
pub use summarize::RunFacts;
pub use summary::{
    ControllerCost, Generator, LoadSummary, ObjectiveResult, PhaseSummary, Summary, TargetSummary, UntilSummary,
};
pub use until::Until;
pub use validity::InvalidReason;
pub use window::{WINDOW_NS, WindowSummary, Windows};
pub use word::Word;
pub use workload_failure::{Way, WorkloadFailure, WorkloadFault};
