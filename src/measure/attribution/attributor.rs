use std::collections::BTreeMap;

use super::creates::Creates;
use super::episode::{Episode, alike, slowest_first, span};
use super::group::{Group, Traits};
use super::lateness::Latenesses;
use super::slow_claim::SlowClaim;
use super::standstill::Standstills;
use super::suspect::Beside;
use super::{Attribution, Totals, stages_of};
use crate::measure::{ClaimRecord, Outcome};

/// A claim is slow that took so many times the median.
const SLOW: i64 = 3;
/// Episodes in the result, at most.
const EPISODES: usize = 12;
/// Claims that are named though they are in no episode.
const NAMED: usize = 25;

/// Finds out why claims were slow, in a second look at all of them.
pub struct Attributor {
    /// Longer is slow.
    slow_ns: i64,
    /// As long is among the slowest.
    slowest_ns: i64,
    found: Vec<SlowClaim>,
    /// The claims that are not slow.
    quiet: Group,
    standstills: Standstills,
    creates: Creates,
    latenesses: Latenesses,
    nodes: BTreeMap<String, usize>,
}

impl Attributor {
    /// `totals` are of the same claims.
    #[must_use]
    pub fn new(totals: &Totals) -> Self {
        let ready = totals.ready();
        let nanos = |quantile: f64| ready.quantile(quantile).map_or(0, |seconds| (seconds * 1e9) as i64);
        let slowest = 1.0 - NAMED as f64 / ready.count().max(1) as f64;
        let slow_ns = SLOW * nanos(0.5);
        Self {
            slow_ns,
            slowest_ns: slow_ns.min(nanos(slowest.max(0.0))),
            found: Vec::new(),
            quiet: Group::default(),
            standstills: Standstills::default(),
            creates: Creates::default(),
            latenesses: Latenesses::default(),
            nodes: BTreeMap::new(),
        }
    }

    /// Looks at one claim. What was refused or never sent did not wait.
    pub fn record(&mut self, claim: &ClaimRecord) {
        let timed_out = claim.outcome() == Outcome::TimedOut;
        if !claim.is_ready() && !timed_out {
            return;
        }
        claim.bound_ns.into_iter().chain(claim.ready_ns).for_each(|at| self.standstills.note(at));
        if let (Some(sent), Some(at)) = (claim.sent_ns, claim.acknowledged_ns) {
            // Without what may be the generator's own lateness.
            self.creates.note(sent, (at - claim.late_ns.acknowledged.unwrap_or(0)).max(sent));
        }
        self.latenesses.note(claim);
        let next = self.nodes.len();
        let node = claim.node.as_ref().map(|node| *self.nodes.entry(node.clone()).or_insert(next));
        let stages = stages_of(claim);
        let traits = Traits::of(claim, &stages, node);
        let to_ns = claim.ready_ns.filter(|_| claim.is_ready()).unwrap_or(claim.ended_ns);
        let nanos = to_ns - claim.intended_ns;
        if !timed_out && nanos <= self.slow_ns {
            self.quiet.add(&traits);
        }
        let longest = stages.iter().max_by_key(|(_, nanos)| **nanos).map(|(stage, _)| *stage);
        if let Some(stage) = longest.filter(|_| timed_out || nanos >= self.slowest_ns) {
            let (index, from_ns) = (claim.index, claim.intended_ns);
            self.found.push(SlowClaim { index, from_ns, to_ns, stage, timed_out, traits });
        }
    }

    /// Sorts them into episodes; `totals` as in [`Attributor::new`].
    #[must_use]
    pub fn conclude(self, totals: &Totals) -> Attribution {
        let slow_ns = self.slow_ns;
        let is_slow = |claim: &SlowClaim| claim.timed_out || claim.nanos() > slow_ns;
        let (slow, mut others): (Vec<_>, Vec<_>) = self.found.iter().copied().partition(is_slow);
        let count = slow.len() as u64;
        let (mut groups, few) = alike(slow);
        groups.sort_by_key(|group| std::cmp::Reverse(group.iter().map(SlowClaim::nanos).sum::<i64>()));
        let left = groups.split_off(EPISODES.min(groups.len()));
        others.extend(few.into_iter().chain(left.into_iter().flatten()));
        groups.sort_by_key(|group| span(group));
        slowest_first(&mut others);
        Attribution {
            stages: totals.stages(),
            slow_s: slow_ns as f64 / 1e9,
            slow: count,
            episodes: self.episodes(&groups),
            unlisted: others.iter().skip(NAMED).filter(|claim| is_slow(claim)).count() as u64,
            others: others.iter().take(NAMED).map(|claim| claim.index).collect(),
        }
    }

