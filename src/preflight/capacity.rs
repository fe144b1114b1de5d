use agent_sandbox_common::names::quantity_value;
use kube::api::ListParams;
use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::ClusterError;
use crate::cluster::object::{Reference, items, text};

/// The nodes can take the sandboxes: the pool, and those that are claimed while it refills.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let (nodes, pool) = (all(subject, "Node"), replicas(subject));
    let (nodes, pods, pool) = tokio::try_join!(nodes, pods(subject), pool)?;
    let needed = pool + subject.demand.alive();
    let allocatable = |resource: &str| -> f64 {
        let takes = |node: &&Value| {
            let taints = items(node, "/spec/taints");
            node["spec"]["unschedulable"] != true
                && taints.iter().all(|it| text(it, "/key") != "node-role.kubernetes.io/control-plane")
        };
        let values = nodes.iter().filter(takes).map(|node| text(node, &format!("/status/allocatable/{resource}")));
        values.filter_map(quantity_value).sum()
    };
    let template = &subject.config.stack.sandbox_template;
    let request = |quantity: &str| needed * quantity_value(quantity).unwrap_or_default();
    // The pool's pods are among those that run.
    let room = (allocatable("pods") - (pods - pool).max(0.0)).max(0.0);
    let mut findings = Vec::new();
    findings.extend(short("pods", needed, room, &format!("{pods:.0} pods run on them")));
    findings.extend(short("CPUs requested", request(&template.cpu_request), allocatable("cpu"), "other pods apart"));
    let gi = f64::from(1 << 30);
    let memory = (request(&template.memory_request) / gi, allocatable("memory") / gi);
    findings.extend(short("Gi of memory requested", memory.0, memory.1, "other pods apart"));
    Ok(findings)
}

fn short(what: &str, needed: f64, room: f64, note: &str) -> Option<Finding> {
    (needed > room).then(|| {
        Finding::warning(
            format!("pool and claims need {needed:.0} {what}, the nodes have room for {room:.0} ({note})"),
            "sandboxes that find no node stay Pending, and claims wait for them",
            "add nodes, or make the pool, the rate or the hold time smaller",
        )
    })
}

async fn all(subject: &Subject<'_>, kind: &str) -> Result<Vec<Value>, ClusterError> {
    subject.objects.list("v1", kind, None, &ListParams::default()).await
}

/// How many pods there are: one, and as many as the server says remain.
async fn pods(subject: &Subject<'_>) -> Result<f64, ClusterError> {
    subject.objects.count("v1", "Pod").await.map(|count| count as f64)
}

async fn replicas(subject: &Subject<'_>) -> Result<f64, ClusterError> {
    let Some(api_version) = subject.api_version() else { return Ok(0.0) };
    let mut all = 0.0;
    for pool in subject.pools {
        let at = Reference::new(&api_version, "SandboxWarmPool", Some(&pool.namespace), &pool.name);
        let it = subject.objects.get(&at).await?;
        all += it.and_then(|it| it.pointer("/spec/replicas").and_then(Value::as_f64)).unwrap_or_default();
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_with_both_figures() {
        assert!(short("pods", 10.0, 10.0, "").is_none());
        let finding = short("pods", 11.0, 10.0, "3 pods run on them").unwrap();
        assert!(finding.what.contains("need 11 pods, the nodes have room for 10"), "{}", finding.what);
    }
}
