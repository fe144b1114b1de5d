//! The label and the taint that tie sandboxes to nodes, the same on every provider, and how they come off again.

use kube::api::ListParams;
use serde_json::{Value, json};

use super::StackError;
use super::render::RUNTIME_KEY;
use crate::cluster::Objects;
use crate::cluster::object::{Reference, annotation, items, label, name, text};
use crate::config::NodeSelection;

/// Annotation: the taint we put on a node, `key=value:effect`, written before the taint so that no taint is forgotten.
const TAINTED: &str = "agent-sandbox-bench/taint";
/// Annotation on every node that we changed.
const LABELLED: &str = "agent-sandbox-bench/labelled";
/// What keeps a node's changes ours without forcing: server-side apply remembers who set which label.
const EFFECT: &str = "NoSchedule";

/// Labels the nodes that carry sandboxes of runtime class `class`, and taints them if they were chosen. With no choice
/// made: nodes that carry the label already do, else all that take ordinary pods.
///
/// # Errors
/// [`StackError::Missing`] when there is no such node, [`StackError::Cluster`] when the label is somebody else's.
pub(super) async fn prepare(
    objects: &Objects,
    selection: Option<&NodeSelection>,
    class: &str,
) -> Result<usize, StackError> {
    let all = objects.list("v1", "Node", None, &ListParams::default()).await?;
    let chosen = match selection {
        Some(selection) => choose(objects, selection, &all).await?,
        None if all.iter().any(|node| is_labelled(node, class) && annotation(node, LABELLED).is_none()) => Vec::new(),
        None => all.iter().filter(|node| takes_pods(node, class)).cloned().collect(),
    };
    if chosen.is_empty() && !all.iter().any(|node| is_labelled(node, class)) {
        return Err(StackError::Missing {
            what: "a node to carry sandboxes".into(),
            next: format!("the cluster has {} nodes, and stack.nodes chooses none that takes pods", all.len()),
        });
    }
    for node in &chosen {
        prepare_one(objects, node, class, selection.is_some()).await?;
    }
    Ok(chosen.len())
}

async fn choose(objects: &Objects, selection: &NodeSelection, all: &[Value]) -> Result<Vec<Value>, StackError> {
    if let Some(selector) = &selection.selector {
        let chosen = objects.list("v1", "Node", None, &ListParams::default().labels(selector)).await?;
        let missing = StackError::Missing {
            what: format!("a node of the labels {selector}"),
            next: "stack.nodes.selector chooses none".into(),
        };
        return if chosen.is_empty() { Err(missing) } else { Ok(chosen) };
    }
    let find = |wanted: &String| {
        let missing = || StackError::Missing {
            what: format!("the node {wanted}"),
            next: "stack.nodes.names names it; see kubectl get nodes".into(),
        };
        all.iter().find(|node| name(node) == wanted).cloned().ok_or_else(missing)
    };
    selection.names.iter().map(find).collect()
}

fn is_labelled(node: &Value, class: &str) -> bool {
    label(node, RUNTIME_KEY) == Some(class)
}

/// No taint but ours keeps ordinary pods away.
fn takes_pods(node: &Value, class: &str) -> bool {
    items(node, "/spec/taints").iter().all(|taint| {
        text(taint, "/effect") == "PreferNoSchedule"
            || (text(taint, "/key") == RUNTIME_KEY && text(taint, "/value") == class)
    })
}

async fn prepare_one(objects: &Objects, node: &Value, class: &str, taint: bool) -> Result<(), StackError> {
    let at = Reference::of(node);
    let tainted = items(node, "/spec/taints").iter().any(|it| text(it, "/key") == RUNTIME_KEY);
    let ours = annotation(node, TAINTED).is_some();
    let mut annotations = json!({LABELLED: class});
    if taint && (!tainted || ours) {
        annotations[TAINTED] = json!(format!("{RUNTIME_KEY}={class}:{EFFECT}"));
    }
    let metadata = json!({"name": at.name, "labels": {RUNTIME_KEY: class}, "annotations": annotations});
    // Not forced: a label somebody else set to another value stays theirs, and the error says whose it is.
    objects.apply(&json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata}), false).await?;
    if !taint || tainted {
        return Ok(());
    }
    change_taints(objects, &at, |taints| {
        taints.push(json!({"key": RUNTIME_KEY, "value": class, "effect": EFFECT}));
    })
    .await
}

/// Takes our labels and taints off every node again; the nodes changed.
pub(super) async fn restore(objects: &Objects) -> Result<Vec<String>, StackError> {
    let all = objects.list("v1", "Node", None, &ListParams::default()).await?;
    let mut restored = Vec::new();
    for node in all.iter().filter(|node| annotation(node, LABELLED).is_some()) {
        let at = Reference::of(node);
        if let Some(ours) = annotation(node, TAINTED) {
            change_taints(objects, &at, |taints| taints.retain(|taint| written(taint) != ours)).await?;
        }
        // To apply nothing is to give up everything applied before: what nobody else set is gone.
        let nothing = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": at.name}});
        objects.apply(&nothing, false).await?;
        restored.push(at.name);
    }
    Ok(restored)
}

fn written(taint: &Value) -> String {
    format!("{}={}:{}", text(taint, "/key"), text(taint, "/value"), text(taint, "/effect"))
}

/// Taints are one list to the API: read, changed, and written back only if it did not change in between.
async fn change_taints(objects: &Objects, at: &Reference, change: impl Fn(&mut Vec<Value>)) -> Result<(), StackError> {
    const TRIES: usize = 10;
    for attempt in 1.. {
        let Some(node) = objects.get(at).await? else { return Ok(()) };
        let mut taints = items(&node, "/spec/taints").to_vec();
        change(&mut taints);
        let taints = if taints.is_empty() { Value::Null } else { Value::from(taints) };
        let version = text(&node, "/metadata/resourceVersion");
        let patch = json!({"metadata": {"resourceVersion": version}, "spec": {"taints": taints}});
        match objects.merge(at, &patch).await {
            Err(error) if error.status() == Some(409) && attempt < TRIES => {}
            other => return Ok(other.map(drop)?),
        }
    }
    Ok(())
}

/// How many nodes carry the label of `class`, for the status.
pub(super) fn count_labelled(nodes: &[Value], class: &str) -> usize {
    nodes.iter().filter(|node| is_labelled(node, class)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_plane_node_takes_no_pods() {
        let tainted =
            |key: &str, value: &str| json!({"spec": {"taints": [{"key": key, "value": value, "effect": EFFECT}]}});
        assert!(takes_pods(&json!({}), "runsc"));
        assert!(takes_pods(&tainted(RUNTIME_KEY, "runsc"), "runsc"));
        assert!(!takes_pods(&tainted("node-role.kubernetes.io/control-plane", ""), "runsc"));
    }
}
