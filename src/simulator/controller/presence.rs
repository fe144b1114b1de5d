use agent_sandbox_common::api::CONTROLLER;
use serde_json::Value;

use super::controllers::Controllers;
use crate::kinds::{CLAIMS, DEPLOYMENTS, KindId, SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::store::{Change, Event, Object};

/// What it watches, in the order in which it sees what is there when it starts.
const WATCHED: [KindId; 4] = [TEMPLATES, WARM_POOLS, SANDBOXES, CLAIMS];

impl Controllers {
    /// Whether no controller watches `kind`: agent-sandbox's is not installed, or is scaled to zero.
    pub(super) fn is_unwatched(&self, kind: KindId) -> bool {
        !self.installed && WATCHED.contains(&kind)
    }

    /// Starts and stops the agent-sandbox controller with its Deployment; what it sees as new when it starts.
    pub(super) fn deployment_changed(&mut self, event: &Event) -> Vec<(KindId, Event)> {
        if &*event.object.metadata.name != CONTROLLER {
            return Vec::new();
        }
        let controller = self.store.lock().objects(DEPLOYMENTS).values().find(|it| is_controller(it)).cloned();
        self.recorder.is_silent = controller.as_deref().is_some_and(|it| has_flag(it, "--disable-claim-events"));
        let runs = self.has_model && controller.is_some();
        if runs == self.installed {
            return Vec::new();
        }
        self.installed = runs;
        self.pools.forget();
        if !runs {
            return Vec::new();
        }
        let state = self.store.lock();
        let all = WATCHED.into_iter().flat_map(|kind| state.objects(kind).values().map(move |object| (kind, object)));
        let added =
            |object| Event { change: Change::Added, object, previous: None, written_ns: 0, becomes_ready: false };
        all.map(|(kind, object)| (kind, added(object.clone()))).collect()
    }
}

fn is_controller(deployment: &Object) -> bool {
    let replicas = deployment.parse("spec").get("replicas").and_then(Value::as_u64).unwrap_or(1);
    &*deployment.metadata.name == CONTROLLER && replicas > 0
}

fn has_flag(deployment: &Object, flag: &str) -> bool {
    let spec = deployment.parse("spec");
    let containers = spec.pointer("/template/spec/containers").and_then(Value::as_array);
    let mut flags = containers.into_iter().flatten().filter_map(|it| it["args"].as_array()).flatten();
    flags.any(|it| it == flag || it == &*format!("{flag}=true"))
}
