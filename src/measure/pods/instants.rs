use serde::{Deserialize, Serialize};

/// When a watch showed how far a Pod is. Nanoseconds since the run's start, null where it did not show that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodInstants {
    /// It was added.
    pub created_ns: Option<i64>,
    /// It had a node.
    pub scheduled_ns: Option<i64>,
    /// The kubelet's Event said that the last of its images is there.
    pub image_pulled_ns: Option<i64>,
    /// All of its containers had started.
    pub started_ns: Option<i64>,
    /// Its condition Ready was True.
    pub ready_ns: Option<i64>,
    /// True where the Pod was there before the watch, or the watch was interrupted meanwhile: an instant that is null may
    /// have come unseen.
    pub gap: bool,
}

impl PodInstants {
    /// The same, `nanos` later.
    #[must_use]
    pub fn shifted(mut self, nanos: i64) -> Self {
        for instant in [
            &mut self.created_ns,
            &mut self.scheduled_ns,
            &mut self.image_pulled_ns,
            &mut self.started_ns,
            &mut self.ready_ns,
        ] {
            *instant = instant.map(|at| at + nanos);
        }
        self
    }
}
