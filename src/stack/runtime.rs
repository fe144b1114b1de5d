//! Which runtime class sandboxes run on, and whether it has to be installed first.

use kube::api::ListParams;
use serde_json::Value;

use super::StackError;
use crate::cluster::Objects;
use crate::cluster::object::{is_ours, map, name};
use crate::config::{Gvisor, Stack};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuntimePlan {
    /// No runtime class.
    None,
    /// This one, which stands.
    Present(String),
    /// This one, which we put on the nodes.
    Install(String),
}

/// containerd's name of the runtime.
pub(super) const HANDLER: &str = "runsc";
/// GKE's name for gVisor, and minikube's.
const PROVIDED: &str = "gvisor";

impl RuntimePlan {
    /// Without a cluster to look at: `auto` installs.
    pub(super) fn unseen(stack: &Stack) -> Self {
        let class = stack.sandbox_template.runtime_class.clone().unwrap_or_else(|| HANDLER.into());
        match stack.gvisor {
            Gvisor::None => Self::None,
            Gvisor::Present => Self::Present(class),
            Gvisor::Install | Gvisor::Auto => Self::Install(class),
        }
    }

    /// Looks at the cluster's runtime classes and nodes where the configuration leaves it open.
    pub(super) async fn decide(stack: &Stack, objects: &Objects) -> Result<Self, StackError> {
        if stack.gvisor == Gvisor::None {
            return Ok(Self::None);
        }
        let classes = objects.list("node.k8s.io/v1", "RuntimeClass", None, &ListParams::default()).await?;
        let nodes = match stack.gvisor {
            Gvisor::Auto => objects.list("v1", "Node", None, &ListParams::default()).await?,
            _ => Vec::new(),
        };
        Self::choose(stack, &classes, &nodes)
    }

    fn choose(stack: &Stack, classes: &[Value], nodes: &[Value]) -> Result<Self, StackError> {
        let wanted = stack.sandbox_template.runtime_class.as_deref();
        let find = |class: &str| classes.iter().find(|it| name(it) == class);
        match (stack.gvisor, wanted) {
            (Gvisor::None, _) => Ok(Self::None),
            (Gvisor::Install, _) => Ok(Self::Install(wanted.unwrap_or(HANDLER).into())),
            (Gvisor::Present, _) => {
                let class = wanted.unwrap_or(HANDLER);
                find(class).map(|_| Self::Present(class.into())).ok_or_else(|| missing(class, classes))
            }
            (Gvisor::Auto, Some(class)) => match find(class) {
                Some(it) if !is_ours(it) => Ok(Self::Present(class.into())),
                Some(_) => Ok(Self::Install(class.into())),
                None if class == HANDLER => Ok(Self::Install(class.into())),
                None => Err(missing(class, classes)),
            },
            (Gvisor::Auto, None) => {
                let served = |class: &&str| find(class).is_some_and(|it| !is_ours(it) && is_served(it, nodes));
                let class = [PROVIDED, HANDLER].into_iter().find(served);
                Ok(class.map_or_else(|| Self::Install(HANDLER.into()), |class| Self::Present(class.into())))
            }
        }
    }

    /// The class, if there is one.
    pub(super) fn class(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Present(class) | Self::Install(class) => Some(class),
        }
    }
}

/// A class says which nodes serve it, or all do.
fn is_served(class: &Value, nodes: &[Value]) -> bool {
    let Some(selector) = map(class, "/scheduling/nodeSelector") else { return !nodes.is_empty() };
    nodes.iter().any(|node| {
        let labels = map(node, "/metadata/labels");
        selector.iter().all(|(key, value)| labels.is_some_and(|labels| labels.get(key) == Some(value)))
    })
}

fn missing(class: &str, classes: &[Value]) -> StackError {
    let known: Vec<_> = classes.iter().map(name).collect();
    let known = if known.is_empty() { "none".into() } else { known.join(", ") };
    StackError::Missing {
        what: format!("runtimeclasses.node.k8s.io \"{class}\""),
        next: format!(
            "the cluster has: {known}. Name one of them in stack.sandbox_template.runtime_class, or set stack.gvisor \
             to install or none"
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stack(gvisor: Gvisor, class: Option<&str>) -> Stack {
        let mut stack = Stack { gvisor, ..Stack::default() };
        stack.sandbox_template.runtime_class = class.map(Into::into);
        stack
    }

    fn class(name: &str, ours: bool) -> Value {
        let labels = if ours { json!({"app.kubernetes.io/managed-by": "agent-sandbox-bench"}) } else { json!({}) };
        json!({"metadata": {"name": name, "labels": labels}, "handler": "runsc"})
    }

    fn choose(stack: &Stack, classes: &[Value]) -> Result<RuntimePlan, StackError> {
        RuntimePlan::choose(stack, classes, &[json!({"metadata": {"name": "n"}})])
    }

    #[test]
    fn auto_uses_what_a_node_serves_and_installs_otherwise() {
        let auto = stack(Gvisor::Auto, None);
        assert_eq!(choose(&auto, &[]).unwrap(), RuntimePlan::Install("runsc".into()));
        assert_eq!(choose(&auto, &[class("gvisor", false)]).unwrap(), RuntimePlan::Present("gvisor".into()));
        assert_eq!(choose(&auto, &[class("runsc", true)]).unwrap(), RuntimePlan::Install("runsc".into()));
        let mut unserved = class("gvisor", false);
        unserved["scheduling"] = json!({"nodeSelector": {"sandbox.gke.io/runtime": "gvisor"}});
        assert_eq!(choose(&auto, &[unserved]).unwrap(), RuntimePlan::Install("runsc".into()));
    }

    #[test]
    fn a_class_that_is_not_there_is_named_with_those_that_are() {
        for gvisor in [Gvisor::Present, Gvisor::Auto] {
            let error = choose(&stack(gvisor, Some("kata")), &[class("gvisor", false)]).unwrap_err().to_string();
            assert!(error.contains("\"kata\" is missing") && error.contains("the cluster has: gvisor"), "{error}");
        }
    }
}
