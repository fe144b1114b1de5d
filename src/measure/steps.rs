use serde::{Deserialize, Serialize};

use super::exec::Execs;
use super::series::Series;
use super::{ClaimRecord, Distribution, ExecSummary, Figures, Percentiles, Way, Word};

/// A step of a run's sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepSummary {
    /// Its name.
    pub name: String,
    /// How it is done.
    pub kind: Word<Way>,
    /// How often it was done, and how it ended.
    #[serde(flatten)]
    pub counts: ExecSummary,
    /// From the end of the step before to its end, of all that were attempted. One that failed counts at max(its age, its
    /// deadline), censored.
    pub latency_s: Option<Figures>,
    /// Bytes of the file that it writes or reads; null of other steps.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Those bytes over each percentile of the latency, in 10^6 bytes a second: `p99` is slow. An upper bound where that
    /// percentile is a lower bound.
    #[serde(default)]
    pub mb_per_s: Option<Percentiles<f64>>,
}

/// 10^6 bytes a second, over each percentile of a latency.
fn rates(bytes: u64, latency_s: &Figures) -> Percentiles<f64> {
    // A clock that did not move says less than a nanosecond.
    Percentiles::each(|percentile| bytes as f64 / 1e6 / latency_s.get(percentile.statistic()).max(1e-9))
}

/// The steps of all sessions, in their order: each session did the same up to where it failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps(Vec<Step>);

#[derive(Debug, Clone)]
struct Step {
    name: Box<str>,
    kind: Word<Way>,
    counts: Execs,
    /// Of the file that it writes or reads, the same each time.
    bytes: Option<u64>,
    latency: Distribution,
    /// The same in order of time.
    series: Series,
}

impl Steps {
    /// Counts a claim's steps.
    pub fn record(&mut self, claim: &ClaimRecord) {
        for record in &claim.steps {
            let (nanos, censored) = record.latency();
            let step = self.step(&record.step, &record.kind);
            step.counts.count(record.reason.as_ref());
            step.bytes = step.bytes.or(record.bytes);
            step.latency.record(nanos, censored);
            step.series.record(claim.intended_ns, nanos, censored);
        }
    }

    /// Adds the steps of other sessions.
    pub fn merge(&mut self, other: &Self) {
        for from in &other.0 {
            let into = self.step(&from.name, &from.kind);
            into.counts.merge(&from.counts);
            into.bytes = into.bytes.or(from.bytes);
            into.latency.merge(&from.latency);
            into.series.merge(&from.series);
        }
    }

    pub fn summary(&self) -> Vec<StepSummary> {
        let one = |step: &Step| {
            let latency_s = Figures::of(&step.latency, &step.series, None);
            StepSummary {
                name: step.name.to_string(),
                kind: step.kind.clone(),
                counts: step.counts.summary(),
                bytes: step.bytes,
                mb_per_s: step.bytes.zip(latency_s).map(|(bytes, latency_s)| rates(bytes, &latency_s)),
                latency_s,
            }
        };
        self.0.iter().map(one).collect()
    }

