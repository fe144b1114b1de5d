use serde::{Deserialize, Serialize};

use super::PodInstants;

/// One Pod of a sandbox; a line of `pods.jsonl`. Instants are nanoseconds since the run's start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodRecord {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its Sandbox; of a bare Pod its own name.
    pub sandbox: String,
    /// Its node, once it had one.
    pub node: Option<String>,
    /// The claim that had it, by name; null of one that no claim of the run had.
    pub claim: Option<String>,
    /// When that claim was due.
    pub intended_ns: Option<i64>,
    /// When that claim was released.
    pub released_ns: Option<i64>,
    /// How far it came.
    #[serde(flatten)]
    pub instants: PodInstants,
    /// When its deletion had been asked for.
    pub ending_ns: Option<i64>,
    /// When it was gone, and its address and its room on the node with it.
    pub gone_ns: Option<i64>,
    /// True where it went while the watch was interrupted: nobody knows when.
    pub lost: bool,
}

impl PodRecord {
    /// The same, `nanos` later.
    #[must_use]
    pub fn shifted(mut self, nanos: i64) -> Self {
        self.instants = self.instants.shifted(nanos);
        for instant in [&mut self.ending_ns, &mut self.gone_ns] {
            *instant = instant.map(|at| at + nanos);
        }
        self
    }

    /// True where it was made for its claim, and not for a pool before the claim was due.
    #[must_use]
    pub fn is_of_claim(&self) -> bool {
        self.intended_ns.zip(self.instants.created_ns).is_some_and(|(intended, created)| created >= intended)
    }

    /// True where its claim was released, and it is still there.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.released_ns.is_some() && self.gone_ns.is_none() && !self.lost
    }
}
