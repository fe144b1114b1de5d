use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

use super::Cause;
use super::group::Group;
use crate::measure::Stage;

/// Claims of an episode from which on it has suspects: fewer may be slow for any reason.
const FEWEST: u64 = 5;
/// A part of the claims is suspect from here on,
const MOST_OF_THEM: f64 = 0.5;
/// where it is at least so many times that of the quiet part.
const SHARE_RATIO: f64 = 2.0;
/// A time is suspect from here on, seconds: machines stall for less.
const LEAST_S: f64 = 0.05;
/// Likewise.
const TIME_RATIO: f64 = 3.0;
/// A generator that was as late, seconds,
const LATE_S: f64 = 0.02;
/// and for so much of the slowest claim's time, was starved: whatever else changed was starved with it.
const LATE_SHARE: f64 = 0.2;
/// How long a controller stands still at least, seconds.
const PAUSE_S: f64 = 0.2;

words! {
    /// What speaks for a suspect.
    pub enum Figure {
        /// Part of the claims on one node.
        NodeShare = "node_share",
        /// Part of the claims that got no Ready sandbox of their pool.
        NotWarmShare = "not_warm_share",
        /// Part of the claims that a list showed, since the watch had not.
        ListedShare = "listed_share",
        /// Mean time from the write of Ready until it was seen, seconds.
        DeliveryTime = "delivery_s",
        /// The longest time in which no claim went on, seconds; in the quiet part, the most that a claim spent with the
        /// controller.
        Standstill = "standstill_s",
        /// Part of the claims of which a write was answered with 409.
        ConflictShare = "conflict_share",
        /// Mean time with the controller, in its queue and in work, seconds.
        ControllerTime = "controller_s",
        /// Mean wait for a seat, seconds.
        SeatTime = "seat_s",
        /// Part of the claims whose create was refused and sent again.
        PushbackShare = "pushback_share",
        /// Mean time from sent to acknowledged of the creates that were under way, seconds.
        CreateTime = "create_s",
    }
}

/// What was otherwise during an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// What it speaks for.
    pub cause: Cause,
    /// What was looked at.
    pub figure: Figure,
    /// Over the claims of the episode.
    pub episode: f64,
    /// Over the claims that were not slow, or the rest of the run; null where nobody knows.
    pub quiet: Option<f64>,
    /// The node that is suspect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// An episode beside the quiet part of its run.
pub(super) struct Beside<'a> {
    pub stage: Stage,
    pub episode: &'a Group,
    pub quiet: &'a Group,
    pub standstill_s: f64,
    /// Of creates, in the episode and outside of all.
    pub create_s: [Option<f64>; 2],
    /// How late the generator was meanwhile, at most.
    pub lateness_s: f64,
    pub longest_s: f64,
    pub nodes: &'a [String],
}

impl Beside<'_> {
    /// What was otherwise, of what explains the stage; the likeliest first.
    pub fn suspects(&self) -> Vec<Suspect> {
        let own = self.lateness_s >= LATE_S && self.lateness_s >= LATE_SHARE * self.longest_s;
        if own || self.episode.count() < FEWEST || self.quiet.count() < FEWEST {
            return Vec::new();
        }
        let causes = Cause::ALL.into_iter().filter(|cause| cause.explains(self.stage));
        causes.filter_map(|cause| self.suspect(cause)).collect()
    }

    fn suspect(&self, cause: Cause) -> Option<Suspect> {
        let both = |of: fn(&Group) -> Option<f64>| [of(self.episode), of(self.quiet)];
        let share = |figure, of| more_often(cause, figure, both(of));
        let time = |figure, of| longer(cause, figure, both(of));
        match cause {
            Cause::SlowNode => self.slow_node(),
            Cause::PoolEmpty => share(Figure::NotWarmShare, Group::not_warm_share),
            Cause::Watch => share(Figure::ListedShare, Group::listed_share)
                .or_else(|| time(Figure::DeliveryTime, Group::delivery_s)),
            Cause::ControllerPause => self.pause(),
            Cause::Conflicts => share(Figure::ConflictShare, Group::conflict_share),
            Cause::ControllerBusy => time(Figure::ControllerTime, Group::controller_s),
            Cause::FlowControl => {
                time(Figure::SeatTime, Group::seat_s).or_else(|| share(Figure::PushbackShare, Group::pushback_share))
            }
            Cause::ApiLatency => longer(cause, Figure::CreateTime, self.create_s),
        }
    }

    /// Nothing went on for most of the time that the slowest claim waited.
    fn pause(&self) -> Option<Suspect> {
        let (episode, quiet) = (self.standstill_s, self.quiet.longest_controller_ns as f64 / 1e9);
        let stands = episode >= PAUSE_S && episode >= self.longest_s / 2.0 && episode >= TIME_RATIO * quiet;
        let (cause, figure) = (Cause::ControllerPause, Figure::Standstill);
        stands.then_some(Suspect { cause, figure, episode, quiet: Some(quiet), node: None })
    }

    fn slow_node(&self) -> Option<Suspect> {
        let node = self.episode.first_node()?;
        let shares = [self.episode, self.quiet].map(|group| group.node_share(node));
        let found = more_often(Cause::SlowNode, Figure::NodeShare, shares)?;
        Some(Suspect { node: self.nodes.get(node).cloned(), ..found })
    }
}

/// A part of the claims that is larger in the episode, the first of the two, than in the quiet part.
fn more_often(cause: Cause, figure: Figure, [episode, quiet]: [Option<f64>; 2]) -> Option<Suspect> {
    let (episode, quiet) = (episode?, quiet?);
    let is_more = episode >= MOST_OF_THEM && episode >= SHARE_RATIO * quiet;
    is_more.then_some(Suspect { cause, figure, episode, quiet: Some(quiet), node: None })
}

/// A time that is longer in the episode, the first of the two, than in the quiet part.
fn longer(cause: Cause, figure: Figure, [episode, quiet]: [Option<f64>; 2]) -> Option<Suspect> {
    let (episode, quiet) = (episode?, quiet?);
    let is_longer = episode >= LEAST_S && episode >= TIME_RATIO * quiet;
    is_longer.then_some(Suspect { cause, figure, episode, quiet: Some(quiet), node: None })
}
