//! What the commands on the stack share.

use serde::Serialize;

use super::options::OutputFormat;
use super::output::write_out;
use crate::cluster::kube_client;
use crate::config::{Config, ConfigError};
use crate::run::{RunError, Target};

/// Opens the target and works on it. The embedded simulator lives as long as the work.
pub(super) fn on_stack<T, E: Into<RunError>>(
    target: &Target,
    config: &Config,
    work: impl AsyncFnOnce(&kube::Client) -> Result<T, E>,
) -> Result<T, RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = target.open(config).await?;
        let client = kube_client(&opened.access).await?;
        work(&client).await.map_err(Into::into)
    })
}

/// Prints `data` where JSON was asked for; exit 0.
pub(super) fn print_json(output: OutputFormat, data: &impl Serialize) -> Result<i32, RunError> {
    if output == OutputFormat::Json {
        let json = serde_json::to_string_pretty(data).map_err(|error| ConfigError::new("", error.to_string()))?;
        write_out(format!("{json}\n").as_bytes())?;
    }
    Ok(0)
}
