use serde::{Deserialize, Serialize};

/// How late the generator was with one claim, in nanoseconds; null where that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateness {
    /// With its create: from intended to handed over, and what writing it took beyond 0.1 ms once it had a connection. The
    /// wait for a connection between them is not the generator's alone.
    pub sent: Option<i64>,
    /// With the create's answer: from its arrival at this machine, by the kernel's stamp, until it was read. An upper bound
    /// here and below, exact where nothing else was read with it.
    pub acknowledged: Option<i64>,
    /// With Ready=True: from its arrival at this machine, or from the last change that was seen before a re-list.
    pub ready: Option<i64>,
    /// With DELETED, likewise.
    pub deleted: Option<i64>,
    /// With the end of its Sandbox, likewise.
    pub capacity_back: Option<i64>,
}
