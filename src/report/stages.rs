use crate::measure::ClaimRecord;

/// A stage of a claim's life.
pub(super) struct Stage {
    /// The instant that ends it.
    pub name: &'static str,
    /// What the claim waits for in it.
    pub wait: &'static str,
    pub at: fn(&ClaimRecord) -> Option<i64>,
}

/// From intended on.
pub(super) const STAGES: [Stage; 6] = [
    Stage { name: "handed over", wait: "the generator", at: |claim| claim.handed_over_ns },
    Stage { name: "sent", wait: "a connection", at: |claim| claim.sent_ns },
    Stage { name: "acknowledged", wait: "the API server's answer", at: |claim| claim.acknowledged_ns },
    Stage { name: "bound", wait: "a sandbox", at: |claim| claim.bound_ns },
    Stage { name: "ready", wait: "Ready", at: |claim| claim.ready_ns },
    Stage { name: "first exec", wait: "the workload's output", at: |claim| claim.first_exec_ns },
];
/// Where in `STAGES` a claim is ready.
pub(super) const READY: usize = 4;

/// From released on.
pub(super) const REMOVAL: [Stage; 2] = [
    Stage { name: "deleted", wait: "its deletion", at: |claim| claim.deleted_ns },
    Stage { name: "capacity back", wait: "its sandbox's deletion", at: |claim| claim.capacity_back_ns },
];

/// What a claim spent in one stage on the way from intended to ready, or to being given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Of `STAGES`.
    pub stage: usize,
    pub nanos: i64,
    /// False: it was given up in this stage.
    pub ended: bool,
}

/// Where one claim's time went. A stage that ended before the one ahead of it took no time.
pub(super) fn parts(claim: &ClaimRecord) -> Vec<Part> {
    let end = claim.ready_ns.filter(|_| claim.is_ready()).unwrap_or(claim.ended_ns);
    let mut reached = claim.intended_ns;
    let mut parts = Vec::new();
    for (stage, it) in STAGES.iter().enumerate().take(READY + 1) {
        let at = (it.at)(claim).map(|at| at.min(end));
        let Some(until) = at.filter(|at| *at > reached) else { continue };
        parts.push(Part { stage, nanos: until - reached, ended: true });
        reached = until;
    }
    if end > reached {
        let stage = STAGES[..READY].iter().rposition(|it| (it.at)(claim).is_some()).map_or(0, |last| last + 1);
        parts.push(Part { stage, nanos: end - reached, ended: false });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(changes: impl FnOnce(&mut ClaimRecord)) -> Vec<(usize, i64, bool)> {
        let mut claim: ClaimRecord = serde_json::from_value(serde_json::json!({
            "index": 0, "phase": null, "name": "n", "namespace": "d", "warm_pool": "p", "runner": null,
            "outcome": "timed_out", "reason": null, "class": null, "class_uncertain": false, "sandbox": null,
            "node": null, "intended_ns": 100, "handed_over_ns": 110, "sent_ns": 130, "acknowledged_ns": null,
            "bound_ns": null, "ready_ns": null, "first_exec_ns": null, "released_ns": null, "deleted_ns": null,
            "capacity_back_ns": null, "ended_ns": 1100, "retries": 0, "upper_bound": false,
            "controller_first_observed_at": null, "claim_first_ready_at": null,
        }))
        .unwrap();
        changes(&mut claim);
        parts(&claim).iter().map(|part| (part.stage, part.nanos, part.ended)).collect()
    }

    #[test]
    fn a_claim_that_was_given_up_waited_for_what_never_came() {
        assert_eq!(claim(|_| {}), [(0, 10, true), (1, 20, true), (2, 970, false)]);
        let bound = claim(|claim| claim.bound_ns = Some(200));
        assert_eq!(bound, [(0, 10, true), (1, 20, true), (3, 70, true), (4, 900, false)]);
    }

    #[test]
    fn an_answer_that_came_after_ready_took_no_time() {
        let ready = claim(|claim| {
            claim.end = crate::measure::End::Ready(None);
            (claim.bound_ns, claim.ready_ns, claim.acknowledged_ns) = (Some(150), Some(160), Some(900));
        });
        assert_eq!(ready, [(0, 10, true), (1, 20, true), (2, 30, true)]);
    }
}
