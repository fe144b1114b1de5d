use std::path::PathBuf;

use agent_sandbox_simulator::Simulator;
use futures::future::BoxFuture;

use super::{RunError, simulator_options};
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
    /// The embedded simulator, where that is the target.
    pub simulator: Option<Simulator>,
}

impl Target {
    /// `simulator` or `cluster`, as results say.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if *self == Self::Simulator { "simulator" } else { "cluster" }
    }

    /// Starts the simulator or reads the kubeconfig; no cluster is contacted yet.
    ///
    /// # Errors
    /// [`RunError::Cluster`] and [`RunError::Simulator`].
    #[must_use]
    pub fn open<'a>(&'a self, config: &'a Config) -> BoxFuture<'a, Result<Opened, RunError>> {
        Box::pin(async move {
            match self {
                Self::Simulator => start_simulator(config),
                Self::Cluster { kubeconfig, context } => {
                    let access = Access::from_kubeconfig(kubeconfig.as_deref(), context.as_deref())?;
                    Ok(Opened { access, simulator: None })
                }
                Self::InCluster => Ok(Opened { access: Access::in_cluster()?, simulator: None }),
            }
        })
    }
}

fn start_simulator(config: &Config) -> Result<Opened, RunError> {
    let simulator = Simulator::start(simulator_options(config))?;
    let access = Access::local(&simulator.kubeconfig())?;
    Ok(Opened { access, simulator: Some(simulator) })
}
