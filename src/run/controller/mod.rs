//! A controller's own program, on the embedded simulator: its API and rights, its process, its pool.

mod exec;
mod private_folder;
mod process;

pub use exec::exec_bound;

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use agent_sandbox_simulator::{Controller, ControllerProgram, Simulator};
use futures::future::LocalBoxFuture;

use self::private_folder::PrivateFolder;
use self::process::Process;
use super::RunError;
use super::program::own_command;
use super::simulator::installed;
use crate::cluster::{Access, kube_client, tell};
use crate::config::{Config, ConfigError, Gvisor, Stack};
use crate::load::Stop;
use crate::measure::ControllerCost;
use crate::report::CONTROLLER_LOG;
use crate::stack::Outside;

/// A controller's program that runs. It ends when this is dropped.
pub struct RunningController {
    command: PathBuf,
    process: Process,
    /// Holds its kubeconfig, and its log if the run keeps none.
    _folder: PrivateFolder,
}

impl RunningController {
    /// Waits until it ends by itself, and says how.
    pub async fn ended(&self) -> RunError {
        let status = self.process.ended().await;
        self.died(status)
    }

    /// How it ended, where it has.
    #[must_use]
    pub fn end(&self) -> Option<RunError> {
        self.process.status().map(|status| self.died(Some(status)))
    }

    /// The id of its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// CPU in seconds so far and peak memory in bytes, while it runs and where the system says so.
    pub(super) fn cost(&self) -> Option<(f64, u64)> {
        self.process.cost()
    }

    /// What it has cost since `before`, with `sent` claims meanwhile; nothing where it has ended.
    pub(super) fn cost_since(&self, before: Option<(f64, u64)>, sent: u64) -> Option<ControllerCost> {
        let (cpu_s, max_rss_bytes) = self.cost()?;
        let cpu_s = cpu_s - before?.0;
        Some(ControllerCost { cpu_s, cpu_s_per_claim: (sent > 0).then(|| cpu_s / sent as f64), max_rss_bytes })
    }

    fn died(&self, status: Option<ExitStatus>) -> RunError {
        let status = status.map_or_else(|| "for an unknown reason".into(), |status| format!("with {status}"));
        self.failed(format!("ended by itself {status}"))
    }

    fn failed(&self, how: String) -> RunError {
        let last = self.process.last_lines();
        let last = if last.is_empty() { "it printed nothing".into() } else { last };
        let (command, log) = (self.command.clone(), self.process.log().to_owned());
        RunError::Controller { command, how, log, last }
    }
}

/// Starts the program that `config` names on `simulator`, and waits until it has filled its pool; `None` where it names none.
/// What it prints goes to the file `log`, or to one that ends with it.
///
/// # Errors
/// [`RunError::Config`] for a file that is no program, [`RunError::Controller`] where it ends or fills no pool, and those of the
/// stack.
#[must_use]
pub fn start_controller<'a>(
    simulator: &'a Simulator,
    config: &'a Config,
    log: Option<&'a Path>,
) -> LocalBoxFuture<'a, Result<Option<RunningController>, RunError>> {
    Box::pin(async move {
        let Controller::Program(program) = &config.simulator.controller else { return Ok(None) };
        let command = executable(&program.command)?;
        let template = installed(&config.stack).template;
        let outside = Outside::load(&stack_of(config, program), template).await?;
        let client = kube_client(&Access::local(&simulator.kubeconfig())?).await?;
        outside.define(&client).await?;
        let folder = PrivateFolder::new()?;
        let kubeconfig = folder.write("kubeconfig", &kubeconfig(simulator, &outside)?)?;
        let log = log.map_or_else(|| folder.path().join(CONTROLLER_LOG), Path::to_owned);
        let process = Process::start(bound(&command, program, &outside, &kubeconfig)?, &log)?;
        let controller = RunningController { command, process, _folder: folder };
        tokio::select! {
            filled = outside.fill(&client, &tell) => filled.map_err(|error| controller.failed(format!("does not act: {error}")))?,
            ended = controller.ended() => return Err(ended),
        }
        Ok(Some(controller))
    })
}

/// Stops a run when its controller's program ends; never ends.
pub(super) async fn stop_with(controller: Option<&RunningController>, stop: &Stop) -> Infallible {
    if let Some(controller) = controller {
        controller.ended().await;
        stop.stop();
    }
    std::future::pending().await
}

/// The stack as the program needs it: its own manifests and arguments, and no gVisor, for which there is no node.
fn stack_of(config: &Config, program: &ControllerProgram) -> Stack {
    let mut stack = config.stack.clone();
    if let Some(manifests) = &program.manifests {
        // An absolute path is no tag and no commit.
        let absolute = std::path::absolute(manifests).unwrap_or_else(|_| manifests.clone());
        stack.manifest_ref = absolute.display().to_string();
    }
    stack.gvisor = Gvisor::None;
    stack.sandbox_template.runtime_class = None;
    stack.sandbox_warmpool.replicas = Some(installed(&config.stack).replicas);
    stack.controller.install = true;
    // No image is run, and a folder's manifests name none.
    stack.controller.image = Some(program.command.display().to_string());
    stack.controller.args.extend(program.args.iter().cloned());
    stack
}

fn kubeconfig(simulator: &Simulator, outside: &Outside) -> Result<String, RunError> {
    let (namespace, name) = outside.account();
    simulator.account_kubeconfig(namespace, name).ok_or_else(|| {
        let what = format!("the manifests grant nothing to ServiceAccount {namespace}/{name}, the Deployment's");
        ConfigError::new("simulator.controller.manifests", what).into()
    })
}

/// The program's command line, begun by this program, which binds it to itself.
fn bound(
    command: &Path,
    program: &ControllerProgram,
    outside: &Outside,
    kubeconfig: &Path,
) -> Result<Command, RunError> {
    let mut words = own_command()?.into_iter();
    let mut starter = Command::new(words.next().unwrap_or_default());
    starter.args(words).args(["exec", "--parent", &std::process::id().to_string(), "--"]);
    starter.arg(command).args(outside.args());
    starter.envs(outside.env()).envs(&program.env).env("KUBECONFIG", kubeconfig);
    Ok(starter)
}

/// The whole path of a file that can be run.
fn executable(command: &Path) -> Result<PathBuf, ConfigError> {
    let refuse = |why: &dyn std::fmt::Display| {
        ConfigError::not_allowed_path("simulator.controller.command", command, why, "a file that can be run")
    };
    let found = std::fs::metadata(command).map_err(|error| refuse(&error))?;
    if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
        return Err(refuse(&"not a program"));
    }
    std::path::absolute(command).map_err(|error| refuse(&error))
}
