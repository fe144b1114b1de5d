//! A whole run: open the target, play the load, record each claim as it ends, judge, write.

mod cleanup;
mod compare;
mod cost;
mod engine;
mod error;
mod guard;
mod lease;
mod load_summary;
mod occupancy;
mod pools;
mod preflight;
mod program;
mod progress;
mod recorder;
mod repeat;
mod report;
mod runners;
mod search;
mod simulator;
mod single;
mod target;
mod ticker;

pub use cleanup::{Cleaned, Runs, cleanup};
pub use compare::{CompareOptions, compare_runs, write_comparison};
pub use error::RunError;
pub use preflight::preflight;
pub use program::set_own_command;
pub use progress::{OnProgress, Progress};
pub use repeat::repeat;
pub use report::write_report;
pub use runners::{RunnerOptions, serve_runner};
pub use search::{OnStart, OnStep, SearchOptions, SearchResult, search};
pub use simulator::simulator_options;
pub use single::{RunOptions, RunResult, run};
pub use target::{Opened, Target};
