use serde::{Deserialize, Serialize};

/// The machine that a run was made from, and what ran it there. With runners it is the coordinator's. No secrets, and no
/// user's name; the host's name is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Name of the host; in a container the container's.
    pub host: String,
    /// The system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os: String,
    /// The kernel's release, such as `6.1.0-18-amd64`.
    pub kernel: String,
    /// The processor's architecture, such as `x86_64`.
    pub arch: String,
    /// The processor's model; null where the system does not say.
    pub cpu: Option<String>,
    /// Cores that this process may use at once: what its affinity and its cgroup's quota leave, rounded down, at least 1.
    pub cores: Option<u64>,
    /// Memory of the machine; null where the system does not say.
    pub memory_bytes: Option<u64>,
    /// Version of Python, where Python started this program.
    pub python: Option<String>,
}
