use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::faults::Faults;
use crate::settings::FaultKind;
use agent_sandbox_common::clock::monotonic_ns;

/// How often the schedule is looked at: its clock may be held and restarted.
const GLANCE: Duration = Duration::from_millis(5);

/// When the server is away.
#[derive(Debug)]
pub struct Outages {
    faults: Arc<Faults>,
    /// By the fault's place in the schedule and the instant it begins: each happens or does not, once.
    decided: HashSet<(usize, i64)>,
}

impl Outages {
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { faults, decided: HashSet::new() }
    }

    /// Waits for the next outage; when it will be over.
    pub async fn next(&mut self) -> Instant {
        if self.faults.scheduled(&[FaultKind::ServerRestart]).next().is_none() {
            return pending().await;
        }
        loop {
            let now_ns = monotonic_ns();
            if let Some(until_ns) = self.begun(now_ns) {
                return Instant::now() + Duration::from_nanos((until_ns - now_ns).max(0).cast_unsigned());
            }
            sleep(GLANCE).await;
        }
    }

    /// The end of an outage that has begun, however long ago that was.
    fn begun(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let mut begun = faults.scheduled(&[FaultKind::ServerRestart]).filter(|it| it.from_ns <= now_ns);
        begun.find(|it| self.decided.insert((it.index, it.from_ns)) && faults.happens(it.index)).map(|it| it.until_ns)
    }
}
