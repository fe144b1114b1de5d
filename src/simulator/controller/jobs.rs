use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::timers::Task;
use super::{Controllers, key_of};
use crate::access::AUDIENCE;
use crate::kinds::{JOBS, PODS, SERVICE_ACCOUNTS};
use crate::store::{Change, Event, Key, Metadata, Object, OwnerReference, State};

/// Processes are looked at this often.
const GLANCE: Duration = Duration::from_millis(50);
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const JOB_NAME: &str = "batch.kubernetes.io/job-name";

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    completions: Option<u32>,
    parallelism: Option<u32>,
    completion_mode: String,
    template: Template,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Template {
    metadata: Metadata,
    spec: Value,
}

/// What the controllers keep of a pod that a process stands for.
#[derive(Debug)]
pub struct Stand {
    pod: Key,
    /// When its process is ended, of a pod that was deleted.
    end_ns: Option<i64>,
}

impl Controllers {
    /// The Job controller: a pod for each index, none a second time.
    pub(super) fn job_changed(&mut self, event: &Event) {
        match event.change {
            Change::Added => self.work_on_job(&key_of(event)),
            Change::Modified => {}
            Change::Deleted => drop(self.pods_made.remove(&event.object.metadata.uid)),
        }
    }

    /// A pod of a Job has begun or ended.
    pub(super) fn tell_job(&mut self, pod: &Object) {
        let Some(owner) = pod.metadata.controlled_by().filter(|owner| &*owner.kind == "Job") else { return };
        self.work_on_job(&Key::new(pod.metadata.namespace.clone(), owner.name.clone()));
    }

    fn work_on_job(&mut self, key: &Key) {
        let mut state = self.store.lock();
        let Some(job) = state.get(JOBS, key).cloned() else { return };
        if job.metadata.deletion_timestamp.is_some() {
            return;
        }
        let spec: Spec = job.parse_as("spec");
        let wanted = spec.completions.or(spec.parallelism).unwrap_or(1);
        let mut status = job.parse("status");
        let mut phases = phases(&state, &job);
        let at_once = spec.parallelism.unwrap_or(1) as usize;
        let made = self.pods_made.entry(job.metadata.uid.clone()).or_default();
        let active = |phases: &BTreeMap<u32, String>| phases.values().filter(|phase| is_active(phase)).count();
        while *made < wanted && active(&phases) < at_once {
            let pod = pod_of(&job, &spec, *made, &mut state);
            state.create(PODS, pod);
            phases.insert(*made, "Pending".into());
            *made += 1;
        }
        let count = |phase: &str| phases.values().filter(|it| *it == phase).count() as u64;
        let (succeeded, active) = (count("Succeeded"), active(&phases) as u64);
        // Of a pod that was deleted nothing is left but that it was made.
        let failed = u64::from(*made) - succeeded - active;
        let now = state.now();
        if status["startTime"].is_null() {
            status = json!({ "startTime": now });
        }
        for (name, value) in [("active", active), ("succeeded", succeeded), ("failed", failed)] {
            status[name] = value.into();
        }
        if succeeded + failed == u64::from(wanted) && status["conditions"].is_null() {
            let (name, reason) =
                if failed > 0 { ("Failed", "FailedIndexes") } else { ("Complete", "CompletionsReached") };
            status["conditions"] = json!([{ "type": name, "status": "True", "reason": reason, "message": "",
                "lastProbeTime": now, "lastTransitionTime": now }]);
        }
        if status != job.parse("status") {
            state.update(JOBS, key, |job| job.set("status", &status));
        }
    }

    /// Starts the process that stands for a Job's pod, if one does; false where it cannot be started.
    pub(super) fn start_process(&mut self, key: &Key, pod: &Object) -> bool {
        if !is_runner(pod) {
            return true;
        }
        let uid = pod.metadata.uid.clone();
        let token = self.token_of(pod);
        let started = token.is_some_and(|token| self.processes.start(&uid, &token).is_ok());
        if started {
            if self.stands.is_empty() {
                self.after(GLANCE, Task::Processes);
            }
            self.stands.insert(uid, Stand { pod: key.clone(), end_ns: None });
        }
        started
    }

    fn token_of(&self, pod: &Object) -> Option<String> {
        let spec = pod.parse("spec");
        let name = spec["serviceAccountName"].as_str().unwrap_or("default");
        let state = self.store.lock();
        let account = state.get(SERVICE_ACCOUNTS, &Key::new(pod.metadata.namespace.clone(), name))?;
        Some(self.tokens.issue(account, vec![AUDIENCE.into()], state.now(), None, None))
    }

