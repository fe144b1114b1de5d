use serde::{Deserialize, Serialize};

use crate::config::WarmPool;

/// A pool as its status said it at an instant: a line of `pools.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSample {
    /// When it was read, ns since the run's start; it was so then, or up to a reading's distance earlier.
    pub at_ns: i64,
    /// Namespace of the pool.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `spec.replicas`.
    pub wanted: u64,
    /// `status.replicas`.
    pub replicas: u64,
    /// `status.readyReplicas`.
    pub ready: u64,
}

/// What a run did to a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolSummary {
    /// Namespace of the pool.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Sandboxes it should hold.
    pub wanted: u64,
    /// Ready ones before the first claim.
    pub ready_at_start: u64,
    /// Fewest Ready ones.
    pub lowest_ready: u64,
    /// From the first sign of claims to the first reading in which it was full again; null where it never was, or never
    /// ceased to be.
    pub time_to_full_s: Option<f64>,
    /// From the release of the run's last claim to the first reading from which on it was full; 0 where it was full before.
    /// Null where it was not full at the last reading, or nothing was released.
    #[serde(default)]
    pub full_after_release_s: Option<f64>,
    /// Ready sandboxes lost per second from the last full reading to the lowest; a lower bound, as a reading may come up to
    /// 250 ms after the change. Null where it never ceased to be full.
    #[serde(default)]
    pub drain_rate: Option<f64>,
    /// Ready sandboxes gained per second from the lowest reading to full; a lower bound while claims go on taking them.
    pub refill_rate: Option<f64>,
}

impl PoolSummary {
    /// The summaries of the pools that were read, of the samples of all. `released_ns`: when the run's last claim was
    /// released, since its start.
    #[must_use]
    pub fn of_all(pools: &[WarmPool], samples: &[PoolSample], released_ns: Option<i64>) -> Vec<Self> {
        let of = |pool: &WarmPool| -> Vec<&PoolSample> {
            samples.iter().filter(|it| it.name == pool.name && it.namespace == pool.namespace).collect()
        };
        pools.iter().filter_map(|pool| Self::of(&of(pool), released_ns)).collect()
    }

    /// The summary of one pool's samples, in order of time; `None` of none.
    #[must_use]
    pub fn of(samples: &[&PoolSample], released_ns: Option<i64>) -> Option<Self> {
        let first = samples.first()?;
        let lowest = samples.iter().min_by_key(|sample| sample.ready)?;
        let is_full = |sample: &PoolSample| sample.ready >= sample.wanted;
        let drained = samples.iter().find(|sample| !is_full(sample)).filter(|_| is_full(first) || first.at_ns <= 0);
        let full = samples.iter().rev().take_while(|sample| is_full(sample)).last();
        let is_full_since = full.map(|full| full.at_ns);
        let full = full.filter(|full| full.at_ns > lowest.at_ns);
        let last_full = samples.iter().take_while(|sample| sample.at_ns < lowest.at_ns).filter(|it| is_full(it)).last();
        let seconds = |from: &PoolSample, to: &PoolSample| (to.at_ns - from.at_ns) as f64 / 1e9;
        let gained = full.map(|full| (full.ready - lowest.ready) as f64);
        Some(Self {
            namespace: first.namespace.clone(),
            name: first.name.clone(),
            wanted: samples.last()?.wanted,
            ready_at_start: first.ready,
            lowest_ready: lowest.ready,
            time_to_full_s: drained.zip(full).map(|(drained, full)| seconds(drained, full)),
            full_after_release_s: is_full_since
                .zip(released_ns)
                .map(|(full, released)| (full - released).max(0) as f64 / 1e9),
            drain_rate: last_full.map(|full| (full.ready - lowest.ready) as f64 / seconds(full, lowest)),
            refill_rate: gained.zip(full).map(|(gained, full)| gained / seconds(lowest, full)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ready: &[u64]) -> Vec<PoolSample> {
        let sample = |(at, ready): (usize, &u64)| PoolSample {
            at_ns: at as i64 * 1_000_000_000,
            namespace: "n".into(),
            name: "p".into(),
            wanted: 100,
            replicas: 100,
            ready: *ready,
        };
        ready.iter().enumerate().map(sample).collect()
    }

    fn of(ready: &[u64]) -> PoolSummary {
        PoolSummary::of(&samples(ready).iter().collect::<Vec<_>>(), Some(4_500_000_000)).unwrap()
    }

    #[test]
    fn a_drained_pool_that_fills_again() {
        let summary = of(&[100, 40, 0, 25, 50, 75, 100, 100]);
        assert_eq!((summary.ready_at_start, summary.lowest_ready), (100, 0));
        assert_eq!((summary.time_to_full_s, summary.refill_rate), (Some(5.0), Some(25.0)));
        assert_eq!((summary.drain_rate, summary.full_after_release_s), (Some(50.0), Some(1.5)));
    }

    #[test]
    fn one_that_stays_full_or_never_is_again() {
        let full = of(&[100, 100]);
        assert_eq!((full.lowest_ready, full.time_to_full_s, full.refill_rate), (100, None, None));
        assert_eq!((full.drain_rate, full.full_after_release_s), (None, Some(0.0)), "full before the last release");
        let empty = of(&[100, 10, 20]);
        assert_eq!((empty.drain_rate, empty.full_after_release_s), (Some(90.0), None));
        assert_eq!((empty.lowest_ready, empty.time_to_full_s, empty.refill_rate), (10, None, None));
        assert!(PoolSummary::of(&[], None).is_none());
    }
}
