use agent_sandbox_common::api::{EXTENSIONS_GROUP, VERSIONS};

use super::demand::Demand;
use super::finding::Findings;
use super::subject::{Checked, Subject};
use super::{access, capacity, connections, controller, fairness, pools, server, specs, webhooks};
use crate::cluster::{ClusterError, Objects, installation};
use crate::config::{Config, ConfigError, WarmPool};
use crate::load::Plan;

/// Checks what a run needs and what would spoil it: a few requests, at once, that change nothing. `other_runs` says
/// whether another run claims from the pools.
///
/// # Errors
/// A [`ConfigError`] for a load that is no schedule. A fault of the cluster is a finding.
pub(crate) async fn preflight(
    client: &kube::Client,
    config: &Config,
    other_runs: impl AsyncFn(&Objects, &[WarmPool]) -> Checked,
) -> Result<Findings, ConfigError> {
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
    match installation(&objects).await {
        Ok(seen) => findings.set_installation(seen),
        Err(error) => findings.add("what is installed", Err(error)),
    }
    let version = match served(&objects).await {
        Ok(version) => version,
        Err(error) => {
            // A server that does not say what it serves may serve it: no other check has anything to go by.
            findings.add("the claims' API, and all that builds on it", Err(error));
            return Ok(findings);
        }
    };
    let demand = Demand::of(&plan, config);
    let subject = Subject { objects: &objects, config, pools: &plan.pools, version, demand };
    let (access, controller, pools, specs, others, capacity, fairness, webhooks) = tokio::join!(
        access::check(&subject),
        controller::check(&subject),
        pools::check(&subject),
        specs::check(&subject),
        other_runs(&objects, &plan.pools),
        capacity::check(&subject),
        fairness::check(&subject),
        webhooks::check(&subject),
    );
    findings.add("rights", access);
    findings.add("the controller", controller);
    findings.add("pools and templates", pools);
    findings.add("fields of claims, template and pool", specs);
    findings.add("other runs", others);
    findings.add("the nodes' capacity", capacity);
    findings.add("API Priority and Fairness", fairness);
    findings.add("webhooks", webhooks);
    findings.add("connections", Ok(connections::check(&subject)));
    Ok(findings)
}

async fn served(objects: &Objects) -> Result<Option<String>, ClusterError> {
    for version in VERSIONS.iter().rev() {
        let kinds = objects.kinds(&format!("{EXTENSIONS_GROUP}/{version}")).await?;
        if kinds.iter().any(|it| it.kind == "SandboxClaim") {
            return Ok(Some((*version).to_owned()));
        }
    }
    Ok(None)
}