    /// A pod was deleted; true where its process is still to end.
    pub(super) fn end_process(&mut self, uid: &Arc<str>, grace: Duration) -> bool {
        let now_ns = agent_sandbox_common::clock::monotonic_ns();
        let Some(stand) = self.stands.get_mut(uid) else { return false };
        if stand.end_ns.is_none() {
            stand.end_ns = Some(now_ns + crate::clock::nanoseconds(grace));
            self.processes.end(uid, true);
        }
        true
    }

    /// A pod is gone without a grace.
    pub(super) fn kill_process(&self, uid: &str) {
        self.processes.end(uid, false);
    }

    /// Looks which processes have ended, and ends those whose time is over.
    pub(super) fn look_at_processes(&mut self) {
        for (uid, code) in self.processes.ended() {
            let Some(stand) = self.stands.remove(&uid) else { continue };
            self.pod_has_ended(&stand.pod, &uid, code);
            if stand.end_ns.is_some() {
                self.pod_ends(&stand.pod, &uid);
            }
        }
        let now_ns = agent_sandbox_common::clock::monotonic_ns();
        for (uid, stand) in &self.stands {
            if stand.end_ns.is_some_and(|at| at <= now_ns) {
                self.processes.end(uid, false);
            }
        }
        if !self.stands.is_empty() {
            self.after(GLANCE, Task::Processes);
        }
    }

    fn pod_has_ended(&self, key: &Key, uid: &str, code: i32) {
        let mut state = self.store.lock();
        let now = state.now();
        if state.get(PODS, key).is_none_or(|pod| *pod.metadata.uid != *uid) {
            return;
        }
        state.update(PODS, key, |pod| {
            let mut status = pod.parse("status");
            let (phase, reason) = if code == 0 { ("Succeeded", "Completed") } else { ("Failed", "Error") };
            status["phase"] = phase.into();
            for condition in status["conditions"].as_array_mut().into_iter().flatten() {
                if ["Ready", "ContainersReady"].iter().any(|name| condition["type"] == *name) {
                    condition["status"] = "False".into();
                }
            }
            for container in status["containerStatuses"].as_array_mut().into_iter().flatten() {
                container["ready"] = false.into();
                let started = container["state"]["running"]["startedAt"].take();
                container["state"] = json!({ "terminated": { "exitCode": code, "reason": reason,
                    "startedAt": started, "finishedAt": now } });
            }
            pod.set("status", &status);
        });
    }
}

/// Whether this program itself stands for the pod: a Job's, whose one container is given the word `runner`.
fn is_runner(pod: &Object) -> bool {
    let of_job = pod.metadata.controlled_by().is_some_and(|owner| &*owner.kind == "Job");
    let spec = pod.parse("spec");
    let container = &spec["containers"][0];
    of_job && container["command"].is_null() && container["args"] == json!(["runner"])
}

fn is_active(phase: &str) -> bool {
    !["Succeeded", "Failed"].contains(&phase)
}

/// The phases of a Job's pods, by index.
fn phases(state: &State, job: &Object) -> BTreeMap<u32, String> {
    let pods = state.dependents(&job.metadata.uid).into_iter().filter(|(kind, _)| *kind == PODS);
    let phase = |(kind, key): (_, Key)| {
        let pod = state.get(kind, &key)?;
        let index = pod.metadata.annotations.get(INDEX)?.parse().ok()?;
        Some((index, pod.parse("status")["phase"].as_str().unwrap_or("Pending").to_owned()))
    };
    pods.filter_map(phase).collect()
}

fn pod_of(job: &Object, spec: &Spec, index: u32, state: &mut State) -> Object {
    let owner = &job.metadata;
    let mut metadata = spec.template.metadata.clone();
    metadata.namespace = owner.namespace.clone();
    metadata.name = format!("{}-{index}-{}", owner.name, state.random.suffix()).into();
    let number: Arc<str> = index.to_string().into();
    metadata.labels.insert(JOB_NAME, owner.name.clone());
    metadata.labels.insert("job-name", owner.name.clone());
    metadata.labels.insert("batch.kubernetes.io/controller-uid", owner.uid.clone());
    if spec.completion_mode == "Indexed" {
        metadata.labels.insert(INDEX, number.clone());
    }
    metadata.annotations.insert(INDEX, number);
    metadata.owner_references = vec![OwnerReference {
        api_version: "batch/v1".into(),
        kind: "Job".into(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }];
    let mut pod = Object::new(metadata);
    pod.set("spec", &spec.template.spec);
    pod
}
