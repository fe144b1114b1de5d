use serde::{Serialize, Serializer};

use crate::settings::FaultKind;

/// A fault as it was, for the truth log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultRecord {
    /// What went wrong; written as the name of the kind.
    #[serde(serialize_with = "name")]
    pub fault: FaultKind,
    /// When it began, `CLOCK_MONOTONIC` nanoseconds.
    pub from_ns: i64,
    /// When it ended or will end.
    pub until_ns: i64,
    /// Requests, events, commands, watches, pods or pauses that were hit.
    pub hits: u64,
}

/// The kind's tag alone.
fn name<S: Serializer>(kind: &FaultKind, serializer: S) -> Result<S::Ok, S::Error> {
    kind.name().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use agent_sandbox_common::Duration;
    use serde_json::json;

    use super::*;

    #[test]
    fn holds_the_name_of_the_kind_alone() {
        let fault = FaultKind::Latency { add: Duration::from_millis(50) };
        let record = FaultRecord { fault, from_ns: 1, until_ns: 2, hits: 3 };
        let written = json!({ "fault": "latency", "from_ns": 1, "until_ns": 2, "hits": 3 });
        assert_eq!(serde_json::to_value(record).unwrap(), written);
    }
}
