//! What an older release left, and the one that is installed has no use for.

use agent_sandbox_common::api::key;
use kube::api::ListParams;
use serde_json::Value;

use super::StackError;
use crate::cluster::Objects;
use crate::cluster::object::{Reference, is_ours};

/// The kinds that only some releases have objects of, what refers to others first.
const KINDS: [(&str, &str); 3] =
    [("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "Role"), ("v1", "Service")];
/// Where the controller keeps the certificates of its webhook. It makes the Secret itself, so that it has no label of ours.
const CERTIFICATES: &str = "agent-sandbox-webhook-certs";

/// Removes the objects of ours in the controller's namespace that the manifests do not have; what could not be removed.
///
/// The Service goes last: while it stands, an install that was interrupted still knows that the Secret goes with it.
pub(super) async fn remove(objects: &Objects, namespace: &str, installed: &[Value]) -> Result<Vec<String>, StackError> {
    let found = find(objects, namespace, installed).await?;
    let secret = Reference::new("v1", "Secret", Some(namespace), CERTIFICATES);
    let secret = found.iter().any(|at| at.kind == "Service").then_some(secret);
    let mut kept = Vec::new();
    for at in secret.into_iter().chain(found) {
        match objects.delete(&at).await {
            Err(error) if error.status() == Some(403) => {
                kept.push(format!("{at}, which an older release left, may not be removed by this account: {error}"));
            }
            removed => drop(removed?),
        }
    }
    Ok(kept)
}

async fn find(objects: &Objects, namespace: &str, installed: &[Value]) -> Result<Vec<Reference>, StackError> {
    let ours = ListParams::default().labels(&format!("{}={}", key::MANAGED_BY, key::MANAGER));
    let mut found = Vec::new();
    for (api_version, kind) in KINDS {
        let standing = objects.list(api_version, kind, Some(namespace), &ours).await?;
        found.extend(standing.iter().filter(|it| is_ours(it)).map(Reference::of));
    }
    found.retain(|at| !installed.iter().any(|object| Reference::of(object) == *at));
    Ok(found)
}
