use std::collections::BTreeMap;

use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

use super::{PodRecord, PodStage};
use crate::measure::series::Series;
use crate::measure::{Distribution, Figures};

words! {
    /// For whom Pods were made.
    pub enum PodGroup {
        /// For claims, after they were due: cold starts, and bare objects.
        Claim = "claim",
        /// For the pools: their refill.
        Pool = "pool",
    }
}

/// `pods` in `summary.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PodsSummary {
    /// Why Pods were not watched, or not to the end; null where they were.
    pub reason: Option<String>,
    /// Why the pulls of images are not known; null where Events were watched.
    pub events_reason: Option<String>,
    /// Pods that the watch showed.
    pub seen: u64,
    /// Of those, Pods that were there before the watch, or while it was interrupted.
    pub gaps: u64,
    /// The Pods that were made during the run, by for whom.
    pub groups: Vec<PodGroupSummary>,
    /// A claim's release -> its Pod gone, and its address and its room on the node with it. Seconds.
    pub release_to_gone_s: Option<Figures>,
    /// Pods of released claims that were still there at the end.
    pub pending: u64,
}

/// The Pods that were made for one purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodGroupSummary {
    /// Which.
    pub group: PodGroup,
    /// How many.
    pub pods: u64,
    /// From the first of them created to the last of them ready, Pods a second; null of fewer than two.
    pub ready_rate: Option<f64>,
    /// Seconds by stage. A Pod that did not come to a stage's end counts at its age, and at no less than the longest that
    /// did, censored.
    pub stages_s: BTreeMap<PodStage, Option<Figures>>,
}

impl PodsSummary {
    /// Of the Pods that a run's watch showed until `until_ns`, nanoseconds since its start.
    #[must_use]
    pub fn of(pods: &[PodRecord], until_ns: i64) -> Self {
        let of = |group: PodGroup| {
            let is_in = |pod: &&PodRecord| {
                pod.instants.created_ns.is_some_and(|at| at >= 0 || pod.is_of_claim())
                    && (group == PodGroup::Claim) == pod.is_of_claim()
            };
            let pods: Vec<&PodRecord> = pods.iter().filter(is_in).collect();
            (!pods.is_empty()).then(|| PodGroupSummary::of(group, &pods, until_ns))
        };
        let removed = |pod: &PodRecord| {
            let gone = pod.gone_ns.or((!pod.lost).then_some(until_ns))?;
            Some((pod.released_ns?, gone, pod.gone_ns.is_none()))
        };
        Self {
            seen: pods.len() as u64,
            gaps: pods.iter().filter(|pod| pod.instants.gap).count() as u64,
            groups: PodGroup::ALL.into_iter().filter_map(of).collect(),
            release_to_gone_s: figures(pods.iter().filter_map(removed)),
            pending: pods.iter().filter(|pod| pod.is_pending()).count() as u64,
            ..Self::default()
        }
    }
}

impl PodGroupSummary {
    fn of(group: PodGroup, pods: &[&PodRecord], until_ns: i64) -> Self {
        let of_stage = |stage: PodStage| {
            let span = |pod: &&PodRecord| match stage.ends(pod) {
                (Some(from), Some(to)) => Some((from, to, false)),
                (Some(_), None) if stage.may_be_unseen(pod) => None,
                (Some(from), None) => Some((from, pod.gone_ns.unwrap_or(until_ns), true)),
                (None, _) => None,
            };
            (stage, figures(pods.iter().filter_map(span)))
        };
        let created = pods.iter().filter_map(|pod| pod.instants.created_ns).min();
        let ready: Vec<i64> = pods.iter().filter_map(|pod| pod.instants.ready_ns).collect();
        let length_ns = ready.iter().max().zip(created).map(|(last, first)| last - first).filter(|length| *length > 0);
        let rate = length_ns.filter(|_| ready.len() > 1).map(|length| ready.len() as f64 * 1e9 / length as f64);
        Self {
            group,
            pods: pods.len() as u64,
            ready_rate: rate,
            stages_s: PodStage::ALL.into_iter().map(of_stage).collect(),
        }
    }
}

