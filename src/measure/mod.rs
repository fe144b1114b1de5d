//! From claim records to figures: outcomes, distributions, windows, validity, objectives. No IO, no clock.

mod attribution;
mod changes;
mod class;
mod collector;
pub mod compare;
mod controller_metrics;
mod cross_check;
mod distribution;
mod end;
mod environment;
mod error_budget;
mod exec;
mod exposition;
mod fail_reason;
mod figure_value;
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
mod server;
mod stationarity;
mod statistic;
mod step;
mod steps;
mod summarize;
mod summary;
#[cfg(test)]
mod tests;
mod timeouts;
mod until;
mod validity;
mod window;
mod word;
mod workload_failure;

pub use attribution::{
    Attribution, Attributor, Cause, Episode, Figure, Stage, StageTotal, Stages, Suspect, Totals, stages,
};
pub use changes::changes;
pub use class::{Class, Classes};
pub use collector::Collector;
pub use controller_metrics::{Bucket, Buckets, ControllerMetrics};
pub use distribution::Distribution;
pub use end::End;
pub use environment::Environment;
pub use error_budget::MeasurementError;
pub use exec::{ExecCount, ExecSummary};
pub use fail_reason::FailReason;
pub use figure_value::FigureValue;
pub use figures::{Ends, Figures};
pub use latency::Latency;
pub use lateness::Lateness;
pub use metric::{Metric, Single, StepFigure};
pub use not_sent_reason::NotSentReason;
pub use objective::{check_objectives, judge};
pub use outcome::{Outcome, Outcomes};
pub use pool::{PoolSample, PoolSummary};
pub use record::ClaimRecord;
pub use runner::{RunnerOutcome, RunnerSummary};
pub use sending::Sending;
pub use server::{ServerRequests, ServerSummary};
pub use statistic::{Percentile, Percentiles, Statistic, Statistics};
pub use step::StepRecord;
pub use steps::StepSummary;
pub use summarize::RunFacts;
pub use summary::{
    ControllerCost, Generator, LoadSummary, ObjectiveResult, PhaseSummary, Summary, TargetSummary, UntilSummary, doubt,
};
pub use timeouts::Timeouts;
pub use until::Until;
pub use validity::{InvalidReason, most_lag_s};
pub use window::{WINDOW_NS, WindowSummary, Windows};
pub use word::Word;
pub use workload_failure::{Way, WorkloadFailure, WorkloadFault};
