use std::time::Duration;

use super::{RunError, Target};
use crate::cluster::kube_client;
use crate::config::{Config, WarmPool};
use crate::load::Stop;
use crate::stack::{StackError, drained, pool_size, recover, resize};

/// Waits until the pools of a load are full again, blocking.
pub(super) fn wait_for_pools(config: &Config, target: &Target, stop: &Stop) -> Result<(), RunError> {
    let (pools, limit) = (config.load.pools(), limit(config));
    on_cluster(config, target, stop, async |client| recover(client, &pools, limit).await)
}

/// How many sandboxes each of the pools is to hold, blocking.
pub(super) fn pool_sizes(
    config: &Config,
    target: &Target,
    stop: &Stop,
    pools: &[WarmPool],
) -> Result<Vec<u32>, RunError> {
    on_cluster(config, target, stop, async |client| {
        let mut sizes = Vec::new();
        for pool in pools {
            sizes.push(pool_size(client, pool).await?);
        }
        Ok(sizes)
    })
}

/// Empties the pools and fills them with new sandboxes, as many as is said of each; blocking.
pub(super) fn renew_pools(
    config: &Config,
    target: &Target,
    stop: &Stop,
    pools: &[(WarmPool, u32)],
) -> Result<(), RunError> {
    let limit = limit(config);
    on_cluster(config, target, stop, async |client| {
        resize_all(client, pools, |_| 0).await?;
        for (pool, _) in pools {
            drained(client, pool, limit).await?;
        }
        resize_all(client, pools, |size| size).await?;
        let pools: Vec<WarmPool> = pools.iter().map(|(pool, _)| pool.clone()).collect();
        recover(client, &pools, limit).await
    })
}

/// Asks for as many sandboxes as is said of each pool, blocking.
pub(super) fn resize_pools(config: &Config, target: &Target, pools: &[(WarmPool, u32)]) -> Result<(), RunError> {
    on_cluster(config, target, &Stop::default(), async |client| resize_all(client, pools, |size| size).await)
}

async fn resize_all(
    client: &kube::Client,
    pools: &[(WarmPool, u32)],
    size: impl Fn(u32) -> u32,
) -> Result<(), StackError> {
    for (pool, of_pool) in pools {
        resize(client, pool, size(*of_pool)).await?;
    }
    Ok(())
}

fn limit(config: &Config) -> Duration {
    config.stack.wait_timeout.into()
}

fn on_cluster<T>(
    config: &Config,
    target: &Target,
    stop: &Stop,
    act: impl AsyncFnOnce(&kube::Client) -> Result<T, StackError>,
) -> Result<T, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = target.open(config).await?;
        let client = kube_client(&opened.access).await?;
        tokio::select! {
            done = act(&client) => Ok(done?),
            () = stop.stopped() => Err(RunError::Interrupted),
        }
    })
}
