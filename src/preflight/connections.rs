use nix::sys::resource::{Resource, getrlimit};

use super::finding::Finding;
use super::subject::Subject;

/// Files a process has open beside its connections.
const OTHER_FILES: u64 = 64;

#[allow(clippy::unnecessary_wraps, reason = "checks are alike")]
/// This process may open the connections the load is allowed.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Ok((soft, _)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Vec::new() };
    let connections = u64::from(subject.config.load.connections);
    let finding = (connections + OTHER_FILES > soft).then(|| {
        Finding::warning(
            format!("the load may open {connections} connections, this process {soft} files"),
            "a connection that cannot be opened fails its claim, and the generator is to blame",
            format!("raise the limit (ulimit -n {}), or lower load.connections", connections + OTHER_FILES),
        )
    });
    finding.into_iter().collect()
}