/// Of spans from one instant to another, the latter a lower bound where the third says so: such a one ranks last.
fn figures(spans: impl Iterator<Item = (i64, i64, bool)>) -> Option<Figures> {
    let spans: Vec<_> = spans.collect();
    let longest = spans.iter().filter(|(.., censored)| !censored).map(|(from, to, _)| to - from).max().unwrap_or(0);
    let (mut values, mut series) = (Distribution::default(), Series::default());
    for (from, to, censored) in spans {
        let nanos = if censored { (to - from).max(longest) } else { to - from };
        values.record(nanos, censored);
        series.record(from, nanos, censored);
    }
    Figures::of(&values, &series, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{PodInstants, Statistic};

    const MS: i64 = 1_000_000;

    /// Milliseconds: created, scheduled 10 later, started 100 later, ready 150 later.
    fn pod(created: i64) -> PodRecord {
        let at = |after: i64| Some((created + after) * MS);
        let instants = PodInstants {
            created_ns: at(0),
            scheduled_ns: at(10),
            image_pulled_ns: None,
            started_ns: at(100),
            ready_ns: at(150),
            gap: false,
        };
        PodRecord { instants, ..PodRecord::default() }
    }

    fn p50(summary: &PodsSummary, group: usize, stage: PodStage) -> f64 {
        summary.groups[group].stages_s[&stage].unwrap().p50
    }

    #[test]
    fn pods_of_claims_are_told_from_those_of_the_pools() {
        let cold = PodRecord { intended_ns: Some(990 * MS), ..pod(1000) };
        let pooled = PodRecord { intended_ns: Some(5000 * MS), ..pod(2000) };
        let before = pod(-500);
        let summary = PodsSummary::of(&[cold, pooled, pod(2100), before], 9000 * MS);
        let told: Vec<_> = summary.groups.iter().map(|it| (it.group, it.pods)).collect();
        assert_eq!(told, [(PodGroup::Claim, 1), (PodGroup::Pool, 2)], "one was made before the run");
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 2e-3;
        assert!(near(p50(&summary, 0, PodStage::Scheduling), 0.01) && near(p50(&summary, 0, PodStage::Start), 0.09));
        assert!(near(p50(&summary, 1, PodStage::Readiness), 0.05) && near(p50(&summary, 1, PodStage::Whole), 0.15));
        assert_eq!(summary.groups[0].stages_s[&PodStage::ImagePull], None, "they started, and no Event came");
        assert_eq!((summary.groups[0].ready_rate, summary.groups[1].ready_rate), (None, Some(8.0)));
    }

    #[test]
    fn a_pod_that_never_started_is_a_bound_and_one_behind_a_gap_is_none() {
        let stuck = |gap| {
            let mut pod = pod(1000);
            (pod.instants.started_ns, pod.instants.ready_ns, pod.instants.gap) = (None, None, gap);
            pod
        };
        let summary = PodsSummary::of(&[pod(0), stuck(false), stuck(true)], 1050 * MS);
        let start = summary.groups[0].stages_s[&PodStage::Start].unwrap();
        assert_eq!((start.count, start.censored, summary.gaps), (2, 1, 1));
        assert!(start.bounds.contains(Statistic::P99) && !start.bounds.contains(Statistic::P50));
        assert!(start.p50 < 0.091 && start.max >= 0.09, "40 ms of age say no less than the longest: {start:?}");
    }

    #[test]
    fn a_pod_that_stays_after_its_claims_release_is_pending() {
        let released = |gone| PodRecord { released_ns: Some(100 * MS), gone_ns: gone, ..pod(0) };
        let summary = PodsSummary::of(&[released(Some(400 * MS)), released(None), pod(0)], 5000 * MS);
        let figures = summary.release_to_gone_s.unwrap();
        assert_eq!((figures.count, figures.censored, summary.pending), (2, 1, 1));
        assert!((figures.min - 0.3).abs() < 1e-9 && (figures.max - 4.9).abs() < 1e-9);
        assert_eq!(PodsSummary::of(&[], 0).release_to_gone_s, None);
    }
}
