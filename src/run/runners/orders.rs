use std::collections::BTreeMap;
use std::path::PathBuf;

use super::protocol::Orders;
use crate::config::{Config, ControllerMetricsSource, Share};
use crate::load::Plan;
use crate::run::RunError;

/// The orders of the runners: a share of one schedule for each.
pub(super) struct OrderBook<'a> {
    config: &'a Config,
    run_id: &'a str,
    traces: BTreeMap<PathBuf, String>,
}

impl<'a> OrderBook<'a> {
    /// Reads the trace files, which runners cannot read for themselves.
    ///
    /// # Errors
    /// [`RunError::Start`] for one that cannot be read.
    pub fn new(config: &'a Config, plan: &Plan, run_id: &'a str) -> Result<Self, RunError> {
        let named = plan.phases.iter().filter_map(|phase| phase.phase.shape.arrivals.trace());
        let traces = named.map(|path| Ok((path.to_owned(), std::fs::read_to_string(path)?)));
        Ok(Self { config, run_id, traces: traces.collect::<Result<_, RunError>>()? })
    }

    /// How many runners share the load.
    pub fn runners(&self) -> u32 {
        self.config.load.runners
    }

    /// The share of a runner.
    pub fn share(&self, runner: u32) -> Share {
        Share { part: runner + 1, parts: self.runners() }
    }

    /// The orders of one runner.
    pub fn of(&self, runner: u32) -> Orders {
        let mut config = self.config.clone();
        let (runners, limit) = (config.load.runners, config.load.max_in_flight);
        config.load.share = Some(self.share(runner));
        config.load.runners = 0;
        config.load.max_in_flight = limit / runners + u32::from(runner < limit % runners);
        config.output.controller_metrics = ControllerMetricsSource::None;
        (config.output.otlp, config.output.remote_write) = (None, None); // who gave the orders pushes for all
        Orders {
            version: env!("CARGO_PKG_VERSION").into(),
            run_id: self.run_id.to_owned(),
            runner,
            config: serde_json::to_value(config).expect("a configuration has no key but strings"),
            traces: self.traces.clone(),
        }
    }
}
