use std::collections::VecDeque;

use agent_sandbox_common::api::ShutdownPolicy;
use serde_json::json;

use crate::kinds::{CLAIMS, EVENTS};
use crate::store::{Key, Metadata, Object, State};

/// Events kept; a cluster keeps those of an hour, which may be millions.
const MAX_EVENTS: usize = 5000;
const REPORTER: &str = "sandboxclaim-controller";

/// The Events that the controller records of claims, unless they are switched off.
#[derive(Debug, Default)]
pub struct Recorder {
    /// `--disable-claim-events`.
    pub is_silent: bool,
    /// Oldest first.
    recorded: VecDeque<Key>,
}

impl Recorder {
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

    fn record(&mut self, state: &mut State, claim: &Object, reason: &str, action: &str, message: &str) {
        if self.is_silent {
            return;
        }
        let now = state.clock.wall();
        let about = &claim.metadata;
        let mut event = Object::new(Metadata {
            // Two may be of one instant, but no two of one resource version.
            name: format!("{}.{:x}{:06x}", about.name, now.as_microsecond(), state.version() & 0x00ff_ffff).into(),
            namespace: about.namespace.clone(),
            ..Metadata::default()
        });
        event.set(
            "involvedObject",
            &json!({ "kind": "SandboxClaim", "namespace": *about.namespace, "name": *about.name, "uid": *about.uid,
                "apiVersion": state.kind(CLAIMS).preferred(),
                "resourceVersion": about.resource_version.to_string() }),
        );
        event.set("reason", &reason);
        event.set("message", &message);
        event.set("action", &action);
        event.set("type", &"Normal");
        event.set("eventTime", &now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        event.set("reportingComponent", &REPORTER);
        event.set("reportingInstance", &"sandboxclaim-controller-simulator");
        self.recorded.push_back(Key::of(&event));
        state.create(EVENTS, event);
        if self.recorded.len() > MAX_EVENTS
            && let Some(oldest) = self.recorded.pop_front()
        {
            state.remove(EVENTS, &oldest);
        }
    }
}
