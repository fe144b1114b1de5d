use agent_sandbox_common::clock::timestamp;
use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::Objects;
use crate::cluster::object::{Reference, text};
use crate::config::WarmPool;
use crate::preflight::{Checked, Finding};

/// A Lease that was not renewed for this long has expired, in seconds.
pub(super) const LEASE_S: i32 = 10;
/// Group and version of Leases.
pub(super) const LEASES: &str = "coordination.k8s.io/v1";

/// The Lease that a run holds on a pool.
pub(super) fn lease_of(pool: &WarmPool) -> Reference {
    Reference::new(LEASES, "Lease", Some(&pool.namespace), &format!("agent-sandbox-bench.{}", pool.name))
}

/// No other run claims from the pools. Shares of one schedule belong together, and hold no Lease.
pub(super) async fn check(objects: &Objects, pools: &[WarmPool]) -> Checked {
    let mut findings = Vec::new();
    for pool in pools {
        let lease = objects.get(&lease_of(pool)).await?;
        findings.extend(lease.and_then(|lease| occupied(pool, &lease, timestamp())));
    }
    Ok(findings)
}

/// What to say of a Lease that somebody holds.
pub(super) fn occupied(pool: &WarmPool, lease: &Value, now: Timestamp) -> Option<Finding> {
    let holder = text(lease, "/spec/holderIdentity");
    let renewed: Timestamp = text(lease, "/spec/renewTime").parse().ok()?;
    // Clocks of two machines differ: a renewal from the near future counts as one.
    let age_s = now.duration_since(renewed).as_secs_f64().abs();
    (!holder.is_empty() && age_s < f64::from(LEASE_S)).then(|| {
        Finding::blocker(
            format!("the run {holder} claims from the pool {}/{} ({age_s:.0} s ago)", pool.namespace, pool.name),
            "two runs on one pool take each other's sandboxes, and neither measures it",
            format!("wait for its end, or {LEASE_S} s if it was killed"),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lease(holder: &str, renewed: &str) -> Value {
        json!({ "spec": { "holderIdentity": holder, "renewTime": renewed } })
    }

    #[test]
    fn a_lease_counts_while_it_is_renewed() {
        let pool = WarmPool { name: "p".into(), namespace: "n".into(), weight: 1.0 };
        let now: Timestamp = "2026-01-01T00:00:20Z".parse().unwrap();
        let found = |lease: &Value| occupied(&pool, lease, now).map(|finding| finding.what);
        let fresh = found(&lease("other", "2026-01-01T00:00:11.500000Z")).unwrap();
        assert!(fresh.contains("other claims from the pool n/p"), "{fresh}");
        assert!(found(&lease("other", "2026-01-01T00:00:29.000000Z")).is_some(), "another machine's clock");
        assert_eq!(found(&lease("other", "2026-01-01T00:00:10.000000Z")), None);
        assert_eq!(found(&lease("", "2026-01-01T00:00:19.000000Z")), None);
        assert_eq!(found(&json!({})), None);
    }
}
