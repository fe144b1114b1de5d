use std::time::Duration;

use agent_sandbox_common::api::key;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{Opened, RunError, Target};
use crate::cluster::{ClusterError, Labelled, Requester};
use crate::config::{Config, LoadObject};
use crate::load::served_version;

/// Connections at most; a cleanup is in no hurry.
const CONNECTIONS: usize = 16;
/// Each run's runners have a namespace of their own.
const NAMESPACES: &str = "/api/v1/namespaces";
/// How long runners are waited for, which are given 30 s to release what they claimed.
const RUNNERS_END: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The run whose leftovers to remove.
#[derive(Debug, Clone, Copy)]
pub enum Runs<'a> {
    /// One run's.
    One(&'a str),
    /// Every run's.
    All,
}

impl Runs<'_> {
    /// What carries the labels of these runs.
    pub(super) fn labelled(self, requester: &Requester) -> Labelled<'_> {
        let labels = match self {
            Self::One(run_id) => vec![(key::RUN_ID, Some(run_id.to_owned()))],
            Self::All => vec![(key::RUN_ID, None), (key::MANAGED_BY, Some(key::MANAGER.to_owned()))],
        };
        Labelled::new(requester, labels)
    }
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Claims deleted, as `namespace/name`.
    pub claims: Vec<String>,
    /// Bare Sandboxes and Pods deleted, likewise.
    pub bare: Vec<String>,
    /// Leases on pools deleted, likewise.
    pub leases: Vec<String>,
    /// What runners ran by: their namespaces, and `namespace/name` of their rights.
    pub runners: Vec<String>,
}

/// Removes what runs left on `target`, blocking. `namespaces` empty: all of them.
///
/// # Errors
/// [`RunError::Cluster`] of the first request that the server refuses or does not answer.
pub fn cleanup(target: &Target, namespaces: &[String], runs: Runs<'_>) -> Result<Cleaned, RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(cleanup_within(target, namespaces, runs))
}

/// As [`cleanup`], within the caller's runtime.
///
/// # Errors
/// Those of [`cleanup`].
pub async fn cleanup_within(target: &Target, namespaces: &[String], runs: Runs<'_>) -> Result<Cleaned, RunError> {
    let opened = target.open(&Config::default()).await?;
    let Opened { access, .. } = &opened;
    let requester = Requester::new(access.dialer().await?, access.credentials().await?, CONNECTIONS);
    let version = served_version(&requester).await?;
    let theirs = runs.labelled(&requester);
    // Runners first: what they claim until their end can be removed for good then.
    let runners = remove_runners(&theirs, namespaces).await?;
    let remove = async |object: LoadObject| theirs.remove(&object.root(&version), object.resource(), namespaces).await;
    let claims = remove(LoadObject::Claim).await?;
    // An account that may not do so has made none.
    let mut bare = none_if_forbidden(remove(LoadObject::Sandbox).await)?;
    bare.extend(none_if_forbidden(remove(LoadObject::Pod).await)?);
    // A Lease that nobody renews says nothing after some seconds, where this account may not look at Leases.
    let leases = none_if_forbidden(theirs.remove("/apis/coordination.k8s.io/v1", "leases", namespaces).await)?;
    Ok(Cleaned { claims, bare, leases, runners })
}

/// Deletes what runners run by, and waits until they have ended. An account that may not do so has started none.
///
/// # Errors
/// As [`cleanup`].
pub(super) async fn remove_runners(theirs: &Labelled<'_>, namespaces: &[String]) -> Result<Vec<String>, ClusterError> {
    let found = match theirs.list(NAMESPACES).await {
        Err(error) if error.is_forbidden() => return Ok(Vec::new()),
        found => found?,
    };
    let mut removed = Vec::new();
    for (_, name) in &found {
        theirs.delete(&format!("{NAMESPACES}/{name}")).await?;
        removed.push(name.clone());
    }
    for plural in ["rolebindings", "roles"] {
        let rights = theirs.remove("/apis/rbac.authorization.k8s.io/v1", plural, namespaces).await;
        removed.extend(none_if_forbidden(rights)?);
    }
    let until = Instant::now() + RUNNERS_END;
    for (_, name) in &found {
        while Instant::now() < until && theirs.get(&format!("{NAMESPACES}/{name}")).await?.is_some() {
            sleep(POLL_INTERVAL).await;
        }
    }
    Ok(removed)
}

fn none_if_forbidden<T: Default>(answer: Result<T, ClusterError>) -> Result<T, ClusterError> {
    match answer {
        Err(error) if error.is_forbidden() => Ok(T::default()),
        answer => answer,
    }
}
