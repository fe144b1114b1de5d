use crate::measure::ClaimRecord;

/// An instant of a claim's life.
pub(super) struct Instant {
    pub name: &'static str,
    pub at: fn(&ClaimRecord) -> Option<i64>,
}

/// From intended on.
pub(super) const INSTANTS: [Instant; 6] = [
    Instant { name: "handed over", at: |claim| claim.handed_over_ns },
    Instant { name: "sent", at: |claim| claim.sent_ns },
    Instant { name: "acknowledged", at: |claim| claim.acknowledged_ns },
    Instant { name: "bound", at: |claim| claim.bound_ns },
    Instant { name: "ready", at: |claim| claim.ready_ns },
    Instant { name: "first exec", at: |claim| claim.first_exec_ns },
];
/// What the Pod of a claim went through that was made for it, before the claim was ready.
pub(super) const OF_POD: [Instant; 5] = [
    Instant { name: "pod created", at: |claim| claim.own_pod()?.created_ns },
    Instant { name: "pod scheduled", at: |claim| claim.own_pod()?.scheduled_ns },
    Instant { name: "image pulled", at: |claim| claim.own_pod()?.image_pulled_ns },
    Instant { name: "pod started", at: |claim| claim.own_pod()?.started_ns },
    Instant { name: "pod ready", at: |claim| claim.own_pod()?.ready_ns },
];
/// Where in `INSTANTS` a claim is ready.
pub(super) const READY: usize = 4;

/// From released on.
pub(super) const REMOVAL: [Instant; 2] = [
    Instant { name: "deleted", at: |claim| claim.deleted_ns },
    Instant { name: "capacity back", at: |claim| claim.capacity_back_ns },
];
