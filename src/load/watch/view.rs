use std::borrow::Cow;

use agent_sandbox_common::api::FinalReason;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::load::claim::{Observation, ReadyCondition};
use crate::load::sandbox_watch::{Observed, SandboxSeen};

/// The few fields of a claim, Sandbox or Pod that a run reads; the rest of the object is skipped, never copied.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct View<'a> {
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
    #[serde(borrow, deserialize_with = "null_is_default")]
    status: Status<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(borrow)]
    pub resource_version: Cow<'a, str>,
    #[serde(borrow)]
    creation_timestamp: Option<Cow<'a, str>>,
    generation: i64,
    #[serde(borrow, deserialize_with = "null_is_default")]
    annotations: Annotations<'a>,
    #[serde(borrow, deserialize_with = "null_is_default")]
    labels: Labels<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Annotations<'a> {
    #[serde(borrow, rename = "agents.x-k8s.io/controller-first-observed-at")]
    first_observed: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "agents.x-k8s.io/claim-first-ready-at")]
    first_ready: Option<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Labels<'a> {
    #[serde(borrow, rename = "agents.x-k8s.io/claim-uid")]
    claim_uid: Option<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "null_is_default")]
    conditions: Vec<Condition<'a>>,
    #[serde(borrow)]
    sandbox: Option<SandboxStatus<'a>>,
    /// Addresses of a Sandbox or a Pod, not read before they are wanted.
    #[serde(borrow, rename = "podIPs")]
    pod_ips: Option<&'a RawValue>,
    #[serde(borrow)]
    phase: Cow<'a, str>,
}

/// An address of a Sandbox, or of a Pod.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Address<'a> {
    OfSandbox(#[serde(borrow)] Cow<'a, str>),
    OfPod {
        #[serde(borrow, default)]
        ip: Cow<'a, str>,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    #[serde(borrow)]
    last_transition_time: Option<Cow<'a, str>>,
    observed_generation: i64,
}

/// v1alpha1 wrote the name in capitals.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SandboxStatus<'a> {
    #[serde(borrow, alias = "Name")]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "podIPs", alias = "PodIPs", deserialize_with = "null_is_default")]
    pod_ips: Vec<Cow<'a, str>>,
}

/// Reads one line of a watch as a run does, for benches: whether its object is Ready; `None` for what is no event.
#[must_use]
pub fn read_line(line: &[u8]) -> Option<bool> {
    let line = Line::read(line)?;
    let observation = line.object.observation(false, true);
    observation.ready.map(|ready| matches!(ready, ReadyCondition::True { .. }))
}

/// Reads a page of a list as a run does, for fuzzing: how many of its objects tell whether they are Ready; `None` for what is no page.
#[must_use]
pub fn read_page(body: &[u8]) -> Option<usize> {
    let page: Page = serde_json::from_slice(body).ok()?;
    Some(page.items.iter().filter(|item| item.observation(true, true).ready.is_some()).count())
}

fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl View<'_> {
    /// What this says of a claim, or of the object in its place; `own_generations`: its conditions name its own
    /// generation.
    pub fn observation(&self, upper_bound: bool, own_generations: bool) -> Observation {
        let sandbox = self.status.sandbox.as_ref().filter(|sandbox| !sandbox.name.is_empty());
        Observation {
            upper_bound,
            late: None,
            sandbox: sandbox.map(|sandbox| sandbox.name.as_ref().into()),
            pod_ip: match sandbox {
                Some(sandbox) => boxed(sandbox.pod_ips.first()),
                None => self.status.pod_ips.and_then(first_address),
            },
            ready: self.ready(own_generations),
            created_at: self.metadata.creation_timestamp.as_deref().and_then(epoch_seconds),
            uid: (!self.metadata.uid.is_empty()).then(|| self.metadata.uid.as_ref().into()),
            controller_first_observed_at: boxed(self.metadata.annotations.first_observed.as_ref()),
            claim_first_ready_at: boxed(self.metadata.annotations.first_ready.as_ref()),
        }
    }

    /// Whether it is Ready, as far as this shows. A Pod tells by its phase that it has ended, and has no condition
    /// Ready before it has a node.
    fn ready(&self, own_generations: bool) -> Option<ReadyCondition> {
        match &*self.status.phase {
            "Failed" => return Some(ReadyCondition::Final(FinalReason::PodFailed)),
            "Succeeded" => return Some(ReadyCondition::Final(FinalReason::PodSucceeded)),
            _ => {}
        }
        let condition = |kind: &str| self.status.conditions.iter().find(|condition| condition.kind == kind);
        // Not ready by another spec than the one that stands, it is no verdict. Ready is what a client takes it for.
        let stale =
            |it: &Condition| it.status != "True" && (1..self.metadata.generation).contains(&it.observed_generation);
        let ready = condition("Ready").filter(|it| !(own_generations && stale(it)));
        let waits = || condition("PodScheduled").filter(|it| it.status == "False");
        ready.or_else(waits).map(Condition::read)
    }

    /// What this says of a Sandbox that a session may have suspended, or resumed.
    pub fn sandbox_seen(&self, at: i64, upper_bound: bool) -> SandboxSeen {
        let condition = |kind: &str| {
            let found = self.status.conditions.iter().find(|condition| condition.kind == kind)?;
            Some(Observed { is: found.status == "True", generation: found.observed_generation })
        };
        SandboxSeen {
            at,
            upper_bound,
            ready: condition("Ready"),
            suspended: condition("Suspended"),
            pod_ip: self.status.pod_ips.and_then(first_address),
        }
    }

    /// The uid of the claim that a Sandbox is bound to; of a bare one its own.
    pub fn owner_uid(&self) -> &str {
        self.claim_uid().unwrap_or(&self.metadata.uid)
    }

    /// The claim a Sandbox is bound to.
    pub fn claim_uid(&self) -> Option<&str> {
        self.metadata.labels.claim_uid.as_deref()
    }
}

