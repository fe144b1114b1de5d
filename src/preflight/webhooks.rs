use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP};
use kube::api::ListParams;
use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::ClusterError;
use crate::cluster::object::{items, name, number, text};

/// What a claim makes the server admit.
const ADMITTED: [(&str, &str); 3] = [(EXTENSIONS_GROUP, "sandboxclaims"), (AGENTS_GROUP, "sandboxes"), ("", "pods")];

/// Admission webhooks that each claim, sandbox or pod has to pass.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let configurations = async |kind: &str| -> Result<Vec<Value>, ClusterError> {
        subject.objects.list("admissionregistration.k8s.io/v1", kind, None, &ListParams::default()).await
    };
    let (mutating, validating) = tokio::try_join!(
        configurations("MutatingWebhookConfiguration"),
        configurations("ValidatingWebhookConfiguration")
    )?;
    Ok(mutating.iter().chain(&validating).flat_map(of_configuration).collect())
}

fn of_configuration(configuration: &Value) -> Vec<Finding> {
    let hooks = items(configuration, "/webhooks").iter();
    let findings = hooks.filter_map(|hook| {
        let admitted: Vec<_> = ADMITTED.iter().filter(|(group, resource)| admits(hook, group, resource)).collect();
        let names: Vec<_> = admitted.iter().map(|(_, resource)| *resource).collect();
        (!names.is_empty()).then(|| finding(configuration, hook, &names.join(", ")))
    });
    findings.collect()
}

fn finding(configuration: &Value, hook: &Value, admitted: &str) -> Finding {
    let timeout = match number(hook, "/timeoutSeconds") {
        0 => 10,
        seconds => seconds,
    };
    let fails = text(hook, "/failurePolicy") != "Ignore";
    let fate = if fails { "and where it is down they are refused" } else { "and where it is down they wait that long" };
    Finding::warning(
        format!("the webhook {} of {} admits {admitted}", text(hook, "/name"), name(configuration)),
        format!("each waits for it, up to {timeout} s, {fate}; its time is part of the figures"),
        "exclude the namespace of the claims with its namespaceSelector, or know that it is measured too",
    )
}

fn admits(hook: &Value, group: &str, resource: &str) -> bool {
    let has = |rule: &Value, field: &str, wanted: &str| {
        items(rule, field).iter().filter_map(Value::as_str).any(|it| it == "*" || it == "*/*" || it == wanted)
    };
    items(hook, "/rules").iter().any(|rule| {
        has(rule, "/operations", "CREATE") && has(rule, "/apiGroups", group) && has(rule, "/resources", resource)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_hooks_on_the_way_of_a_claim_count() {
        let hook = |groups: Value, resources: Value, operations: Value| {
            json!({"metadata": {"name": "c"}, "webhooks": [{"name": "h",
                "rules": [{"apiGroups": groups, "resources": resources, "operations": operations}]}]})
        };
        assert_eq!(of_configuration(&hook(json!([""]), json!(["pods"]), json!(["CREATE"]))).len(), 1);
        assert_eq!(of_configuration(&hook(json!(["*"]), json!(["*"]), json!(["*"]))).len(), 1);
        assert!(of_configuration(&hook(json!([""]), json!(["pods"]), json!(["DELETE"]))).is_empty());
        assert!(of_configuration(&hook(json!(["apps"]), json!(["deployments"]), json!(["CREATE"]))).is_empty());
    }
}
