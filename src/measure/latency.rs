use agent_sandbox_common::words;
use jiff::Timestamp;

use super::{ClaimRecord, Class, End, PodInstants, Timeouts};
use crate::config::{Config, LoadObject};

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
        /// intended -> the Pod of the claim's Sandbox was created, over the claims for which a Pod was made, where the Pods
        /// are watched. A claim that was sent and never became ready counts at max(its age, `ready_timeout`) where its Pod
        /// never came so far, censored.
        TimeToPodCreated = "time_to_pod_created",
        /// intended -> that Pod had a node, likewise.
        TimeToPodScheduled = "time_to_pod_scheduled",
        /// intended -> all of its containers had started, likewise.
        TimeToPodStarted = "time_to_pod_started",
        /// intended -> it was Ready, likewise.
        TimeToPodReady = "time_to_pod_ready",
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
            | Self::TimeToPodCreated
            | Self::TimeToPodScheduled
            | Self::TimeToPodStarted
            | Self::TimeToPodReady
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
            | Self::TimeToPodCreated
            | Self::TimeToPodScheduled
            | Self::TimeToPodStarted
            | Self::TimeToPodReady
            | Self::TimeToDeleted => true,
        }
    }

    /// True where it is known by a watch of the Pods alone.
    #[must_use]
    pub const fn is_of_pods(self) -> bool {
        matches!(
            self,
            Self::TimeToPodCreated | Self::TimeToPodScheduled | Self::TimeToPodStarted | Self::TimeToPodReady
        )
    }

    /// True where a run of this configuration has it.
    #[must_use]
    pub fn is_of(self, config: &Config) -> bool {
        let is_asked_for = match self {
            Self::TimeToFirstExec => config.workload.runs_a_command(),
            Self::TimeToCapacityBack => config.workload.capacity_back,
            Self::TimeToPodCreated | Self::TimeToPodScheduled | Self::TimeToPodStarted | Self::TimeToPodReady => {
                config.output.pods
            }
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
        is_asked_for && self.is_of_object(config.load.object)
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
            Self::TimeToPodCreated => "intended to its Pod created, claims that a Pod was made for",
            Self::TimeToPodScheduled => "intended to its Pod on a node, claims that a Pod was made for",
            Self::TimeToPodStarted => "intended to its Pod's containers started, claims that a Pod was made for",
            Self::TimeToPodReady => "intended to its Pod Ready, claims that a Pod was made for",
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
            | Self::TimeToPodCreated
            | Self::TimeToPodScheduled
            | Self::TimeToPodStarted
            | Self::TimeToPodReady
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
            Self::TimeToPodCreated => return time_to_pod(claim, |pod| pod.created_ns, timeouts),
            Self::TimeToPodScheduled => return time_to_pod(claim, |pod| pod.scheduled_ns, timeouts),
            Self::TimeToPodStarted => return time_to_pod(claim, |pod| pod.started_ns, timeouts),
            Self::TimeToPodReady => return time_to_pod(claim, |pod| pod.ready_ns, timeouts),
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
            Self::ScheduleLag
            | Self::ConnectionWait
            | Self::TimeToFirstExec
            | Self::TimeToPodCreated
            | Self::TimeToPodScheduled
            | Self::TimeToPodStarted
            | Self::TimeToPodReady
            | Self::ControllerTimeToReady => false,
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
            Self::ScheduleLag
            | Self::ConnectionWait
            | Self::TimeToFirstExec
            | Self::TimeToPodCreated
            | Self::TimeToPodScheduled
            | Self::TimeToPodStarted
            | Self::TimeToPodReady
            | Self::ControllerTimeToReady => None,
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

/// Of a claim whose Pod was not made for it there is none: a pool had it ready before.
fn time_to_pod(
    claim: &ClaimRecord,
    instant: impl Fn(&PodInstants) -> Option<i64>,
    timeouts: &Timeouts,
) -> Option<(i64, bool)> {
    let pod = claim.pod.as_ref().filter(|_| !claim.is_after_end())?;
    // Only the absence of what cannot have come unseen is a bound.
    let is_waiting = !claim.is_ready() && !pod.gap;
    let is_of_pool = claim.own_pod().is_none() && pod.created_ns.is_some();
    match claim.own_pod().and_then(instant) {
        Some(at) => Some((at - claim.intended_ns, false)),
        None if is_waiting && !is_of_pool => Some(((claim.ended_ns - claim.intended_ns).max(timeouts.ready_ns), true)),
        None => None,
    }
}

fn controller_time_to_ready(claim: &ClaimRecord) -> Option<i64> {
    let at = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    let (from, to) = (at(&claim.controller_first_observed_at)?, at(&claim.claim_first_ready_at)?);
    i64::try_from(to.as_nanosecond() - from.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn of_pods(claim: &ClaimRecord) -> [Option<(i64, bool)>; 4] {
        let all = [
            Latency::TimeToPodCreated,
            Latency::TimeToPodScheduled,
            Latency::TimeToPodStarted,
            Latency::TimeToPodReady,
        ];
        all.map(|latency| latency.of(claim, &Timeouts::ready(9000 * MS)).map(|(nanos, bound)| (nanos / MS, bound)))
    }

    #[test]
    fn the_pod_of_a_claim_is_the_one_that_was_made_for_it() {
        let instants = PodInstants {
            created_ns: Some(120 * MS),
            scheduled_ns: Some(130 * MS),
            started_ns: Some(900 * MS),
            ready_ns: Some(950 * MS),
            ..PodInstants::default()
        };
        let claim = ClaimRecord { pod: Some(instants), ..ClaimRecord::of_ready(0, 100 * MS, 960 * MS) };
        assert_eq!(of_pods(&claim), [20, 30, 800, 850].map(|after| Some((after, false))));
        let pooled = ClaimRecord { intended_ns: 121 * MS, ..claim.clone() };
        assert_eq!(of_pods(&pooled), [None; 4], "it was there before the claim was due");
        assert_eq!(of_pods(&ClaimRecord { pod: None, ..claim }), [None; 4], "nobody watched");
    }

    #[test]
    fn a_claim_whose_pod_did_not_come_so_far_is_a_bound() {
        let created = PodInstants { created_ns: Some(120 * MS), ..PodInstants::default() };
        let lost = |pod, ended| ClaimRecord {
            pod: Some(pod),
            end: End::TimedOut(None),
            ended_ns: ended * MS,
            ..ClaimRecord::of_ready(0, 100 * MS, 0)
        };
        let bound = Some((9000, true));
        assert_eq!(of_pods(&lost(created, 9100)), [Some((20, false)), bound, bound, bound]);
        assert_eq!(of_pods(&lost(PodInstants::default(), 9600))[0], Some((9500, true)), "its age is more");
        let gap = PodInstants { gap: true, ..created };
        assert_eq!(of_pods(&lost(gap, 9100)), [Some((20, false)), None, None, None], "the watch may have missed them");
    }
}
