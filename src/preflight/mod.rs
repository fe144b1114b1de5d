//! Can this cluster carry this run? Each check is a file; they run at once, and none changes anything.

mod access;
mod capacity;
mod connections;
mod controller;
mod demand;
mod fairness;
mod finding;
mod occupied;
mod pools;
mod server;
mod webhooks;

pub use access::{Permission, run_permissions};
pub use finding::{Finding, Findings, Severity};
pub use occupied::{LEASE_S, LEASES};
pub(crate) use occupied::{lease_of, occupied};
pub use pools::REFILL_S;

use futures::future::LocalBoxFuture;

use agent_sandbox_common::api::{EXTENSIONS_GROUP, VERSIONS};
use crate::config::{Config, WarmPool};
use crate::load::Plan;
use crate::stack::{Objects, StackError};
pub(crate) use demand::Demand;

/// What the checks look at.
struct Subject<'a> {
    objects: &'a Objects,
    config: &'a Config,
    pools: Vec<WarmPool>,
    /// Version of the extensions API the server serves, if it is one we know.
    version: Option<String>,
    demand: Demand,
}

impl Subject<'_> {
    /// `group/version` of the extensions API.
    fn api_version(&self) -> Option<String> {
        self.version.as_ref().map(|version| format!("{EXTENSIONS_GROUP}/{version}"))
    }
}

/// What a check found; an error says why it could not look.
type Checked = Result<Vec<Finding>, StackError>;

/// Checks what a run needs and what would spoil it: a few requests, at once, that change nothing.
///
/// # Errors
/// [`StackError::Config`] for a load that is no schedule. A fault of the cluster is a finding.
#[must_use]
pub fn preflight<'a>(client: &'a kube::Client, config: &'a Config) -> LocalBoxFuture<'a, Result<Findings, StackError>> {
    Box::pin(async move {
        let plan = Plan::new(&config.load, config.load.seed.unwrap_or_default())?;
        let objects = Objects::new(client);
        let mut findings = Findings::default();
        let server = match server::check(&objects).await {
            Ok(found) => found,
            Err(error) => {
                findings.add_one(server::unreachable(&error));
                return Ok(findings);
            }
        };
        findings.add("the server's clock", Ok(server));
        let version = match served(&objects).await {
            Ok(version) => version,
            Err(error) => {
                // A server that does not say what it serves may serve it: no other check has anything to go by.
                findings.add("the claims' API, and all that builds on it", Err(error));
                return Ok(findings);
            }
        };
        let demand = Demand::of(&plan, config);
        let subject = Subject { objects: &objects, config, pools: plan.pools, version, demand };
        let (access, controller, pools, occupied, capacity, fairness, webhooks) = tokio::join!(
            access::check(&subject),
            controller::check(&subject),
            pools::check(&subject),
            occupied::check(&subject),
            capacity::check(&subject),
            fairness::check(&subject),
            webhooks::check(&subject),
        );
        findings.add("rights", access);
        findings.add("the controller", controller);
        findings.add("pools and templates", pools);
        findings.add("other runs", occupied);
        findings.add("the nodes' capacity", capacity);
        findings.add("API Priority and Fairness", fairness);
        findings.add("webhooks", webhooks);
        findings.add("connections", Ok(connections::check(&subject)));
        Ok(findings)
    })
}

async fn served(objects: &Objects) -> Result<Option<String>, StackError> {
    for version in VERSIONS.iter().rev() {
        let kinds = objects.kinds(&format!("{EXTENSIONS_GROUP}/{version}")).await?;
        if kinds.iter().any(|it| it.kind == "SandboxClaim") {
            return Ok(Some((*version).to_owned()));
        }
    }
    Ok(None)
}
