use agent_sandbox_common::words;
use jiff::Timestamp;

use super::{ClaimRecord, Class, End, Timeouts};
use crate::config::{LoadObject, Workload};

words! {
    /// The latencies of a run: from which instant to which, over which claims.
    pub enum Latency {
        /// intended -> ready, over all planned claims but those that an interruption, or the load's own end after
        /// failures, kept from being sent. One that never became ready counts at max(its age, `ready_timeout`), censored.
        TimeToReady = "time_to_ready",
        /// sent -> ready, ready claims.
        TimeToReadyFromSent = "time_to_ready_from_sent",
        /// intended -> ready, warm claims.
        TimeToReadyWarm = "time_to_ready_warm",
        /// intended -> ready, warm unready claims.
        TimeToReadyWarmUnready = "time_to_ready_warm_unready",
        /// intended -> ready, cold claims.
        TimeToReadyCold = "time_to_ready_cold",
        /// intended -> handed over: how late the generator was.
        ScheduleLag = "schedule_lag",
        /// handed over -> sent.
        ConnectionWait = "connection_wait",
        /// sent -> acknowledged.
        CreateAck = "create_ack",
        /// intended -> first output of the workload's first command, over the claims of `time_to_ready`. One whose command
        /// failed, or was never run, counts at max(its age, the command's deadline), censored; one that never became ready
        /// as there.
        TimeToFirstExec = "time_to_first_exec",
        /// released -> deleted.
        TimeToDeleted = "time_to_deleted",
        /// released -> capacity back.
        TimeToCapacityBack = "time_to_capacity_back",
        /// The controller's own: controller-first-observed-at -> claim-first-ready-at.
        ControllerTimeToReady = "controller_time_to_ready",
    }
}

impl Latency {
    /// True where it ends as the claim becomes ready, which is before `ready_timeout` or never.
    #[must_use]
    pub fn ends_at_ready(self) -> bool {
        match self {
            Self::TimeToReady
            | Self::TimeToReadyFromSent
            | Self::TimeToReadyWarm
            | Self::TimeToReadyWarmUnready
            | Self::TimeToReadyCold => true,
            Self::ScheduleLag
            | Self::ConnectionWait
            | Self::CreateAck
            | Self::TimeToFirstExec
            | Self::TimeToDeleted
            | Self::TimeToCapacityBack
            | Self::ControllerTimeToReady => false,
        }
    }

    /// True where there is such a latency of `object`: what is bare is bound to nothing, and from no pool.
    #[must_use]
    pub fn is_of_object(self, object: LoadObject) -> bool {
        match self {
            Self::TimeToReadyWarm
            | Self::TimeToReadyWarmUnready
            | Self::TimeToCapacityBack
            | Self::ControllerTimeToReady => !object.is_bare(),
            Self::TimeToReady
            | Self::TimeToReadyFromSent
            | Self::TimeToReadyCold
            | Self::ScheduleLag
            | Self::ConnectionWait
            | Self::CreateAck
            | Self::TimeToFirstExec
            | Self::TimeToDeleted => true,
        }
    }

    /// True where a run of `object` with this workload has it.
    #[must_use]
    pub fn is_of(self, object: LoadObject, workload: &Workload) -> bool {
        let by_workload = match self {
            Self::TimeToFirstExec => workload.runs_a_command(),
            Self::TimeToCapacityBack => workload.capacity_back,
            Self::TimeToReady
            | Self::TimeToReadyFromSent
            | Self::TimeToReadyWarm
            | Self::TimeToReadyWarmUnready
            | Self::TimeToReadyCold
            | Self::ScheduleLag
            | Self::ConnectionWait
            | Self::CreateAck
            | Self::TimeToDeleted
            | Self::ControllerTimeToReady => true,
        };
        by_workload && self.is_of_object(object)
    }

