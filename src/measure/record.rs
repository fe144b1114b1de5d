use serde::{Deserialize, Serialize};

use super::{Class, End, Lateness, Outcome, PodInstants, Stages, StepRecord};

/// One claim's whole life; a line of `claims.jsonl`. Instants are nanoseconds since the run's start, null where the
/// instant did not come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// Place in the schedule.
    pub index: u64,
    /// Name of its phase; null where the run has one.
    pub phase: Option<String>,
    /// Name of the object.
    pub name: String,
    /// Namespace of the object.
    pub namespace: String,
    /// Pool it named.
    pub warm_pool: String,
    /// Which runner sent it, of several.
    pub runner: Option<u32>,
    /// How it ended, and why: `outcome` and `reason`.
    #[serde(flatten)]
    pub end: End,
    /// Where its sandbox came from; ready claims only.
    pub class: Option<Class>,
    /// True where 1 s timestamps cannot tell warm from warm unready; it counts as warm.
    pub class_uncertain: bool,
    /// Name of the bound Sandbox.
    pub sandbox: Option<String>,
    /// Node of the bound Sandbox, where known.
    pub node: Option<String>,
    /// What a watch of the Pods showed of its Pod; of a claim that was sent and never became ready, no instants where no
    /// Pod was made for it. Absent where the Pods were not watched, or its Pod was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodInstants>,
    /// When the schedule wanted it.
    pub intended_ns: i64,
    /// When the pacer gave it to the HTTP client.
    pub handed_over_ns: Option<i64>,
    /// When the first byte of the create went out.
    pub sent_ns: Option<i64>,
    /// When the create was answered with success.
    pub acknowledged_ns: Option<i64>,
    /// When `status.sandbox.name` was seen.
    pub bound_ns: Option<i64>,
    /// When Ready=True was seen.
    pub ready_ns: Option<i64>,
    /// When the workload gave its first output.
    pub first_exec_ns: Option<i64>,
    /// When its workload had ended, or was given up.
    #[serde(default)]
    pub exec_ended_ns: Option<i64>,
    /// The steps of its workload, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
    /// When the first byte of the delete went out.
    pub released_ns: Option<i64>,
    /// When DELETED was seen.
    pub deleted_ns: Option<i64>,
    /// When its Sandbox was gone.
    pub capacity_back_ns: Option<i64>,
    /// How late the generator was.
    #[serde(default)]
    pub late_ns: Lateness,
    /// When its outcome was known.
    pub ended_ns: i64,
    /// Creates sent again after pushback.
    pub retries: u32,
    /// True where it was ready at `ready_ns` or earlier: a re-list showed it, or the generator had just stalled.
    pub upper_bound: bool,
    /// The controller's annotation, as it stands.
    pub controller_first_observed_at: Option<String>,
    /// The controller's annotation, as it stands: a time, or `unknown`.
    pub claim_first_ready_at: Option<String>,
    /// Where its time went, ns by stage; they sum to the time from intended to ready, or to its end.
    #[serde(default, skip_serializing_if = "Stages::is_empty")]
    pub stages_ns: Stages,
}

impl ClaimRecord {
    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.end.outcome()
    }

    /// True where the load ended before it was due: it says nothing of the target.
    #[must_use]
    pub fn is_after_end(&self) -> bool {
        matches!(self.end, End::NotSent(reason) if reason.is_after_end())
    }

    /// The first command of its session, as it ended.
    #[must_use]
    pub fn first_command(&self) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.is_command())
    }

    /// The Pod that was made for it, after it was due; `None` of one that a pool had before, and where none was seen.
    #[must_use]
    pub fn own_pod(&self) -> Option<&PodInstants> {
        self.pod.as_ref().filter(|pod| pod.created_ns.is_some_and(|at| at >= self.intended_ns))
    }

    /// True where it became ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.outcome() == Outcome::Ready
    }

    /// The class that a ready claim counts as, warm where that is not known; `None` of one that never became ready.
    #[must_use]
    pub fn ready_class(&self) -> Option<Class> {
        self.is_ready().then_some(self.class.unwrap_or(Class::Warm))
    }

    /// The same life, `nanos` later.
    #[must_use]
    pub fn shifted(mut self, nanos: i64) -> Self {
        self.intended_ns += nanos;
        self.ended_ns += nanos;
        self.pod = self.pod.map(|pod| pod.shifted(nanos));
        for step in &mut self.steps {
            step.from_ns += nanos;
            step.ended_ns += nanos;
        }
        for instant in [
            &mut self.handed_over_ns,
            &mut self.sent_ns,
            &mut self.acknowledged_ns,
            &mut self.bound_ns,
            &mut self.ready_ns,
            &mut self.first_exec_ns,
            &mut self.exec_ended_ns,
            &mut self.released_ns,
            &mut self.deleted_ns,
            &mut self.capacity_back_ns,
        ] {
            *instant = instant.map(|at| at + nanos);
        }
        self
    }
}

#[cfg(test)]
impl ClaimRecord {
    /// A claim that knows no more than when it was to be sent and when it was ready.
    pub(super) fn of_ready(index: u64, intended_ns: i64, ready_ns: i64) -> Self {
        serde_json::from_value(serde_json::json!({
            "index": index, "phase": null, "name": "n", "namespace": "d", "warm_pool": "p", "runner": null,
            "outcome": "ready", "reason": null, "class": "warm", "class_uncertain": false, "sandbox": "s", "node": null,
            "intended_ns": intended_ns, "handed_over_ns": null, "sent_ns": null, "acknowledged_ns": null,
            "bound_ns": null, "ready_ns": ready_ns, "first_exec_ns": null, "released_ns": null, "deleted_ns": null,
            "capacity_back_ns": null, "ended_ns": ready_ns, "retries": 0, "upper_bound": false,
            "controller_first_observed_at": null, "claim_first_ready_at": null,
        }))
        .unwrap()
    }
}
