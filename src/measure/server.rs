use agent_sandbox_simulator::{RequestCount, RequestCounts, Verb};
use serde::{Deserialize, Serialize};

/// What only the API server knows: who asked it for what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerSummary {
    /// Answers from this instant, ns since the run's start,
    pub from_ns: i64,
    /// to this one are counted: the load, and the removal of what it made.
    pub to_ns: i64,
    /// Creates of claims that succeeded, by whomever.
    pub claims: u64,
    /// Requests of all programs by `claims`, without watches; null without claims.
    pub per_claim: Option<f64>,
    /// Those with 409.
    pub conflicts: u64,
    /// Those with a status of 400 or more, 409 among them, and connections closed without an answer.
    pub errors: u64,
    /// Events of all watches.
    pub watch_events: u64,
    /// Bytes of all answers and events, without headers.
    pub bytes: u64,
    /// By program, and the most first.
    pub requests: Vec<ServerRequests>,
}

/// The requests of one program, of one verb and resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerRequests {
    /// Which, and how many.
    #[serde(flatten)]
    pub counts: RequestCount,
    /// As the server's; null of watches, whose number says nothing of a claim.
    pub per_claim: Option<f64>,
}

impl ServerSummary {
    /// What was counted between two instants of a run that began at `base_ns`, `CLOCK_MONOTONIC`.
    #[must_use]
    pub fn between(before: &RequestCounts, after: &RequestCounts, base_ns: i64) -> Self {
        Self::of(before.at_ns - base_ns, after.at_ns - base_ns, after.since(before))
    }

    fn of(from_ns: i64, to_ns: i64, counts: Vec<RequestCount>) -> Self {
        let created =
            counts.iter().filter(|it| it.series.verb == Verb::Create && &*it.series.resource == "sandboxclaims");
        let claims: u64 = created.map(|it| it.counted.count - it.counted.errors).sum();
        let by_claims = |count: u64| (claims > 0).then(|| count as f64 / claims as f64);
        let is_watch = |it: &RequestCount| it.series.verb == Verb::Watch;
        let sum = |of: fn(&RequestCount) -> u64| counts.iter().map(of).sum::<u64>();
        Self {
            from_ns,
            to_ns,
            claims,
            per_claim: by_claims(counts.iter().filter(|it| !is_watch(it)).map(|it| it.counted.count).sum()),
            conflicts: sum(|it| it.counted.conflicts),
            errors: sum(|it| it.counted.errors),
            watch_events: sum(|it| it.counted.watch_events),
            bytes: sum(|it| it.counted.bytes),
            requests: counts
                .into_iter()
                .map(|counts| ServerRequests {
                    per_claim: by_claims(counts.counted.count).filter(|_| !is_watch(&counts)),
                    counts,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn summary(rows: &Value) -> ServerSummary {
        ServerSummary::of(-5, 10, serde_json::from_value(rows.clone()).unwrap())
    }

    fn row(verb: &str, resource: &str, count: u64, errors: u64) -> Value {
        json!({"verb": verb, "resource": resource, "user_agent": "c", "count": count, "errors": errors, "conflicts": 1,
               "bytes": 10, "watch_events": 3})
    }

    #[test]
    fn requests_are_by_claims_that_were_created_and_watches_are_not() {
        let rows = [
            row("create", "sandboxclaims", 5, 1),
            row("watch", "pods", 100, 0),
            row("patch", "sandboxes/status", 6, 2),
        ];
        let server = summary(&json!(rows));
        assert_eq!((server.claims, server.per_claim), (4, Some(11.0 / 4.0)));
        assert_eq!((server.conflicts, server.errors, server.bytes, server.watch_events), (3, 3, 30, 9));
        let each: Vec<_> = server.requests.iter().map(|it| it.per_claim).collect();
        assert_eq!(each, [Some(1.25), None, Some(1.5)]);
        let again: ServerSummary = serde_json::from_value(serde_json::to_value(&server).unwrap()).unwrap();
        assert_eq!(again, server);
    }

    #[test]
    fn without_claims_nothing_is_by_claims() {
        let server = summary(&json!([row("create", "sandboxclaims", 2, 2), row("create", "sandboxes", 2, 0)]));
        assert_eq!((server.claims, server.per_claim), (0, None));
        assert!(server.requests.iter().all(|it| it.per_claim.is_none()));
    }
}
