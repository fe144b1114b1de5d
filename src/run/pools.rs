use std::time::Duration;

use super::{RunError, Target};
use crate::cluster::kube_client;
use crate::config::Config;
use crate::load::Stop;
use crate::stack::recover;

/// Waits until the pools of a load are full again, blocking.
pub(super) fn wait_for_pools(config: &Config, target: &Target, stop: &Stop) -> Result<(), RunError> {
    let pools = config.load.pools();
    let limit = Duration::from(config.stack.wait_timeout);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = target.open(config).await?;
        let client = kube_client(&opened.access).await?;
        tokio::select! {
            done = recover(&client, &pools, limit) => Ok(done?),
            () = stop.stopped() => Err(RunError::Interrupted),
        }
    })
}
