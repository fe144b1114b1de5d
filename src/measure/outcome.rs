use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

words! {
    /// How a planned claim ended; exactly one for each.
    pub enum Outcome {
        /// Ready=True was seen.
        Ready = "ready",
        /// A final Ready=False, deleted by another, never reached the server, or interrupted.
        Failed = "failed",
        /// No Ready within the timeout.
        TimedOut = "timed_out",
        /// 429 or 5xx, after the policy.
        Rejected = "rejected",
        /// Never sent.
        NotSent = "not_sent",
    }
}

/// Claims by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Ready=True seen.
    pub ready: u64,
    /// Failed for good.
    pub failed: u64,
    /// No Ready in time.
    pub timed_out: u64,
    /// Pushed back by the server.
    pub rejected: u64,
    /// Never sent.
    pub not_sent: u64,
}

impl Outcomes {
    /// Claims of one outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Ready => self.ready,
            Outcome::Failed => self.failed,
            Outcome::TimedOut => self.timed_out,
            Outcome::Rejected => self.rejected,
            Outcome::NotSent => self.not_sent,
        }
    }

    pub(super) fn of_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Ready => &mut self.ready,
            Outcome::Failed => &mut self.failed,
            Outcome::TimedOut => &mut self.timed_out,
            Outcome::Rejected => &mut self.rejected,
            Outcome::NotSent => &mut self.not_sent,
        }
    }

    /// Adds the claims of another count.
    pub fn add(&mut self, other: &Self) {
        for outcome in Outcome::ALL {
            *self.of_mut(outcome) += other.of(outcome);
        }
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        Outcome::ALL.into_iter().map(|outcome| self.of(outcome)).sum()
    }

    /// Share of the claims that became ready; `None` of no claim.
    #[must_use]
    pub fn ready_fraction(&self) -> Option<f64> {
        let all = self.total();
        (all > 0).then(|| self.ready as f64 / all as f64)
    }
}
