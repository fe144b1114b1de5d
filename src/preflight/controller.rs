use agent_sandbox_common::api::{CONTROLLER, CONTROLLER_NAMESPACE, EXTENSIONS_GROUP};

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::object::{Reference, number, text};
use crate::config::LoadObject;
use crate::stack::rollout_state;

/// The API is served, and a controller acts on it.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let Some(api_version) = subject.api_version() else {
        return Ok(vec![Finding::blocker(
            format!("the server serves no SandboxClaim of {EXTENSIONS_GROUP} in a version known here"),
            "there is nothing to claim with",
            "install agent-sandbox with its extensions: agent-sandbox-bench install",
        )]);
    };
    if subject.config.load.object == LoadObject::Pod {
        return Ok(Vec::new()); // Kubernetes alone makes it Ready
    }
    let at = Reference::new("apps/v1", "Deployment", Some(CONTROLLER_NAMESPACE), CONTROLLER);
    match subject.objects.get(&at).await {
        Ok(Some(deployment)) => Ok(match rollout_state(&deployment) {
            None => Vec::new(),
            Some(state) => vec![unavailable(&at.to_string(), &state)],
        }),
        // No right to look, or a controller elsewhere: what it does tells.
        Ok(None) => traces(subject, &api_version).await,
        Err(error) if error.status() == Some(403) => traces(subject, &api_version).await,
        Err(error) => Err(error),
    }
}

fn unavailable(what: &str, state: &str) -> Finding {
    Finding::blocker(
        format!("{what}: {state}"),
        "no claim becomes Ready without the controller",
        "agent-sandbox-bench status shows why",
    )
}

/// A pool whose status was written for its newest spec has a controller.
async fn traces(subject: &Subject<'_>, api_version: &str) -> Checked {
    for pool in subject.pools {
        let at = Reference::new(api_version, "SandboxWarmPool", Some(&pool.namespace), &pool.name);
        let Some(it) = subject.objects.get(&at).await? else { continue };
        let seen = number(&it, "/status/observedGeneration");
        let lags = seen > 0 && seen < number(&it, "/metadata/generation");
        if lags || text(&it, "/status/selector").is_empty() {
            let state = "no Deployment of it is seen, and it has not acted on the pool";
            return Ok(vec![unavailable(&format!("the controller (pool {})", pool.name), state)]);
        }
    }
    Ok(Vec::new())
}
