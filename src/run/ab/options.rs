use std::sync::Arc;

use crate::config::{Config, Duration};
use crate::load::Stop;
use crate::report::{AbLook, AbRun};
use crate::run::{CompareOptions, OnProgress, Running, Target};

/// Called after each run.
pub type OnAbRun = Arc<dyn Fn(&AbRun) + Send + Sync>;
/// Called after each comparison.
pub type OnAbLook = Arc<dyn Fn(&AbLook) + Send + Sync>;

/// What to run in turns.
pub struct AbOptions {
    /// Base and new. The schedule of both has the base's seed, and results go to the base's folder.
    pub configs: [Config; 2],
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Most time that it takes; the first pair runs in any case.
    pub at_most: Duration,
    /// Run the base against itself until the first look, and say what this place can tell.
    pub calibrate: bool,
    /// The rules of the judgement. `force` also runs where preflight blocks, and compares pairs that are INVALID.
    pub compare: CompareOptions,
    /// A load beyond what a named cluster is spared of is meant.
    pub yes: bool,
    /// Called with each run.
    pub on_run: Option<OnAbRun>,
    /// Called with each comparison.
    pub on_look: Option<OnAbLook>,
    /// Called with the progress of a run.
    pub progress: Option<OnProgress>,
    /// Set to the run that is under way.
    pub running: Running,
}