impl Condition<'_> {
    fn read(&self) -> ReadyCondition {
        if self.status == "True" {
            return ReadyCondition::True { since: self.last_transition_time.as_deref().and_then(epoch_seconds) };
        }
        let last = FinalReason::of_name(&self.reason).map(ReadyCondition::Final);
        last.unwrap_or_else(|| ReadyCondition::Transient(self.reason.as_ref().into()))
    }
}

fn first_address(all: &RawValue) -> Option<Box<str>> {
    let all: Vec<Address<'_>> = serde_json::from_str(all.get()).ok()?;
    let text = |(Address::OfSandbox(text) | Address::OfPod { ip: text }): &Address<'_>| text.as_ref().into();
    all.first().map(text)
}

fn boxed(text: Option<&Cow<'_, str>>) -> Option<Box<str>> {
    text.map(|text| text.as_ref().into())
}

fn epoch_seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// One line of a watch.
#[derive(Debug, Deserialize)]
pub(crate) struct Line<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub object: View<'a>,
}

impl<'a> Line<'a> {
    /// Reads the bytes of a line; `None` for what is no event of an object.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        // One check of the whole costs a seventh less than one of each string; what fails it may still be read.
        let line = match str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes),
        };
        line.ok()
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow, default)]
    pub metadata: PageMetadata<'a>,
    #[serde(borrow, deserialize_with = "null_is_default")]
    pub items: Vec<View<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PageMetadata<'a> {
    #[serde(borrow)]
    pub resource_version: Cow<'a, str>,
    #[serde(borrow, rename = "continue")]
    pub next: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use agent_sandbox_common::api::key;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn reads_what_the_controller_writes() {
        let line = json!({"type": "MODIFIED", "object": {
            "metadata": {
                "name": "asb-x-1", "uid": "u", "resourceVersion": "7", "creationTimestamp": "2026-11-23T10:00:05Z",
                "annotations": { key::CLAIM_FIRST_READY_AT: "unknown", key::CONTROLLER_FIRST_OBSERVED_AT: "t", "other": "x" },
                "labels": null, "managedFields": [{"manager": "m"}],
            },
            "spec": {"warmPoolRef": {"name": "p"}},
            "status": {
                "sandbox": {"name": "p-abcde", "podIPs": ["10.0.0.1"]},
                "conditions": [{"type": "Ready", "status": "True", "reason": "DependenciesReady", "message": "\u{e9}\n",
                    "lastTransitionTime": "2026-11-23T09:59:48Z"}],
            },
        }}).to_string();
        let line: Line = serde_json::from_str(&line).unwrap();
        let seen = line.object.observation(false, true);
        assert_eq!((seen.sandbox.as_deref(), seen.pod_ip.as_deref()), (Some("p-abcde"), Some("10.0.0.1")));
        let since = seen.created_at.map(|created| created - 17);
        assert_eq!(seen.ready, Some(ReadyCondition::True { since }));
        assert_eq!(seen.claim_first_ready_at.as_deref(), Some("unknown"));
        assert_eq!(seen.controller_first_observed_at.as_deref(), Some("t"));
    }

    #[test]
    fn tells_a_final_reason_from_one_that_may_pass() {
        let ready = |status: &str, reason: &str| {
            let conditions = json!([{"type": "Ready", "status": status, "reason": reason}]);
            let claim = json!({"metadata": {}, "status": {"conditions": conditions}}).to_string();
            serde_json::from_str::<View>(&claim).unwrap().observation(false, true).ready
        };
        assert_eq!(ready("False", "PodFailed"), Some(ReadyCondition::Final(FinalReason::PodFailed)));
        let invalid = Some(ReadyCondition::Final(FinalReason::InvalidConfiguration));
        assert_eq!(ready("False", "InvalidConfiguration"), invalid);
        assert_eq!(ready("False", "AdoptionPending"), Some(ReadyCondition::Transient("AdoptionPending".into())));
        let transient = Some(ReadyCondition::Transient("SandboxNotReady".into()));
        assert_eq!(
            [ready("False", "SandboxNotReady"), ready("Unknown", "SandboxNotReady")],
            [transient.clone(), transient]
        );
    }

    #[test]
    fn a_condition_of_an_older_generation_is_no_verdict() {
        let ready = |own: bool, observed: Value| {
            let condition =
                json!({"type": "Ready", "status": "False", "reason": "PodFailed", "observedGeneration": observed});
            let claim = json!({"metadata": {"generation": 2}, "status": {"conditions": [condition]}}).to_string();
            serde_json::from_str::<View>(&claim).unwrap().observation(false, own).ready
        };
        let last = Some(ReadyCondition::Final(FinalReason::PodFailed));
        assert_eq!(
            [ready(true, json!(1)), ready(true, json!(2)), ready(true, json!(0))],
            [None, last.clone(), last.clone()]
        );
        // Before v1.0 a claim's condition names the generation of its Sandbox.
        assert_eq!(ready(false, json!(1)), last);
    }

    #[test]
    fn reads_bare_sandboxes_and_pods() {
        let seen = |status: Value| {
            let object = json!({"metadata": {"name": "asb-x-1"}, "status": status}).to_string();
            serde_json::from_str::<View>(&object).unwrap().observation(false, true)
        };
        let waits = |reason: &str| Some(ReadyCondition::Transient(reason.into()));
        let condition =
            |kind: &str, status: &str, reason: &str| json!({"type": kind, "status": status, "reason": reason});
        let (ready, scheduled) = (condition("Ready", "True", ""), condition("PodScheduled", "True", ""));
        for addresses in [json!(["10.0.0.1", "fd00::1"]), json!([{"ip": "10.0.0.1"}])] {
            let seen = seen(json!({"podIPs": addresses, "conditions": [scheduled, ready]}));
            assert_eq!(seen.ready, Some(ReadyCondition::True { since: None }));
            assert_eq!((seen.sandbox, seen.pod_ip.as_deref()), (None, Some("10.0.0.1")));
        }
        let unscheduled = condition("PodScheduled", "False", "Unschedulable");
        assert_eq!(seen(json!({"phase": "Pending", "conditions": [unscheduled]})).ready, waits("Unschedulable"));
        assert_eq!(seen(json!({"phase": "Pending", "conditions": [scheduled], "podIPs": null})).ready, None);
        let not_ready = condition("Ready", "False", "ContainersNotReady");
        let starts = json!({"phase": "Pending", "conditions": [not_ready, scheduled]});
        assert_eq!(seen(starts).ready, waits("ContainersNotReady"));
        for (phase, reason) in [("Failed", FinalReason::PodFailed), ("Succeeded", FinalReason::PodSucceeded)] {
            let ended = json!({"phase": phase, "conditions": [condition("Ready", "False", "PodCompleted")]});
            assert_eq!(seen(ended).ready, Some(ReadyCondition::Final(reason)));
        }
    }

    #[test]
    fn reads_how_far_a_sandbox_is_suspended() {
        let condition =
            |kind: &str, status: &str| json!({"type": kind, "status": status, "observedGeneration": 3, "reason": "r"});
        let of = |status: Value| {
            let sandbox = json!({"metadata": {"name": "s", "uid": "own"}, "status": status}).to_string();
            serde_json::from_str::<View>(&sandbox).unwrap().sandbox_seen(7, true)
        };
        let seen = of(json!({"conditions": [condition("Ready", "False"), condition("Suspended", "True")]}));
        let observed = |is| Some(Observed { is, generation: 3 });
        let wanted =
            SandboxSeen { at: 7, upper_bound: true, ready: observed(false), suspended: observed(true), pod_ip: None };
        assert_eq!(seen, wanted);
        let seen = of(json!({"conditions": [condition("Ready", "True")], "podIPs": ["10.0.0.1"]}));
        assert_eq!((seen.ready, seen.suspended, seen.pod_ip.as_deref()), (observed(true), None, Some("10.0.0.1")));
    }

    #[test]
    fn reads_the_claim_that_a_sandbox_is_bound_to() {
        let sandbox =
            json!({"metadata": {"name": "p-abcde", "labels": {key::CLAIM_UID: "u", "other": "x"}}}).to_string();
        assert_eq!(serde_json::from_str::<View>(&sandbox).unwrap().claim_uid(), Some("u"));
    }

    #[test]
    fn reads_bookmarks_and_lists() {
        let bookmark = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9","creationTimestamp":null}}}"#;
        assert!(serde_json::from_str::<Line>(bookmark).is_ok());
        let error = r#"{"type":"ERROR","object":{"kind":"Status","metadata":{},"status":"Failure","code":410}}"#;
        assert!(serde_json::from_str::<Line>(error).is_err(), "a Status is no object of ours");
        let page: Page = serde_json::from_str(r#"{"metadata":{"resourceVersion":"3"},"items":null}"#).unwrap();
        assert!(page.items.is_empty() && page.metadata.next.is_empty());
    }
}
