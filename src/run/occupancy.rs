use std::time::Duration;

use agent_sandbox_common::api::key;
use agent_sandbox_common::clock::timestamp;
use agent_sandbox_common::mutation::{Mutation, mutated};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::RunError;
use super::lease::{LEASE_S, LEASES, lease_of, occupied};
use crate::cluster::object::{Reference, text};
use crate::cluster::{Access, ClusterError, Objects, kube_client};
use crate::config::WarmPool;
use crate::load::Supervisor;
use crate::preflight::Findings;

/// Three renewals fit into the life of a Lease.
const RENEW_EVERY: Duration = Duration::from_secs(LEASE_S as u64 / 3);
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(3);
/// What the Leases may cost at the end of a run whose server no longer answers, and what each try may.
const GIVING_BACK: Duration = Duration::from_secs(5);
const TRY_TIMEOUT: Duration = Duration::from_secs(2);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// One run at a time on a pool: a Lease beside each, renewed while this lives.
pub(super) struct Occupancy {
    access: Access,
    held: Vec<Reference>,
    run_id: String,
    renewal: JoinHandle<Option<()>>,
}

impl Occupancy {
    /// Takes the Lease of each pool.
    ///
    /// # Errors
    /// [`RunError::Blocked`] where another run holds one, [`RunError::Cluster`] where it cannot be known; those that were
    /// taken are given back.
    pub async fn take(
        access: &Access,
        pools: &[WarmPool],
        run_id: &str,
        supervisor: &Supervisor,
    ) -> Result<Self, RunError> {
        let objects = connected(access).await?;
        let mut held = Vec::new();
        for pool in pools {
            // One whose creation was not answered may be there, and this run's.
            held.push(lease_of(pool));
            if let Err(error) = take_one(&objects, pool, run_id).await {
                give_back(access, &held, run_id).await;
                return Err(error);
            }
        }
        let renewal = renew(access.clone(), objects, held.clone(), run_id.to_owned());
        let renewal = tokio::spawn(supervisor.catch("lease", renewal));
        Ok(Self { access: access.clone(), held, run_id: run_id.to_owned(), renewal })
    }

    /// Lets the next run begin at once.
    pub async fn end(self) {
        self.renewal.abort();
        give_back(&self.access, &self.held, &self.run_id).await;
    }
}

/// The API over connections of its own: one that was open for long may bring nothing any more.
async fn connected(access: &Access) -> Result<Objects, ClusterError> {
    Ok(Objects::new(&kube_client(access).await?))
}

async fn take_one(objects: &Objects, pool: &WarmPool, run_id: &str) -> Result<(), RunError> {
    let at = lease_of(pool);
    let Some(lease) = objects.get(&at).await? else {
        return refused_if_taken(objects, pool, objects.create(&new_lease(&at, run_id)).await).await;
    };
    if let Some(finding) = occupied(pool, &lease, timestamp()) {
        return Err(RunError::Blocked(Box::new(Findings::from(finding))));
    }
    // Its holder was killed. With the version that was read, only one of two that saw it so takes it over.
    let mut taken = renewed(run_id);
    taken["metadata"] =
        json!({ "resourceVersion": text(&lease, "/metadata/resourceVersion"), "labels": labels(run_id) });
    taken["spec"]["acquireTime"] = taken["spec"]["renewTime"].clone();
    refused_if_taken(objects, pool, objects.merge(&at, &taken).await).await
}

/// Another run was quicker where the answer is a conflict.
async fn refused_if_taken(
    objects: &Objects,
    pool: &WarmPool,
    answer: Result<Value, ClusterError>,
) -> Result<(), RunError> {
    let Err(error) = answer else { return Ok(()) };
    if error.status() == Some(409) {
        let lease = objects.get(&lease_of(pool)).await?;
        if let Some(finding) = lease.and_then(|lease| occupied(pool, &lease, timestamp())) {
            return Err(RunError::Blocked(Box::new(Findings::from(finding))));
        }
    }
    Err(error.into())
}

/// Renews until a Lease is gone or another's; a server that does not answer is asked again.
async fn renew(access: Access, mut objects: Objects, held: Vec<Reference>, run_id: String) {
    let mut ticks = interval(RENEW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut held: Vec<(Reference, bool)> = held.into_iter().map(|at| (at, true)).collect();
    loop {
        ticks.tick().await;
        for (at, mine) in held.iter_mut().filter(|(_, mine)| *mine) {
            match timeout(RENEWAL_TIMEOUT, renew_one(&objects, at, &run_id)).await {
                Ok(still) => *mine = still,
                Err(_) => objects = connected(&access).await.unwrap_or(objects),
            }
        }
    }
}

/// False once this run no longer has the Lease.
async fn renew_one(objects: &Objects, at: &Reference, run_id: &str) -> bool {
    match objects.get(at).await {
        Ok(Some(lease)) if holds(run_id, &lease) => {
            let mut patch = renewed(run_id);
            patch["metadata"] = json!({ "resourceVersion": text(&lease, "/metadata/resourceVersion") });
            !matches!(objects.merge(at, &patch).await, Err(error) if matches!(error.status(), Some(404 | 409)))
        }
        Ok(_) => false,
        Err(_) => true,
    }
}

async fn give_back(access: &Access, held: &[Reference], run_id: &str) {
    if mutated(Mutation::KeepLease) {
        return;
    }
    let all = async {
        for at in held {
            while !is_given_back(access, at, run_id).await {
                sleep(RETRY_INTERVAL).await;
            }
        }
    };
    // What cannot be given back ends by itself.
    let _ = timeout(GIVING_BACK, all).await;
}

/// One try, over connections of its own; true too where this account may not.
async fn is_given_back(access: &Access, at: &Reference, run_id: &str) -> bool {
    let given = async { give_back_one(&connected(access).await?, at, run_id).await };
    match timeout(TRY_TIMEOUT, given).await {
        Ok(Err(error)) => error.status() == Some(403),
        done => done.is_ok(),
    }
}

/// Another's is not touched, also where it became another's a moment ago.
async fn give_back_one(objects: &Objects, at: &Reference, run_id: &str) -> Result<(), ClusterError> {
    match objects.get(at).await? {
        Some(lease) if holds(run_id, &lease) => objects.delete_unchanged(at, &lease).await.map(drop),
        _ => Ok(()),
    }
}

fn holds(run_id: &str, lease: &Value) -> bool {
    text(lease, "/spec/holderIdentity") == run_id
}

fn new_lease(at: &Reference, run_id: &str) -> Value {
    let mut lease = renewed(run_id);
    lease["apiVersion"] = LEASES.into();
    lease["kind"] = "Lease".into();
    lease["metadata"] = json!({ "name": at.name, "namespace": at.namespace, "labels": labels(run_id) });
    lease["spec"]["acquireTime"] = lease["spec"]["renewTime"].clone();
    lease
}

fn renewed(run_id: &str) -> Value {
    let now = timestamp().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    json!({ "spec": { "holderIdentity": run_id, "leaseDurationSeconds": LEASE_S, "renewTime": now } })
}

fn labels(run_id: &str) -> Value {
    json!({ key::RUN_ID: run_id, key::MANAGED_BY: key::MANAGER })
}
