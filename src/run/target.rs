use std::path::{Path, PathBuf};

use agent_sandbox_simulator::Simulator;
use futures::future::LocalBoxFuture;

use super::{RunError, RunningController, simulator_options, start_controller};
use crate::cluster::Access;
use crate::config::Config;

/// What a command works on. A cluster only ever by name: nothing is read that was not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Target {
    /// The embedded simulator.
    #[default]
    Simulator,
    /// A context of a kubeconfig; at least one of the two is given.
    Cluster {
        /// The file; `$KUBECONFIG`, else `~/.kube/config`, when absent.
        kubeconfig: Option<PathBuf>,
        /// The context; the file's current one when absent.
        context: Option<String>,
    },
    /// The cluster this runs in.
    InCluster,
}

/// A target that can be talked to; the embedded simulator ends when this is dropped.
pub struct Opened {
    /// How to reach it.
    pub access: Access,
    /// A controller's program on the embedded simulator; ended before it.
    pub controller: Option<RunningController>,
    /// The embedded simulator, where that is the target.
    pub simulator: Option<Simulator>,
}

impl Target {
    /// `simulator` or `cluster`, as results say.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if *self == Self::Simulator { "simulator" } else { "cluster" }
    }

    /// Starts the simulator, and the controller that it is to have, or reads the kubeconfig; no cluster is contacted yet.
    ///
    /// # Errors
    /// [`RunError::Cluster`], [`RunError::Simulator`], and those of [`start_controller`].
    #[must_use]
    pub fn open<'a>(&'a self, config: &'a Config) -> LocalBoxFuture<'a, Result<Opened, RunError>> {
        self.open_with_log(config, None)
    }

    /// As [`Target::open`]; what a controller of the simulator's prints is kept in the file `log`.
    pub(super) fn open_with_log<'a>(
        &'a self,
        config: &'a Config,
        log: Option<&'a Path>,
    ) -> LocalBoxFuture<'a, Result<Opened, RunError>> {
        Box::pin(async move {
            match self {
                Self::Simulator => start_simulator(config, log).await,
                Self::Cluster { kubeconfig, context } => {
                    let access = Access::from_kubeconfig(kubeconfig.as_deref(), context.as_deref())?;
                    Ok(Opened::of(access))
                }
                Self::InCluster => Ok(Opened::of(Access::in_cluster()?)),
            }
        })
    }
}

impl Opened {
    fn of(access: Access) -> Self {
        Self { access, controller: None, simulator: None }
    }
}

async fn start_simulator(config: &Config, log: Option<&Path>) -> Result<Opened, RunError> {
    let simulator = Simulator::start(simulator_options(config))?;
    let access = Access::local(&simulator.kubeconfig())?;
    let controller = start_controller(&simulator, config, log).await?;
    Ok(Opened { access, controller, simulator: Some(simulator) })
}
