use std::time::Duration;

use agent_sandbox_common::api::{EXTENSIONS_GROUP, VERSIONS};
use serde_json::Value;

use super::StackError;
use super::wait::{pool, wait};
use crate::cluster::Objects;
use crate::cluster::object::Reference;
use crate::config::WarmPool;

/// Waits until the pools are full again, each at most `limit` long.
///
/// # Errors
/// [`StackError::NotReady`] with what the first that is not looks like; else what asking met.
pub async fn recover(client: &kube::Client, pools: &[WarmPool], limit: Duration) -> Result<(), StackError> {
    let objects = Objects::new(client);
    for it in pools {
        let what = format!("SandboxWarmPool {}/{}", it.namespace, it.name);
        let look = async || Ok(pool(get(&objects, it).await?.as_ref(), false));
        wait(&objects, &|_| {}, &what, limit, None, look).await?;
    }
    Ok(())
}

/// The pool in the newest version served.
pub(super) async fn get(objects: &Objects, pool: &WarmPool) -> Result<Option<Value>, StackError> {
    for version in VERSIONS.iter().rev() {
        let api_version = format!("{EXTENSIONS_GROUP}/{version}");
        let at = Reference::new(&api_version, "SandboxWarmPool", Some(&pool.namespace), &pool.name);
        if let Some(found) = objects.get(&at).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
