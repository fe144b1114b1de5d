use std::sync::Arc;

use crate::config::Config;
use crate::load::Stop;
use crate::measure::search::{Expected, Step};
use crate::report::SearchStep;
use crate::run::{OnProgress, Running, Target};

/// Called before the first step with the time that the search takes.
pub type OnStart = Arc<dyn Fn(&Expected) + Send + Sync>;
/// Called before each step with its place, from 1, and what it is to do.
pub type OnBegin = Arc<dyn Fn(usize, &Step) + Send + Sync>;
/// Called after each step.
pub type OnStep = Arc<dyn Fn(&SearchStep) + Send + Sync>;

/// What to search.
pub struct SearchOptions {
    /// The load at the first rate to try, the objectives, tolerance and highest rate.
    pub config: Config,
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Go on where preflight finds that the cluster cannot carry a step, or that another run has the pool.
    pub force: bool,
    /// Rates beyond what a named cluster is spared of are meant.
    pub yes: bool,
    /// Called with what to expect.
    pub on_start: Option<OnStart>,
    /// Called with each step before it runs.
    pub on_begin: Option<OnBegin>,
    /// Called with each step after it ran.
    pub on_step: Option<OnStep>,
    /// Called with the progress of a step.
    pub progress: Option<OnProgress>,
    /// Set to the run of the current step.
    pub running: Running,
}
