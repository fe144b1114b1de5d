use std::collections::VecDeque;

use agent_sandbox_common::api::ShutdownPolicy;
use serde_json::json;

use crate::kinds::{CLAIMS, EVENTS, KindId, PODS};
use crate::store::{Key, Metadata, Object, State};

/// Events kept; a cluster keeps those of an hour, which may be millions.
const MAX_EVENTS: usize = 5000;
const REPORTER: &str = "sandboxclaim-controller";
const INSTANCE: &str = "sandboxclaim-controller-simulator";

/// What an Event says.
struct Told<'a> {
    reason: &'a str,
    message: &'a str,
    action: &'a str,
    /// Who says it, and which one of them.
    by: [&'a str; 2],
}

/// The Events that the controller records of claims, unless they are switched off, and scheduler and kubelets of pods,
/// where they are asked for.
#[derive(Debug, Default)]
pub struct Recorder {
    /// `--disable-claim-events`.
    pub is_silent: bool,
    /// Events of pods, which cost as much as all the rest of a pod's start.
    pub tells_of_pods: bool,
    /// Oldest first.
    recorded: VecDeque<Key>,
}

impl Recorder {
    pub fn new(tells_of_pods: bool) -> Self {
        Self { tells_of_pods, ..Self::default() }
    }

    pub fn adopted(&mut self, state: &mut State, claim: &Object, sandbox: &str) {
        self.record(state, claim, "SandboxAdopted", "Adoption", &format!("Adopted warm pool Sandbox {sandbox:?}"));
    }

    pub fn provisioned(&mut self, state: &mut State, claim: &Object, sandbox: &str) {
        self.record(state, claim, "SandboxProvisioned", "Provisioning", &format!("Created Sandbox {sandbox:?}"));
    }

    /// The claim has expired; with a policy that deletes it, a second Event.
    pub fn expired(&mut self, state: &mut State, claim: &Object, policy: ShutdownPolicy) {
        self.record(state, claim, "ClaimExpired", "Claim Expired", "Claim expired");
        match policy {
            ShutdownPolicy::Delete | ShutdownPolicy::DeleteForeground => {
                let message = format!("Deleting Claim (ShutdownPolicy={policy})");
                self.record(state, claim, "ClaimExpired", "Deleting", &message);
            }
            ShutdownPolicy::Retain => {}
        }
    }

    /// The scheduler has found a node.
    pub fn scheduled(&mut self, state: &mut State, pod: &Object, node: &str) {
        let message = format!("Successfully assigned {}/{} to {node}", pod.metadata.namespace, pod.metadata.name);
        self.of_pod(state, pod, "Scheduled", &message, ["default-scheduler", ""]);
    }

    /// The kubelet of a node has done something for the pod.
    pub fn by_kubelet(&mut self, state: &mut State, pod: &Object, reason: &str, message: &str, node: &str) {
        self.of_pod(state, pod, reason, message, ["kubelet", node]);
    }

    fn of_pod(&mut self, state: &mut State, pod: &Object, reason: &str, message: &str, by: [&str; 2]) {
        if self.tells_of_pods {
            self.write(state, PODS, pod, &Told { reason, message, action: "", by });
        }
    }

    fn record(&mut self, state: &mut State, claim: &Object, reason: &str, action: &str, message: &str) {
        if !self.is_silent {
            self.write(state, CLAIMS, claim, &Told { reason, message, action, by: [REPORTER, INSTANCE] });
        }
    }

    fn write(&mut self, state: &mut State, kind: KindId, object: &Object, told: &Told) {
        let now = state.clock.wall();
        let about = &object.metadata;
        let of = state.kind(kind).clone();
        let mut event = Object::new(Metadata {
            // Two may be of one instant, but no two of one resource version.
            name: format!("{}.{:x}{:06x}", about.name, now.as_microsecond(), state.version() & 0x00ff_ffff).into(),
            namespace: about.namespace.clone(),
            ..Metadata::default()
        });
        event.set(
            "involvedObject",
            &json!({ "kind": *of.kind, "namespace": *about.namespace, "name": *about.name, "uid": *about.uid,
                "apiVersion": of.preferred(),
                "resourceVersion": about.resource_version.to_string() }),
        );
        event.set("reason", &told.reason);
        event.set("message", &told.message);
        event.set("action", &told.action);
        event.set("type", &"Normal");
        event.set("eventTime", &now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        event.set("reportingComponent", &told.by[0]);
        event.set("reportingInstance", &told.by[1]);
        self.recorded.push_back(Key::of(&event));
        state.create(EVENTS, event);
        if self.recorded.len() > MAX_EVENTS
            && let Some(oldest) = self.recorded.pop_front()
        {
            state.remove(EVENTS, &oldest);
        }
    }
}
