use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::load::Stop;
use crate::report::{SweepKey, SweepPoint, SweepReport};
use crate::run::{OnProgress, Running, Target};

/// Called before the first point, with what is there already and the folder.
pub type OnSweepBegins = Arc<dyn Fn(&SweepReport, &Path) + Send + Sync>;
/// Called after each point.
pub type OnSweepPoint = Arc<dyn Fn(&SweepPoint) + Send + Sync>;

/// What to run at which points.
#[derive(Clone)]
pub struct SweepOptions {
    /// What all points have in common. Results go to its folder.
    pub config: Config,
    /// What varies; the last key varies fastest. A key of one value is the same at all points.
    pub keys: Vec<SweepKey>,
    /// The figures that each point reports, as objectives name them; two of them have a Pareto line.
    pub figures: Vec<String>,
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Run even where preflight finds that the cluster cannot carry it, or that another run has the pool.
    pub force: bool,
    /// A load beyond what a named cluster is spared of is meant.
    pub yes: bool,
    /// Called when a sweep begins.
    pub on_begin: Option<OnSweepBegins>,
    /// Called with each point.
    pub on_point: Option<OnSweepPoint>,
    /// Called with the state of a run.
    pub progress: Option<OnProgress>,
    /// Told the id of the run that is under way.
    pub running: Running,
}
