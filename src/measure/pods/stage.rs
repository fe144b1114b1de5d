use agent_sandbox_common::words;

use super::PodRecord;

words! {
    /// A part of a Pod's life, from one instant to another.
    pub enum PodStage {
        /// created -> scheduled: it waits for a node.
        Scheduling = "scheduling",
        /// scheduled -> the kubelet's Event Pulled.
        ImagePull = "image_pull",
        /// scheduled -> started, the pull of its images included.
        Start = "start",
        /// started -> ready: its readiness probe.
        Readiness = "readiness",
        /// created -> ready.
        Whole = "whole",
        /// Its deletion was asked for -> gone.
        Ending = "ending",
    }
}

impl PodStage {
    /// When it began and when it ended, as far as is known.
    pub(super) fn ends(self, pod: &PodRecord) -> (Option<i64>, Option<i64>) {
        let at = &pod.instants;
        match self {
            Self::Scheduling => (at.created_ns, at.scheduled_ns),
            Self::ImagePull => (at.scheduled_ns, at.image_pulled_ns),
            Self::Start => (at.scheduled_ns, at.started_ns),
            Self::Readiness => (at.started_ns, at.ready_ns),
            Self::Whole => (at.created_ns, at.ready_ns),
            Self::Ending => (pod.ending_ns, pod.gone_ns),
        }
    }

    /// Whether a Pod that went on without the end of this stage is left out: an Event may be lost, a status may not.
    pub(super) fn may_be_unseen(self, pod: &PodRecord) -> bool {
        let went_on = pod.instants.started_ns.is_some();
        pod.instants.gap || (self == Self::ImagePull && went_on)
    }
}
