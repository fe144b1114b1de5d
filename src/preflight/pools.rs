use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::object::{Reference, items, number, text};
use crate::config::{LoadObject, WarmPool};

/// What a replacement of a claimed sandbox takes at best, in seconds: a pod start.
pub const REFILL_S: f64 = 2.0;

/// The pools and their templates stand, and the pools are as large as the load wants them.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let Some(api_version) = subject.api_version() else { return Ok(Vec::new()) };
    let weights: f64 = subject.pools.iter().map(|pool| pool.weight).sum();
    let mut findings = Vec::new();
    for pool in subject.pools {
        let share = pool.weight / weights;
        findings.extend(check_one(subject, &api_version, pool, share).await?);
    }
    Ok(findings)
}

async fn check_one(subject: &Subject<'_>, api_version: &str, pool: &WarmPool, share: f64) -> Checked {
    let at = Reference::new(api_version, "SandboxWarmPool", Some(&pool.namespace), &pool.name);
    let Some(it) = subject.objects.get(&at).await? else {
        return Ok(vec![Finding::blocker(
            format!("{at} is missing"),
            "every claim names it",
            "name another with --warm-pool and --namespace, or install the stack: agent-sandbox-bench install",
        )]);
    };
    let template = text(&it, "/spec/sandboxTemplateRef/name");
    let template = Reference::new(api_version, "SandboxTemplate", Some(&pool.namespace), template);
    let Some(made_from) = subject.objects.get(&template).await? else {
        return Ok(vec![Finding::blocker(
            format!("{template}, the template of {at}, is missing"),
            "no sandbox can be made",
            "apply it, or install the stack: agent-sandbox-bench install",
        )]);
    };
    let (wanted, ready) = (number(&it, "/spec/replicas"), number(&it, "/status/readyReplicas"));
    let finding = match subject.config.load.object {
        LoadObject::Claim => size(&at, wanted, ready, subject.demand.within(REFILL_S) * share),
        LoadObject::Sandbox => None,
        LoadObject::Pod => volumes(&template, &made_from),
    };
    Ok(finding.into_iter().collect())
}

/// Volumes are the controller's to make.
fn volumes(at: &Reference, template: &Value) -> Option<Finding> {
    (!items(template, "/spec/volumeClaimTemplates").is_empty()).then(|| {
        Finding::blocker(
            format!("{at} has volumeClaimTemplates"),
            "nobody makes the volumes of a bare Pod, so none would start (load.object: pod)",
            "use load.object: sandbox, or a pool whose template has none",
        )
    })
}

fn size(at: &Reference, wanted: i64, ready: i64, needed: f64) -> Option<Finding> {
    if wanted == 0 {
        return Some(Finding::warning(
            format!("{at} keeps no sandboxes ready"),
            "every claim is a cold start",
            "for warm claims, give it replicas (stack.sandbox_warmpool.replicas)",
        ));
    }
    if ready < wanted {
        return Some(Finding::warning(
            format!("{at} has {ready} of {wanted} sandboxes Ready"),
            "the first claims meet a pool that still fills",
            "wait until it is full; agent-sandbox-bench status shows what holds it up",
        ));
    }
    ((wanted as f64) < needed).then(|| {
        Finding::warning(
            format!("{at} keeps {wanted} sandboxes, and {needed:.0} claims are due within {REFILL_S} s"),
            "a replacement takes about as long, so the pool runs empty and claims become cold starts",
            format!("give it {needed:.0} replicas or more, or lower the rate"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_must_outlast_its_refill() {
        let at = Reference::new("v1", "SandboxWarmPool", Some("default"), "p");
        assert!(size(&at, 100, 100, 20.0).is_none());
        assert!(size(&at, 10, 10, 20.0).unwrap().what.contains("20 claims are due"));
        assert!(size(&at, 10, 4, 1.0).unwrap().what.contains("4 of 10"));
        assert!(size(&at, 0, 0, 1.0).unwrap().why.contains("cold start"));
    }
}
