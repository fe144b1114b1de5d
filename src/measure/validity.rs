use agent_sandbox_common::mutation::{Mutation, mutated};
use agent_sandbox_common::words;

use super::{Collector, End, FailReason, Latency, NotSentReason};
use crate::config::{Duration, Validity};

/// Schedule lag at the 99th percentile, in seconds, that is allowed unless the configuration says otherwise.
const MAX_SCHEDULE_LAG_P99_S: f64 = 0.01;

words! {
    /// Why a run is no valid measurement of the cluster.
    pub enum InvalidReason {
        /// It was stopped before its end.
        Interrupted = "interrupted",
        /// The generator's own lateness may have made a figure too high.
        MeasurementError = "measurement_error",
        /// The generator sent claims later than the tolerance allows.
        GeneratorLate = "generator_late",
        /// Too few claims were handed over in time.
        AchievedRatio = "achieved_ratio",
        /// Too many ready instants are upper bounds.
        WatchGap = "watch_gap",
        /// A runner was lost, and its claims with it.
        RunnerLost = "runner_lost",
        /// The server refused the generator's own credentials.
        CredentialsRefused = "credentials_refused",
    }
}

impl InvalidReason {
    /// What a single claim that ended so makes of the run.
    fn of(end: &End) -> Option<Self> {
        match end {
            End::NotSent(NotSentReason::GeneratorLate) => Some(Self::GeneratorLate),
            End::NotSent(NotSentReason::RunnerLost) | End::Failed(FailReason::RunnerLost) => Some(Self::RunnerLost),
            End::Failed(FailReason::Http(401)) => Some(Self::CredentialsRefused),
            End::NotSent(
                NotSentReason::MaxInFlight | NotSentReason::Interrupted | NotSentReason::StopAfterFailures,
            )
            | End::Failed(
                FailReason::Connect
                | FailReason::Deleted
                | FailReason::Interrupted
                | FailReason::Http(_)
                | FailReason::Condition(_),
            )
            | End::Ready(_)
            | End::TimedOut(_)
            | End::Rejected(_)
            | End::Other(..) => None,
        }
    }
}

impl Collector {
    /// Why these claims are no valid measurement of the cluster; empty where they are. A cluster that cannot keep up
    /// is a result, not a reason.
    #[must_use]
    pub fn invalid_reasons(&self, tolerances: &Validity, interrupted: bool) -> Vec<InvalidReason> {
        let lag = self.distribution(Latency::ScheduleLag).quantile(0.99);
        let median = self.distribution(Latency::TimeToReady).quantile(0.5);
        let late = lag.is_some_and(|lag| lag > most_lag_s(tolerances, median));
        let bounds = self.upper_bounds as f64 / self.outcomes.ready.max(1) as f64;
        let holds = |reason: &InvalidReason| {
            let of_a_claim = self.count(|end| InvalidReason::of(end) == Some(*reason)) > 0;
            of_a_claim
                || match reason {
                    InvalidReason::Interrupted => interrupted,
                    InvalidReason::GeneratorLate => late,
                    InvalidReason::AchievedRatio => self.achieved_ratio() < tolerances.min_achieved_ratio,
                    InvalidReason::WatchGap => {
                        bounds > tolerances.max_upper_bound_share && !mutated(Mutation::IgnoreBounds)
                    }
                    // The first is a matter of figures, and of all runners' claims together.
                    InvalidReason::MeasurementError | InvalidReason::RunnerLost | InvalidReason::CredentialsRefused => {
                        false
                    }
                }
        };
        InvalidReason::ALL.into_iter().filter(holds).collect()
    }
}

/// The schedule lag at the 99th percentile that is allowed, in seconds. Lateness within the error that figures may have
/// changes none of them; `median_s` is that of the time to ready.
#[must_use]
pub fn most_lag_s(tolerances: &Validity, median_s: Option<f64>) -> f64 {
    tolerances.max_schedule_lag_p99.map_or_else(
        || MAX_SCHEDULE_LAG_P99_S.max(tolerances.max_error.fraction() * median_s.unwrap_or(0.0)),
        Duration::secs,
    )
}
