use kube::api::ListParams;
use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::ClusterError;
use crate::cluster::object::{items, name, number, text};
use crate::config::LoadObject;

/// Admission webhooks that what the load creates has to pass, or what is made for it.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let configurations = async |kind: &str| -> Result<Vec<Value>, ClusterError> {
        subject.objects.list("admissionregistration.k8s.io/v1", kind, None, &ListParams::default()).await
    };
    let (mutating, validating) = tokio::try_join!(
        configurations("MutatingWebhookConfiguration"),
        configurations("ValidatingWebhookConfiguration")
    )?;
    let all = mutating.iter().chain(&validating);
    Ok(all.flat_map(|configuration| of_configuration(configuration, subject.config.load.object)).collect())
}

/// A claim makes the server admit a Sandbox, and that a Pod.
fn of_configuration(configuration: &Value, object: LoadObject) -> Vec<Finding> {
    let hooks = items(configuration, "/webhooks").iter();
    let findings = hooks.filter_map(|hook| {
        let made = LoadObject::ALL.into_iter().filter(|made| *made >= object);
        let admitted = made.filter(|made| admits(hook, made.group(), made.resource()));
        let names: Vec<_> = admitted.map(LoadObject::resource).collect();
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
        let found = |hook: &Value| of_configuration(hook, LoadObject::Claim).len();
        assert_eq!(found(&hook(json!([""]), json!(["pods"]), json!(["CREATE"]))), 1);
        assert_eq!(found(&hook(json!(["*"]), json!(["*"]), json!(["*"]))), 1);
        assert_eq!(found(&hook(json!([""]), json!(["pods"]), json!(["DELETE"]))), 0);
        assert_eq!(found(&hook(json!(["apps"]), json!(["deployments"]), json!(["CREATE"]))), 0);
        let of_sandboxes = hook(json!(["agents.x-k8s.io"]), json!(["sandboxes"]), json!(["*"]));
        let of_object = |object| of_configuration(&of_sandboxes, object).len();
        assert_eq!(LoadObject::ALL.map(of_object), [1, 1, 0]);
    }
}
