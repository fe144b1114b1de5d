use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::faults::{Decision, Decisions, Effect, Faults, Scheduled};
use agent_sandbox_common::clock::monotonic_ns;

/// The schedule is looked at this often: its clock may be held and restarted.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// When the server is away.
#[derive(Debug)]
pub struct Outages {
    faults: Arc<Faults>,
    decisions: Decisions,
}

impl Outages {
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { faults, decisions: Decisions::default() }
    }

    /// Waits for the next outage; when it will be over.
    pub async fn next(&mut self) -> Instant {
        if !self.faults.scheduled().any(|it| is_outage(&it)) {
            return pending().await;
        }
        loop {
            let now_ns = monotonic_ns();
            if let Some(until_ns) = self.begun(now_ns) {
                return Instant::now() + Duration::from_nanos((until_ns - now_ns).max(0).cast_unsigned());
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The end of an outage that has begun, however long ago that was.
    fn begun(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let mut begun = faults.scheduled().filter(|it| it.from_ns <= now_ns && is_outage(it));
        begun.find(|it| self.decisions.decide(&faults, it) == Decision::Hits).map(|it| it.until_ns)
    }
}

fn is_outage(fault: &Scheduled) -> bool {
    fault.effect == Effect::ServerAway
}
