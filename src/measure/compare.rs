//! Is one run slower than another, beyond what chance and autocorrelation explain?
//!
//! Claims close in time share a queue, so they are no independent samples. The run is cut into blocks of time and whole
//! blocks are resampled (Künsch 1989, block bootstrap); the confidence is shared among the metrics (Bonferroni).

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{ClaimRecord, Latency};

/// Resamples: enough for the tail that the correction asks for.
const RESAMPLES: usize = 4000;
/// Chance of one false alarm over all metrics.
const ALPHA: f64 = 0.01;
/// Blocks a run is cut into; fewer where it has too few claims to fill them.
const BLOCKS: usize = 30;
const CLAIMS_PER_BLOCK: usize = 5;
/// Logarithmic bins: 128 a factor of two, so that a bin is 0.5 % wide.
const BINS_PER_OCTAVE: f64 = 128.0;

/// How one figure changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The figure, as objectives name it.
    pub metric: String,
    /// In the base; null of nothing.
    pub base: Option<f64>,
    /// In the new run.
    pub new: Option<f64>,
    /// Relative change, new / base - 1 for latencies, new - base for fractions.
    pub change: Option<f64>,
    /// Interval of the change at the corrected confidence.
    pub interval: Option<(f64, f64)>,
    /// True where the whole interval is worse than the smallest effect that matters.
    pub regression: bool,
    /// True where the whole interval is better by as much.
    pub improvement: bool,
}

/// Compares the claims of two runs (or sets of runs). `minimum_effect` is the smallest change that matters, as a
/// share; `seed` makes the answer repeatable.
#[must_use]
pub fn compare(
    base: &[ClaimRecord],
    new: &[ClaimRecord],
    ready_timeout_ns: i64,
    minimum_effect: f64,
    seed: u64,
) -> Vec<Difference> {
    let metrics = Metric::all();
    let tail = ALPHA / metrics.len() as f64 / 2.0;
    let compare_one = |metric: &Metric| {
        let (base, new) = (metric.series(base, ready_timeout_ns), metric.series(new, ready_timeout_ns));
        metric.difference(&base, &new, tail, minimum_effect, seed)
    };
    metrics.iter().map(compare_one).collect()
}

