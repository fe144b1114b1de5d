use std::net::SocketAddr;
use std::path::PathBuf;

use agent_sandbox_common::refusal;
use agent_sandbox_simulator::{Options, Simulator};
use clap::{Args, ValueHint};
use serde_json::json;

use super::options::ConfigArgs;
use super::output::say;
use super::signals::Signals;
use crate::files::{PRIVATE, write_whole};
use crate::report::CONTROLLER_LOG;
use crate::run::{RunError, RunningController, simulator_options, start_controller};

#[derive(Args)]
pub(super) struct Simulate {
    #[command(flatten)]
    config: ConfigArgs,
    /// Where to listen, host and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// File to write a kubeconfig to, once it serves.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    kubeconfig_out: PathBuf,
    /// File for what really happened to each claim, as JSON lines.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    truth_out: Option<PathBuf>,
    /// Serve the API alone, without the model of the controller.
    #[arg(long)]
    no_model: bool,
}

impl Simulate {
    pub fn run(self) -> Result<i32, RunError> {
        let no_model = self.no_model.then(|| ("simulator.controller".to_owned(), json!("none")));
        let config = self.config.load(no_model.into_iter().collect())?;
        // Handlers stand before anybody can know that it serves: a signal right after must not lose the truth.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _guard = runtime.enter();
            Signals::new()?
        };
        let options = simulator_options(&config);
        let simulator = Simulator::start(Options { listen: self.listen, truth_out: self.truth_out, ..options })?;
        let log = self.kubeconfig_out.with_file_name(CONTROLLER_LOG);
        let controller = runtime.block_on(async {
            tokio::select! {
                started = start_controller(&simulator, &config, Some(&log)) => started,
                () = signals.next() => Err(RunError::Interrupted),
            }
        })?;
        if !self.listen.ip().is_loopback() {
            say!("warning: {} is not a loopback address: others can reach this simulator", self.listen.ip());
        }
        // Whoever waits for the file never reads half a kubeconfig.
        write_whole(&self.kubeconfig_out, simulator.kubeconfig().as_bytes(), PRIVATE)
            .map_err(|error| RunError::Write { what: self.kubeconfig_out.display().to_string(), error })?;
        say!("serving on {}", simulator.address());
        let ended = runtime.block_on(async {
            tokio::select! {
                () = signals.next() => None,
                error = ended(controller.as_ref()) => Some(error),
            }
        });
        drop(controller);
        simulator.stop();
        ended.map_or(Ok(0), Err)
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| refusal(format!("\"{text}\""), "an IP address and a port, such as 127.0.0.1:8080"))
}

/// Waits for the end of the controller, where there is one to wait for.
async fn ended(controller: Option<&RunningController>) -> RunError {
    match controller {
        Some(controller) => controller.ended().await,
        None => std::future::pending().await,
    }
}