    fn step(&mut self, name: &str, kind: &Word<Way>) -> &mut Step {
        let known = self.0.iter().position(|step| *step.name == *name);
        let at = known.unwrap_or_else(|| {
            let (counts, latency, series) = (Execs::default(), Distribution::default(), Series::default());
            self.0.push(Step { name: name.into(), kind: kind.clone(), counts, bytes: None, latency, series });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::measure::{Collector, Statistic, StepRecord, Timeouts};

    const MS: i64 = 1_000_000;

    fn step(name: &str, kind: &str, from: i64, to: i64, reason: Option<&str>) -> StepRecord {
        let failed = reason.map(|reason| json!({"reason": reason, "timeout_ns": 5000 * MS}));
        let mut step = json!({"step": name, "kind": kind, "from_ns": from * MS, "ended_ns": to * MS});
        for (key, value) in failed.iter().filter_map(|failed| failed.as_object()).flatten() {
            step[key] = value.clone();
        }
        let read: StepRecord = serde_json::from_value(step.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), step);
        read
    }

    /// Of 100 claims, ready after 10 ms: a suspension of 20 ms and a command of 30; every twentieth command fails.
    fn claims() -> Vec<ClaimRecord> {
        let claim = |index: u64| {
            let failure = index.is_multiple_of(20).then_some("exec_exit_3");
            let steps = vec![step("rest", "suspend", 10, 30, None), step("work", "exec", 30, 60, failure)];
            let mut claim = ClaimRecord { steps, ..ClaimRecord::of_ready(index, 0, 10 * MS) };
            claim.end = crate::measure::End::Ready(failure.map(|failure| failure.parse().unwrap()));
            (claim.first_exec_ns, claim.exec_ended_ns) = (Some(59 * MS), Some(60 * MS));
            claim
        };
        (0..100).map(claim).collect()
    }

    fn collect<'a>(claims: impl IntoIterator<Item = &'a ClaimRecord>) -> Collector {
        let mut collector = Collector::new(Timeouts { exec_ns: Some(5000 * MS), ..Timeouts::ready(9000 * MS) });
        claims.into_iter().for_each(|claim| collector.record(claim));
        collector
    }

    #[test]
    fn a_step_that_failed_counts_at_its_deadline() {
        let collector = collect(&claims());
        let [rest, work] = collector.steps().try_into().unwrap();
        assert_eq!((&*rest.name, rest.counts.attempted, rest.counts.ok_fraction), ("rest", 100, Some(1.0)));
        assert_eq!((work.counts.attempted, work.counts.ok, work.counts.failed), (100, 95, 5));
        assert_eq!(work.counts.reasons, [("exec_exit_3".to_owned(), 5)].into());
        let figures = work.latency_s.unwrap();
        assert!((figures.p95 - 0.03).abs() < 1e-4 && (figures.p99 - 5.0).abs() < 0.01, "{figures:?}");
        assert!(figures.bounds.contains(Statistic::P99) && !figures.bounds.contains(Statistic::P95));
        assert_eq!(collector.exec().unwrap(), work.counts);
    }

    #[test]
    fn only_a_failure_of_the_first_command_censors_the_first_instruction() {
        let mut claims = claims();
        for claim in claims.iter_mut().take(50) {
            claim.steps =
                vec![step("work", "exec", 10, 60, None), step("rest", "suspend", 60, 90, Some("suspend_timeout"))];
            claim.end = crate::measure::End::Ready(Some("suspend_timeout".parse().unwrap()));
        }
        let collector = collect(&claims[..50]);
        let first = collector.figures_of(crate::measure::Latency::TimeToFirstExec).unwrap();
        assert_eq!((first.count, first.censored, collector.exec().unwrap().failed), (50, 0, 0));
        claims[0].steps.remove(0);
        let collector = collect(&claims[..50]);
        let first = collector.figures_of(crate::measure::Latency::TimeToFirstExec).unwrap();
        assert_eq!((first.count, first.censored, collector.exec().unwrap().attempted), (50, 1, 49));
    }

    #[test]
    fn a_file_has_a_rate_by_the_latency() {
        let mut claims = claims();
        let write = StepRecord { bytes: Some(3_000_000), ..step("up", "write_file", 30, 60, None) };
        for claim in &mut claims {
            claim.steps.push(write.clone());
        }
        claims[7].steps[2] =
            StepRecord { bytes: Some(3_000_000), ..step("up", "write_file", 30, 60, Some("write_file_http_507")) };
        let [rest, _, up] = collect(&claims).steps().try_into().unwrap();
        assert_eq!((rest.bytes, rest.mb_per_s), (None, None));
        let (latency, rate) = (up.latency_s.unwrap(), up.mb_per_s.unwrap());
        assert_eq!((up.bytes, up.counts.failed), (Some(3_000_000), 1));
        assert!((rate.p50 - 100.0).abs() < 0.2, "{rate:?}");
        // The slow end rests on the write that failed after 30 ms, which counts at its deadline of 5 s.
        assert!(latency.bounds.contains(Statistic::P999) && (rate.p999 - 0.6).abs() < 0.01, "{rate:?}");
    }

    #[test]
    fn halves_merge_to_the_whole() {
        let mut claims = claims();
        // A session that failed early, seen first, must not change the order.
        claims[0].steps.truncate(1);
        let (whole, mut half) = (collect(&claims), collect(&claims[..1]));
        half.merge(&collect(&claims[1..]));
        assert_eq!(half.steps(), whole.steps());
    }

    #[test]
    fn what_another_version_wrote_is_kept() {
        let other = step("x", "snapshot", 1, 2, Some("snapshot_gone"));
        assert_eq!(other.latency(), (5000 * MS, true));
        assert!(!other.is_command());
    }
}
