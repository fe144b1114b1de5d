use std::collections::HashSet;
use std::time::Duration;

use agent_sandbox_common::mutation::{Mutation, mutated};
use tokio::time::{Instant, sleep};

use crate::cluster::Labelled;
use crate::config::{LoadObject, WarmPool};

/// How long a run's end is tried for.
const LIMIT: Duration = Duration::from_secs(5);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Removes at a run's end the objects that its releases have left in the namespaces of its pools; how many. A fault that
/// passes within seconds leaves nothing: a server that restarts, a token that is renewed.
///
/// # Errors
/// The last error, in words, where it did not pass.
pub async fn remove_leftovers(
    ours: &Labelled<'_>,
    object: LoadObject,
    api_version: &str,
    pools: &[WarmPool],
) -> Result<usize, String> {
    if mutated(Mutation::KeepLeftovers) {
        return Ok(0);
    }
    let namespaces: HashSet<&String> = pools.iter().map(|pool| &pool.namespace).collect();
    let namespaces: Vec<String> = namespaces.into_iter().cloned().collect();
    let root = object.root(api_version);
    let until = Instant::now() + LIMIT;
    loop {
        match ours.remove(&root, object.resource(), &namespaces).await {
            Ok(left) => return Ok(left.len()),
            Err(error) if error.is_forbidden() || Instant::now() > until => return Err(error.to_string()),
            Err(_) => sleep(RETRY_INTERVAL).await,
        }
    }
}
