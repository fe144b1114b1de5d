use std::sync::Arc;
use std::time::Duration;

use super::RunError;
use super::runners::{Fleet, FleetPlayed};
use crate::cluster::Access;
use crate::config::Config;
use crate::load::{Counters, Examined, Load, Owner, Plan, Records, Supervisor};
use crate::measure::Generator;

/// What plays a load: this process, or runners in the cluster.
pub(super) enum Engine {
    Here(Box<Load>),
    Runners(Box<Fleet>),
}

impl Engine {
    /// Examines the cluster; nothing is claimed.
    pub async fn prepare(access: &Access, config: &Config, plan: Plan, run_id: &str) -> Result<Self, RunError> {
        if config.load.runners > 0 {
            return Ok(Self::Runners(Box::new(Fleet::prepare(access, config, plan, run_id).await?)));
        }
        Ok(Self::Here(Box::new(Load::prepare(access, config, plan, Owner::alone(run_id)).await?)))
    }

    pub fn target(&self) -> &Examined {
        match self {
            Self::Here(load) => load.target(),
            Self::Runners(fleet) => fleet.target(),
        }
    }

    pub fn counters(&self) -> Arc<Counters> {
        match self {
            Self::Here(load) => Arc::clone(&load.counters),
            Self::Runners(fleet) => Arc::clone(&fleet.counters),
        }
    }

    /// From the call of `start` to the run's start.
    pub fn lead(&self) -> Duration {
        match self {
            Self::Here(_) => Duration::ZERO,
            Self::Runners(_) => Fleet::LEAD,
        }
    }

    /// Plays the plan to its end; `start` sets the run's start, `CLOCK_MONOTONIC` nanoseconds, once all is ready for it.
    pub async fn play(
        self,
        supervisor: &Supervisor,
        records: Records,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<FleetPlayed, RunError> {
        match self {
            Self::Here(load) => {
                let played = Box::pin(load.play(supervisor, records, start)).await?;
                Ok(FleetPlayed { played, runners: Vec::new(), cost: Generator::default(), histograms: Vec::new() })
            }
            Self::Runners(fleet) => Box::pin(fleet.play(supervisor, records, start)).await,
        }
    }
}
