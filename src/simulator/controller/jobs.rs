use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::controllers::Controllers;
use crate::kinds::{JOBS, PODS};
use crate::pod_spec;
use crate::store::{Change, Event, Key, Metadata, Object, OwnerReference, State};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Pods that are made at once, as the Job controller does; more follow as these get on.
const MAX_PODS_PER_SYNC: usize = 500;
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodStatus {
    phase: String,
}

impl Controllers {
    /// The Job controller: a pod for each index, none a second time.
    pub(super) fn job_changed(&mut self, event: &Event) {
        match event.change {
            Change::Added => self.work_on_job(&event.key()),
            Change::Modified => {}
            Change::Deleted => drop(self.pods_made.remove(&event.object.metadata.uid)),
        }
    }

    /// A pod of a Job has begun or ended.
    pub(super) fn pod_of_job_changed(&mut self, pod: &Object) {
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
        for _ in 0..MAX_PODS_PER_SYNC {
            if *made >= wanted || active(&phases) >= at_once {
                break;
            }
            let pod = pod_of(&job, &spec, *made, &mut state);
            state.create(PODS, pod);
            phases.insert(*made, "Pending".into());
            *made += 1;
        }
        let count = |phase: &str| phases.values().filter(|it| *it == phase).count() as u64;
        let (succeeded, active) = (count("Succeeded"), active(&phases) as u64);
        // Of a pod that was deleted nothing is left but that it was made.
        let failed = u64::from(*made).saturating_sub(succeeded + active);
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
        let status: PodStatus = pod.parse_as("status");
        Some((index, if status.phase.is_empty() { "Pending".into() } else { status.phase }))
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
    metadata.owner_references = vec![OwnerReference::to_controller("batch/v1", "Job", owner)];
    let mut pod = Object::new(metadata);
    let mut pod_spec = spec.template.spec.clone();
    pod_spec::set_defaults(&mut pod_spec);
    pod.set("spec", &pod_spec);
    pod.set("status", &json!({ "phase": "Pending" }));
    pod
}
