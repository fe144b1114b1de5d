use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::progress::Live;
use super::signals::stop_on_signal;
use crate::load::Stop;
use crate::run::{RunError, RunnerOptions, Running, Target, serve_runner};

#[derive(Args)]
pub(super) struct Runner {
    /// Kubeconfig of the cluster; the cluster this runs in when absent.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Where to take orders.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
}

impl Runner {
    pub fn run(self) -> Result<i32, RunError> {
        let target = match self.kubeconfig {
            Some(file) => Target::Cluster { kubeconfig: Some(file), context: None },
            None => Target::InCluster,
        };
        let stop = Stop::default();
        // Its coordinator cleans up.
        stop_on_signal(&stop, &Live::new(false), &Running::default(), None)?;
        serve_runner(RunnerOptions { target, listen: self.listen, stop })
    }
}