    fn episodes(&self, groups: &[Vec<SlowClaim>]) -> Vec<Episode> {
        let mut nodes: Vec<(usize, String)> = self.nodes.iter().map(|(name, at)| (*at, name.clone())).collect();
        nodes.sort_unstable();
        let nodes: Vec<String> = nodes.into_iter().map(|(_, name)| name).collect();
        let spans: Vec<(i64, i64)> = groups.iter().map(|claims| span(claims)).collect();
        let quiet_create_s = self.creates.quiet_s(&spans);
        let episode = |claims: &Vec<SlowClaim>| {
            let (from_ns, to_ns) = span(claims);
            let beside = Beside {
                stage: claims[0].stage,
                episode: &Group::of(claims.iter().map(|claim| &claim.traits)),
                quiet: &self.quiet,
                standstill_s: self.standstills.longest_ns(from_ns, to_ns) as f64 / 1e9,
                create_s: [self.creates.mean_s(from_ns, to_ns), quiet_create_s],
                lateness_s: self.latenesses.longest_ns(from_ns, to_ns) as f64 / 1e9,
                longest_s: claims[0].nanos() as f64 / 1e9,
                nodes: &nodes,
            };
            Episode::of(claims, beside.suspects())
        };
        groups.iter().map(episode).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cause;
    use super::*;
    use crate::measure::{End, Stage};

    const MS: i64 = 1_000_000;

    /// Milliseconds.
    fn claim(index: u64, from: i64, took: i64, stage: Stage) -> ClaimRecord {
        let mut claim = ClaimRecord::of_ready(index, from * MS, (from + took) * MS);
        claim.stages_ns = [(stage, took * MS)].into();
        claim
    }

    fn attribution(claims: &[ClaimRecord]) -> Attribution {
        let mut totals = Totals::default();
        for claim in claims {
            totals.record(claim);
        }
        let mut attributor = Attributor::new(&totals);
        for claim in claims {
            attributor.record(claim);
        }
        attributor.conclude(&totals)
    }

    /// Claims that take 10 ms each.
    fn quiet(count: u64) -> impl Iterator<Item = ClaimRecord> {
        (1000..1000 + count).map(|at| claim(at, at as i64 * 10, 10, Stage::Work))
    }

    #[test]
    fn an_episode_is_of_claims_that_waited_together_for_the_same() {
        let stall = (0..40).map(|at| claim(at, 1000 + at as i64, 100, Stage::Queue));
        let later = (50..54).map(|at| claim(at, 1200, 100, Stage::Queue));
        let beside = (60..63).map(|at| claim(at, 1010, 80, Stage::ApiCreate));
        let alone = [claim(70, 5000, 100, Stage::Queue)];
        let all: Vec<_> = quiet(100).chain(stall).chain(later).chain(beside).chain(alone).collect();
        let found = attribution(&all);
        let told: Vec<_> = found.episodes.iter().map(|it| (it.from_s, it.claims, it.stage)).collect();
        assert_eq!(told, [(1.0, 40, Stage::Queue), (1.01, 3, Stage::ApiCreate), (1.2, 4, Stage::Queue)]);
        assert_eq!(found.episodes[0].slowest, (0..40).collect::<Vec<_>>(), "as slow: by index");
        assert_eq!((found.episodes[0].to_s, found.episodes[0].longest_s), (1.139, 0.1));
        assert_eq!((found.slow, found.others, found.unlisted), (48, vec![70], 0));
        assert_eq!(found.stages[0].stage, Stage::Queue, "45 of 100 ms are more than 100 of 10 ms");
    }

    #[test]
    fn no_slow_claim_is_left_out_of_the_count() {
        // Fifteen episodes of three, fifty that stand alone.
        let groups = (0..45).map(|at| claim(at, at as i64 / 3 * 1000, 500, Stage::Queue));
        let alone = (100..150).map(|at| claim(at, at as i64 * 1000, 400, Stage::Work));
        let all: Vec<_> = quiet(200).chain(groups).chain(alone).collect();
        let found = attribution(&all);
        let told: u64 = found.episodes.iter().map(|it| it.claims).sum();
        assert_eq!((found.episodes.len(), told, found.others.len()), (12, 36, 25));
        assert_eq!((told + found.others.len() as u64 + found.unlisted, found.slow), (95, 95));
    }

    #[test]
    fn a_claim_that_timed_out_waited_however_short() {
        let timed_out = |at| ClaimRecord { end: End::TimedOut(None), ..claim(at, 0, 10, Stage::Work) };
        let found = attribution(&(0..3).map(timed_out).collect::<Vec<_>>());
        assert_eq!((found.episodes[0].claims, found.episodes[0].timed_out), (3, 3));
        assert!(found.episodes[0].suspects.is_empty(), "too few to suspect anything");
    }

    #[test]
    fn a_pause_is_told_from_a_queue() {
        let seen = |mut claim: ClaimRecord| {
            claim.bound_ns = claim.ready_ns;
            claim
        };
        let paused = (0..10).map(|at| claim(at, 20_000 + at as i64 * 100, 2000 - at as i64 * 100, Stage::Queue));
        let busy = (20..120).map(|at| claim(at, 20_000, (at as i64 - 19) * 20, Stage::Queue));
        for (slow, cause) in
            [(paused.collect::<Vec<_>>(), Cause::ControllerPause), (busy.collect(), Cause::ControllerBusy)]
        {
            let found = attribution(&quiet(900).chain(slow).map(seen).collect::<Vec<_>>());
            assert_eq!(found.episodes[0].suspects[0].cause, cause);
        }
    }

    #[test]
    fn a_node_is_suspect_only_where_the_others_are_elsewhere() {
        let on = |node: String, claim: ClaimRecord| ClaimRecord { node: Some(node), ..claim };
        let slow = || (0..8).map(|at| on("n-3".into(), claim(at, 500, 4000, Stage::PodStart)));
        let spread =
            (1000..1100).map(|at| on(format!("n-{}", at % 10), claim(at, at as i64 * 10, 900, Stage::PodStart)));
        let found = attribution(&spread.chain(slow()).collect::<Vec<_>>());
        let suspect = &found.episodes[0].suspects[0];
        assert_eq!((suspect.cause, suspect.node.as_deref()), (Cause::SlowNode, Some("n-3")));
        assert_eq!((suspect.episode, suspect.quiet), (1.0, Some(0.1)));
        let alone = quiet(100).map(|claim| on("n-3".into(), claim));
        assert!(attribution(&alone.chain(slow()).collect::<Vec<_>>()).episodes[0].suspects.is_empty(), "one node");
    }
}