    /// The first and the last instant and the population of claims, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::TimeToReady => "intended to ready, all planned claims",
            Self::TimeToReadyFromSent => "sent to ready, ready claims",
            Self::TimeToReadyWarm => "intended to ready, warm claims",
            Self::TimeToReadyWarmUnready => "intended to ready, warm unready claims",
            Self::TimeToReadyCold => "intended to ready, cold claims",
            Self::ScheduleLag => "intended to handed over",
            Self::ConnectionWait => "handed over to sent",
            Self::CreateAck => "sent to acknowledged",
            Self::TimeToFirstExec => "intended to first output, all planned claims",
            Self::TimeToDeleted => "released to deleted",
            Self::TimeToCapacityBack => "released to its Sandbox gone",
            Self::ControllerTimeToReady => "the controller's own annotations",
        }
    }

    /// True where a slow server makes it longer; false where the generator alone does.
    #[must_use]
    pub const fn is_of_server(self) -> bool {
        match self {
            Self::TimeToReady
            | Self::TimeToReadyFromSent
            | Self::TimeToReadyWarm
            | Self::TimeToReadyWarmUnready
            | Self::TimeToReadyCold
            | Self::CreateAck
            | Self::TimeToFirstExec
            | Self::TimeToDeleted
            | Self::TimeToCapacityBack
            | Self::ControllerTimeToReady => true,
            Self::ScheduleLag | Self::ConnectionWait => false,
        }
    }

    /// The duration of this latency in `claim` (ns), and whether it is censored; `None` where the claim is not of its
    /// population.
    #[must_use]
    pub fn of(self, claim: &ClaimRecord, timeouts: &Timeouts) -> Option<(i64, bool)> {
        let intended = Some(claim.intended_ns);
        let of_class = |class| (claim.class == Some(class)).then_some(claim.ready_ns).flatten();
        match self {
            Self::TimeToReady => return time_to_ready(claim, timeouts.ready_ns),
            Self::TimeToReadyFromSent => span(claim.sent_ns, ready(claim)),
            Self::TimeToReadyWarm => span(intended, of_class(Class::Warm)),
            Self::TimeToReadyWarmUnready => span(intended, of_class(Class::WarmUnready)),
            Self::TimeToReadyCold => span(intended, of_class(Class::Cold)),
            Self::ScheduleLag => span(intended, claim.handed_over_ns),
            Self::ConnectionWait => span(claim.handed_over_ns, claim.sent_ns),
            Self::CreateAck => span(claim.sent_ns, claim.acknowledged_ns),
            Self::TimeToFirstExec => return time_to_first_exec(claim, timeouts),
            Self::TimeToDeleted => span(claim.released_ns, claim.deleted_ns),
            Self::TimeToCapacityBack => span(claim.released_ns, claim.capacity_back_ns),
            Self::ControllerTimeToReady => controller_time_to_ready(claim),
        }
        .map(|nanos| (nanos, false))
    }
}

impl Latency {
    /// True where the generator reads the end of it off a connection whose bytes the kernel stamps.
    #[must_use]
    pub const fn is_stamped(self) -> bool {
        match self {
            Self::TimeToReady
            | Self::TimeToReadyFromSent
            | Self::TimeToReadyWarm
            | Self::TimeToReadyWarmUnready
            | Self::TimeToReadyCold
            | Self::CreateAck
            | Self::TimeToDeleted
            | Self::TimeToCapacityBack => true,
            Self::ScheduleLag | Self::ConnectionWait | Self::TimeToFirstExec | Self::ControllerTimeToReady => false,
        }
    }

    /// How much the generator's lateness added to this latency of `claim` at most, ns; `None` where that is not known.
    #[must_use]
    pub fn lateness(self, claim: &ClaimRecord) -> Option<i64> {
        let late = &claim.late_ns;
        match self {
            Self::TimeToReady | Self::TimeToReadyWarm | Self::TimeToReadyWarmUnready | Self::TimeToReadyCold => {
                Some(late.sent? + late.ready?)
            }
            Self::TimeToReadyFromSent => late.ready,
            Self::CreateAck => late.acknowledged,
            Self::TimeToDeleted => late.deleted,
            Self::TimeToCapacityBack => late.capacity_back,
            Self::ScheduleLag | Self::ConnectionWait | Self::TimeToFirstExec | Self::ControllerTimeToReady => None,
        }
    }
}

fn ready(claim: &ClaimRecord) -> Option<i64> {
    claim.ready_ns.filter(|_| claim.is_ready())
}

fn span(from: Option<i64>, to: Option<i64>) -> Option<i64> {
    Some(to? - from?)
}

fn time_to_ready(claim: &ClaimRecord, ready_timeout_ns: i64) -> Option<(i64, bool)> {
    if claim.is_after_end() {
        return None;
    }
    match ready(claim) {
        Some(ready) => Some((ready - claim.intended_ns, false)),
        None => Some(((claim.ended_ns - claim.intended_ns).max(ready_timeout_ns), true)),
    }
}

fn time_to_first_exec(claim: &ClaimRecord, timeouts: &Timeouts) -> Option<(i64, bool)> {
    let exec_ns = timeouts.exec_ns?;
    let until_ready = time_to_ready(claim, timeouts.ready_ns)?;
    if !claim.is_ready() {
        return Some(until_ready);
    }
    // A folder of an earlier version has no steps, and one command.
    let failed = claim.first_command().map_or(claim.end != End::Ready(None), |step| step.reason.is_some());
    let ran_well = claim.first_exec_ns.filter(|_| !failed);
    let known = claim.exec_ended_ns.unwrap_or(claim.ended_ns);
    Some(match ran_well {
        Some(first) => (first - claim.intended_ns, false),
        None => ((known - claim.intended_ns).max(exec_ns), true),
    })
}

fn controller_time_to_ready(claim: &ClaimRecord) -> Option<i64> {
    let at = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    let (from, to) = (at(&claim.controller_first_observed_at)?, at(&claim.claim_first_ready_at)?);
    i64::try_from(to.as_nanosecond() - from.as_nanosecond()).ok()
}
