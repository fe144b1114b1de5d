use agent_sandbox_common::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One priority level for all requests, as API Priority and Fairness serves it: seats, and queues for requests that find none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fairness {
    /// Requests that are worked on at once, 1 to 600.
    pub seats: u32,
    /// Queues; each user waits in 8 of them at most.
    pub queues: u32,
    /// Requests that may wait in one queue; further ones get 429 with Retry-After.
    pub queue_length: u32,
    /// How long a request holds its seat, to the millisecond.
    pub seat_time: Duration,
}

impl Default for Fairness {
    fn default() -> Self {
        Self { seats: 49, queues: 128, queue_length: 50, seat_time: Duration::from_millis(10) }
    }
}
