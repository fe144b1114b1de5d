use std::time::Duration;

use serde_json::{Value, json};

use super::StackError;
use super::recover::get;
use super::wait::{Progress, wait};
use crate::cluster::Objects;
use crate::cluster::object::{Reference, number};
use crate::config::WarmPool;

/// How many sandboxes a pool is to hold.
///
/// # Errors
/// [`StackError::Missing`] where there is no such pool; else what asking met.
pub async fn pool_size(client: &kube::Client, pool: &WarmPool) -> Result<u32, StackError> {
    let found = found(&Objects::new(client), pool).await?;
    Ok(u32::try_from(number(&found, "/spec/replicas")).unwrap_or_default())
}

/// Asks for another number of sandboxes; it is not waited for.
///
/// # Errors
/// As [`pool_size`].
pub async fn resize(client: &kube::Client, pool: &WarmPool, replicas: u32) -> Result<(), StackError> {
    let objects = Objects::new(client);
    let at = Reference::of(&found(&objects, pool).await?);
    objects.merge(&at, &json!({ "spec": { "replicas": replicas } })).await?;
    Ok(())
}

/// Waits until a pool of no replicas holds no sandbox, at most `limit` long.
///
/// # Errors
/// [`StackError::NotReady`]; else what asking met.
pub async fn drained(client: &kube::Client, pool: &WarmPool, limit: Duration) -> Result<(), StackError> {
    let objects = Objects::new(client);
    let what = format!("the drained {}", named(pool));
    let look = async || {
        let held = number(&found(&objects, pool).await?, "/status/replicas");
        Ok(if held == 0 { Progress::Ready } else { Progress::Pending(format!("{held} sandboxes are left")) })
    };
    wait(&objects, &|_| {}, &what, limit, None, look).await
}

async fn found(objects: &Objects, pool: &WarmPool) -> Result<Value, StackError> {
    let next = "install the stack, or name another pool by load.warm_pool";
    let missing = || StackError::Missing { what: named(pool), next: next.into() };
    get(objects, pool).await?.ok_or_else(missing)
}

fn named(pool: &WarmPool) -> String {
    format!("SandboxWarmPool {}/{}", pool.namespace, pool.name)
}