enum Metric {
    Quantile(Latency, f64, &'static str),
    Fraction(&'static str, fn(&ClaimRecord) -> Option<bool>),
}

/// One metric of one run, cut into blocks.
struct Series {
    blocks: Vec<Block>,
    /// Bins below the first and from `first + width` on are empty in every block.
    first: usize,
    width: usize,
}

/// A block: latencies by bin, or hits of trials.
struct Block {
    bins: Vec<(usize, u32)>,
    hits: u64,
    trials: u64,
}

impl Metric {
    fn all() -> Vec<Self> {
        let quantiles = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99")];
        let ready = quantiles.map(|(quantile, name)| Self::Quantile(Latency::TimeToReady, quantile, name));
        let mut all: Vec<Self> = ready.into();
        all.push(Self::Quantile(Latency::TimeToFirstExec, 0.5, "p50"));
        all.push(Self::Fraction("ready_fraction", |claim| Some(claim.is_ready())));
        let warm = |claim: &ClaimRecord| claim.class.map(|class| class == super::Class::Warm);
        all.push(Self::Fraction("warm_fraction", warm));
        all
    }

    fn name(&self) -> String {
        match self {
            Self::Quantile(latency, _, statistic) => format!("{}.{statistic}", latency.name()),
            Self::Fraction(name, _) => (*name).to_owned(),
        }
    }

    /// The claims in order of time, cut into blocks of equal length in time.
    fn series(&self, claims: &[ClaimRecord], ready_timeout_ns: i64) -> Series {
        let (first, last) = claims.iter().fold((i64::MAX, i64::MIN), |(first, last), claim| {
            (first.min(claim.intended_ns), last.max(claim.intended_ns))
        });
        let count = (claims.len() / CLAIMS_PER_BLOCK).clamp(1, BLOCKS);
        let length = ((last.saturating_sub(first)) / count as i64 + 1).max(1);
        let mut blocks: Vec<_> = (0..count).map(|_| (BTreeMap::new(), 0, 0)).collect();
        for claim in claims {
            let (bins, hits, trials) = &mut blocks[((claim.intended_ns - first) / length) as usize];
            match self {
                Self::Quantile(latency, ..) => {
                    if let Some((nanos, _)) = latency.of(claim, ready_timeout_ns) {
                        *bins.entry(bin(nanos)).or_insert(0) += 1;
                    }
                }
                Self::Fraction(_, hit) => {
                    if let Some(hit) = hit(claim) {
                        *hits += u64::from(hit);
                        *trials += 1;
                    }
                }
            }
        }
        let lowest = blocks.iter().filter_map(|(bins, ..)| bins.keys().next()).min().copied().unwrap_or(0);
        let highest = blocks.iter().filter_map(|(bins, ..)| bins.keys().next_back()).max().copied().unwrap_or(0);
        let block = |(bins, hits, trials): (BTreeMap<usize, u32>, u64, u64)| Block {
            bins: bins.into_iter().map(|(at, count)| (at - lowest, count)).collect(),
            hits,
            trials,
        };
        Series { blocks: blocks.into_iter().map(block).collect(), first: lowest, width: highest - lowest + 1 }
    }

    /// The figure over the picked blocks.
    fn value(&self, series: &Series, picks: &[usize]) -> Option<f64> {
        let picked = picks.iter().map(|pick| &series.blocks[*pick]);
        match self {
            Self::Fraction(..) => {
                let (hits, trials) =
                    picked.fold((0, 0), |(hits, trials), block| (hits + block.hits, trials + block.trials));
                (trials > 0).then(|| hits as f64 / trials as f64)
            }
            Self::Quantile(_, quantile, _) => {
                let mut bins = vec![0; series.width];
                let mut total = 0_u64;
                for (at, count) in picked.flat_map(|block| &block.bins) {
                    bins[*at] += count;
                    total += u64::from(*count);
                }
                let rank = ((quantile * total as f64).ceil() as u64).max(1);
                let mut below = 0;
                let at = bins.iter().position(|count| {
                    below += u64::from(*count);
                    below >= rank
                });
                at.filter(|_| total > 0).map(|at| middle(series.first + at))
            }
        }
    }

    fn change(&self, base: f64, new: f64) -> f64 {
        match self {
            Self::Quantile(..) => new / base - 1.0,
            Self::Fraction(..) => new - base,
        }
    }

    fn difference(&self, base: &Series, new: &Series, tail: f64, minimum_effect: f64, seed: u64) -> Difference {
        let whole = |series: &Series| self.value(series, &(0..series.blocks.len()).collect::<Vec<_>>());
        let (before, after) = (whole(base), whole(new));
        let change = before.zip(after).map(|(before, after)| self.change(before, after));
        let interval = change.and_then(|_| self.interval(base, new, tail, seed));
        // More is worse for latencies, less for fractions.
        let beyond = |(low, high): (f64, f64)| match self {
            Self::Quantile(..) => (low > minimum_effect, high < -minimum_effect),
            Self::Fraction(..) => (high < -minimum_effect, low > minimum_effect),
        };
        let (regression, improvement) = interval.map_or((false, false), beyond);
        Difference { metric: self.name(), base: before, new: after, change, interval, regression, improvement }
    }

    fn interval(&self, base: &Series, new: &Series, tail: f64, seed: u64) -> Option<(f64, f64)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut resample = |series: &Series| {
            let count = series.blocks.len();
            let picks: Vec<usize> = (0..count).map(|_| random.random_range(0..count)).collect();
            self.value(series, &picks)
        };
        let pairs = (0..RESAMPLES).filter_map(|_| resample(base).zip(resample(new)));
        let mut changes: Vec<f64> = pairs.map(|(before, after)| self.change(before, after)).collect();
        changes.sort_by(f64::total_cmp);
        let last = changes.len().checked_sub(1)?;
        let at = |quantile: f64| changes[((quantile * changes.len() as f64) as usize).min(last)];
        Some((at(tail), at(1.0 - tail)))
    }
}

fn bin(nanos: i64) -> usize {
    let octaves = (nanos.max(1) as f64).log2();
    (octaves * BINS_PER_OCTAVE) as usize
}

/// Middle of a bin, in seconds.
fn middle(bin: usize) -> f64 {
    ((bin as f64 + 0.5) / BINS_PER_OCTAVE).exp2() / 1e9
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::thread;

    use rand_distr::{Distribution, LogNormal};

    use super::*;
    use crate::measure::End;

    /// 20 servers, Poisson arrivals, lognormal service: latencies with the autocorrelation of a real queue.
    fn queue(seed: u64, slower: f64) -> Vec<ClaimRecord> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let service = LogNormal::new((0.05 * slower).ln(), 0.5).unwrap();
        let mut free = [0.0_f64; 20];
        let mut now = 0.0;
        (0..6000)
            .map(|index| {
                let gap: f64 = rand_distr::Exp1.sample(&mut random);
                now += gap / 250.0;
                let next = free.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
                *next = next.max(now) + service.sample(&mut random);
                ClaimRecord::of_ready(index, (now * 1e9) as i64, (*next * 1e9) as i64)
            })
            .collect()
    }

    #[test]
    #[ignore = "slow: two hundred queues are resampled"]
    fn the_same_system_raises_two_alarms_in_a_hundred_at_most() {
        let alarm = |seed: u64| {
            let differences = compare(&queue(seed, 1.0), &queue(seed + 10_000, 1.0), i64::MAX, 0.02, seed);
            differences.iter().any(|difference| difference.regression)
        };
        let count = |seeds: Range<u64>| seeds.filter(|seed| alarm(*seed)).count();
        // Two minutes of one core.
        let alarms = thread::scope(|scope| {
            let other = scope.spawn(|| count(0..50));
            count(50..100) + other.join().unwrap()
        });
        assert!(alarms <= 2, "{alarms} alarms");
    }

    #[test]
    fn a_fifth_slower_is_seen_and_named() {
        let differences = compare(&queue(1, 1.0), &queue(2, 1.2), i64::MAX, 0.02, 3);
        let regressions: Vec<_> = differences.iter().filter(|it| it.regression).map(|it| it.metric.as_str()).collect();
        assert!(regressions.contains(&"time_to_ready.p50"), "{differences:#?}");
        assert!(differences.iter().all(|difference| !difference.improvement));
    }

    #[test]
    fn the_same_run_is_no_different_from_itself() {
        let run = queue(5, 1.0);
        for difference in compare(&run, &run, i64::MAX, 0.02, 1) {
            assert!(!difference.regression && !difference.improvement, "{difference:?}");
            assert!(difference.change.is_none_or(|change| change.abs() < 1e-9));
        }
    }

    #[test]
    fn lost_claims_are_a_regression_of_the_fraction() {
        let base = queue(1, 1.0);
        let mut new = base.clone();
        new.iter_mut().filter(|claim| claim.index % 5 == 0).for_each(|claim| claim.end = End::TimedOut(None));
        let differences = compare(&base, &new, 1_000_000_000, 0.02, 1);
        let ready = differences.iter().find(|it| it.metric == "ready_fraction").unwrap();
        assert!(ready.regression && ready.change.is_some_and(|change| (change + 0.2).abs() < 0.01));
    }
}
