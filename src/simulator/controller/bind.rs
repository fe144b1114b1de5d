use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::claim_queue::ClaimId;
use super::claim_spec::{ClaimSpec, EnvVar};
use super::claim_status::{fail, forward};
use super::claims::current;
use super::controllers::Controllers;
use super::timers::Task;
use super::warm_pools::{Candidate, template_name};
use crate::kinds::{CLAIMS, SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::naming::name_hash;
use crate::store::{Key, Metadata, Object, OwnerReference, State, Timestamp, Wait};
use agent_sandbox_common::api::{FinalReason, TransientReason, key};
use agent_sandbox_common::release::Traits;

/// Why a claim was not bound.
enum Unbound {
    /// Pooled sandboxes may get their addresses yet.
    Wait(Duration),
    /// The reason and message of the condition Ready; some reasons are retried.
    Failed(&'static str, String),
}

/// How long a claim waits for pooled sandboxes that have no addresses, and how often it looks.
const GRACE_SECONDS: i64 = 2;
const GRACE_RETRY: Duration = Duration::from_millis(500);
/// A missing pool or template is looked for again this often.
const MISSING_RETRY: Duration = Duration::from_secs(60);
/// Where a claim's labels for pods may come from.
const LABEL_DOMAIN: &str = "sandbox.users.io";

impl Controllers {
    /// A worker ends its work on an unbound claim: a sandbox is adopted or created, or the claim's condition has the
    /// reason why not.
    pub(super) fn bind(&mut self, id: &ClaimId) {
        if self.faults.on_update() {
            return self.conflict(id);
        }
        self.claims.forget_conflicts(id);
        let store = self.store.clone();
        let mut state = store.lock();
        if let Some(claim) = current(&state, id) {
            match self.find_sandbox(&mut state, &claim) {
                Ok(()) => forward(&mut state, &id.key, self.traits.says_first_ready),
                Err(Unbound::Wait(delay)) => {
                    state.waits.enter(&id.key, Wait::Candidate);
                    if self.traits.says_adoption_pending {
                        let message = "waiting for a pooled sandbox to get its addresses";
                        fail(&mut state, &id.key, TransientReason::AdoptionPending.name(), message);
                    }
                    self.after(delay, Task::Retry(id.clone()));
                }
                Err(Unbound::Failed(reason, message)) => {
                    fail(&mut state, &id.key, reason, &message);
                    if FinalReason::of_name(reason).is_none() {
                        self.after(MISSING_RETRY, Task::Retry(id.clone()));
                    }
                }
            }
        }
        drop(state);
        self.end_claim(id);
    }

    /// A write of the worker's was refused, and its work is done again.
    fn conflict(&mut self, id: &ClaimId) {
        self.store.lock().waits.refused(&id.key);
        let delay = self.claims.back_off(id);
        self.after(delay, Task::Retry(id.clone()));
        self.end_claim(id);
    }

    /// Adopts a pooled sandbox, or creates one of the claim's own name.
    fn find_sandbox(&mut self, state: &mut State, claim: &Arc<Object>) -> Result<(), Unbound> {
        let spec: ClaimSpec = claim.parse_as("spec");
        check_labels(&spec)?;
        let pool = Key::new(claim.metadata.namespace.clone(), spec.warm_pool_ref.name.as_str());
        if spec.env.is_empty() && spec.volume_claim_templates.is_empty() {
            match self.pools.take_candidate(state, &pool) {
                Candidate::Found(sandbox) => {
                    adopt(state, claim, &sandbox, &self.traits);
                    self.recorder.adopted(state, claim, &sandbox.metadata.name);
                    return Ok(());
                }
                Candidate::Pending => wait_for_network(claim, state.now())?,
                Candidate::None => {}
            }
        }
        let template = template_of(state, &pool, &spec)?;
        self.create_cold(state, claim, &template, &spec)
    }

    fn create_cold(
        &mut self,
        state: &mut State,
        claim: &Object,
        template: &Object,
        spec: &ClaimSpec,
    ) -> Result<(), Unbound> {
        let key = Key::of(claim);
        if let Some(present) = state.get(SANDBOXES, &key) {
            let ours = present.metadata.controlled_by().is_some_and(|owner| owner.uid == claim.metadata.uid);
            let message = format!(
                "Error seen: sandbox {0:?} is not controlled by claim {0:?}. Please use a different \
                claim name or delete the sandbox manually",
                key.name
            );
            return if ours { Ok(()) } else { Err(Unbound::Failed("ReconcilerError", message)) };
        }
        let mut sandbox = Object::new(Metadata {
            name: key.name.clone(),
            namespace: key.namespace.clone(),
            owner_references: vec![owner(state, claim)],
            ..Metadata::default()
        });
        sandbox.metadata.annotations.insert("agents.x-k8s.io/sandbox-template-ref", template.metadata.name.clone());
        identify(&mut sandbox.metadata, claim, &template.metadata.name, &self.traits);
        sandbox.set_json("spec", Some(self.pools.sandbox_spec(template)));
        if !spec.env.is_empty() {
            inject(&mut sandbox, template, &spec.env)?;
        }
        if !spec.volume_claim_templates.is_empty() {
            add_volumes(&mut sandbox, template, &spec.volume_claim_templates)?;
        }
        state.create(SANDBOXES, sandbox);
        self.recorder.provisioned(state, claim, &key.name);
        Ok(())
    }
}

/// Binds a pooled sandbox to a claim: first the claim names the sandbox, then the claim becomes its owner.
fn adopt(state: &mut State, claim: &Object, sandbox: &Object, traits: &Traits) {
    let name = sandbox.metadata.name.clone();
    let owner = owner(state, claim);
    state.update(CLAIMS, &Key::of(claim), |claim| claim.metadata.annotations.insert(key::SANDBOX_NAME, name));
    state.update(SANDBOXES, &Key::of(sandbox), |sandbox| {
        let metadata = &mut sandbox.metadata;
        for label in [key::WARM_POOL_SANDBOX, "agents.x-k8s.io/sandbox-template-hash"] {
            metadata.labels.remove(label);
        }
        if traits.says_launch_type {
            metadata.labels.insert(key::LAUNCH_TYPE, "warm");
        }
        if traits.names_pod {
            metadata.annotations.insert(key::POD_NAME, metadata.name.clone());
        }
        metadata.labels.insert(key::CLAIM_UID, claim.metadata.uid.clone());
        metadata.owner_references = vec![owner];
    });
}

fn identify(metadata: &mut Metadata, claim: &Object, template: &str, traits: &Traits) {
    if traits.says_launch_type {
        metadata.labels.insert(key::LAUNCH_TYPE, "cold");
    }
    metadata.labels.insert(key::CLAIM_UID, claim.metadata.uid.clone());
    metadata.labels.insert("agents.x-k8s.io/sandbox-template-ref-hash", name_hash(template));
}

/// The reference of a claim's own objects to it.
fn owner(state: &State, claim: &Object) -> OwnerReference {
    OwnerReference::to_controller(state.kind(CLAIMS).preferred(), "SandboxClaim", &claim.metadata)
}

fn wait_for_network(claim: &Object, now: Timestamp) -> Result<(), Unbound> {
    let created = claim.metadata.creation_timestamp.map_or(now.0, |created| created.0);
    if created + GRACE_SECONDS > now.0 { Err(Unbound::Wait(GRACE_RETRY)) } else { Ok(()) }
}

/// The template that the claim names, as older ones do, or else that of its pool.
fn template_of(state: &State, pool: &Key, claim: &ClaimSpec) -> Result<Arc<Object>, Unbound> {
    let named = claim.sandbox_template_ref.as_ref().map(|template| template.name.clone());
    let Some(name) = named.or_else(|| state.get(WARM_POOLS, pool).map(|pool| template_name(pool))) else {
        return Err(Unbound::Failed("WarmPoolNotFound", format!("SandboxWarmPool {:?} not found", pool.name)));
    };
    let template = state.get(TEMPLATES, &Key::new(pool.namespace.clone(), name.as_str())).cloned();
    let message = format!("SandboxTemplate \"{}/{name}\" not found", pool.namespace);
    template.ok_or(Unbound::Failed("TemplateNotFound", message))
}

fn check_labels(spec: &ClaimSpec) -> Result<(), Unbound> {
    for key in spec.additional_pod_metadata.labels.keys() {
        let domain = key.split_once('/').map_or("", |(domain, _)| domain);
        if domain != LABEL_DOMAIN && !domain.ends_with(&format!(".{LABEL_DOMAIN}")) {
            let message = format!(
                "invalid additionalPodMetadata: failed to validate label {key:?}: label domain \
                {domain:?} is not in the allowlist"
            );
            return Err(Unbound::Failed("InvalidMetadata", message));
        }
    }
    Ok(())
}

/// Puts a claim's environment into the container each variable names, or the first one.
fn inject(sandbox: &mut Object, template: &Object, env: &[EnvVar]) -> Result<(), Unbound> {
    let policy = template.parse("spec")["envVarsInjectionPolicy"].clone();
    if !["Allowed", "Overrides"].iter().any(|allowed| policy == *allowed) {
        let message = "environment variable injection rejected by policy: environment variable injection is not \
            allowed by the template policy";
        return Err(Unbound::Failed("EnvVarsInjectionRejected", message.into()));
    }
    let mut spec = sandbox.parse("spec");
    let containers = spec.pointer_mut("/podTemplate/spec/containers").and_then(Value::as_array_mut);
    for (index, container) in containers.into_iter().flatten().enumerate().filter(|(_, it)| it.is_object()) {
        let ours = env.iter().filter(|env| {
            if env.container_name.is_empty() { index == 0 } else { container["name"] == *env.container_name }
        });
        let mut added: Vec<Value> = ours.map(|env| json!({ "name": env.name, "value": env.value })).collect();
        let mut all = container["env"].as_array().cloned().unwrap_or_default();
        all.retain(|present| !added.iter().any(|env| env["name"] == present["name"]));
        all.append(&mut added);
        if !all.is_empty() {
            container["env"] = all.into();
        }
    }
    sandbox.set("spec", &spec);
    Ok(())
}

fn add_volumes(sandbox: &mut Object, template: &Object, volumes: &[Value]) -> Result<(), Unbound> {
    let policy = template.parse("spec")["volumeClaimTemplatesPolicy"].clone();
    if !["Allowed", "Overrides"].iter().any(|allowed| policy == *allowed) {
        let message = "volume claim templates are not allowed by the template policy";
        return Err(Unbound::Failed("VolumeClaimTemplatesError", message.into()));
    }
    let mut spec = sandbox.parse("spec");
    spec["volumeClaimTemplates"] = volumes.into();
    sandbox.set("spec", &spec);
    Ok(())
}
