use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::measure::{BUCKET_BOUNDS_US, BucketCounts};

/// Parts of each doubling: a value is known to 0.4 %.
const PARTS: u64 = 128;
/// Durations are counted in so many ns.
const UNIT_NS: i64 = 100;
/// Doublings of [`PARTS`] units, up to hours.
const DOUBLINGS: u64 = 32;
const PARTS_OF_ALL: usize = (PARTS * (DOUBLINGS + 1)) as usize;

/// Durations for the live view, to 0.4 %, and for metrics that are pushed, by bucket: counted without a lock. No result is
/// made of them.
#[derive(Debug)]
pub struct LiveHistogram {
    parts: Box<[AtomicU64]>,
    buckets: [AtomicU64; BUCKET_BOUNDS_US.len() + 1],
    sum_ns: AtomicI64,
}

/// How many values each part held at an instant.
#[derive(Debug, Clone, Default)]
pub struct LiveCounts(Vec<u64>);

impl Default for LiveHistogram {
    fn default() -> Self {
        Self {
            parts: (0..PARTS_OF_ALL).map(|_| AtomicU64::new(0)).collect(),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            sum_ns: AtomicI64::new(0),
        }
    }
}

impl LiveHistogram {
    /// Counts a duration.
    pub fn record(&self, nanos: i64) {
        self.parts[part(nanos)].fetch_add(1, Ordering::Relaxed);
        self.count_in(BucketCounts::bucket(nanos), nanos);
    }

    /// Counts what never ended above every bound. `nanos` is how long it has lasted, which is a lower bound: the sum takes it,
    /// and the live view does not.
    pub fn record_endless(&self, nanos: i64) {
        self.count_in(BUCKET_BOUNDS_US.len(), nanos);
    }

    fn count_in(&self, bucket: usize, nanos: i64) {
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What each bucket holds now.
    #[must_use]
    pub fn bucket_counts(&self) -> BucketCounts {
        let counts = self.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        BucketCounts { counts, sum_s: self.sum_ns.load(Ordering::Relaxed) as f64 / 1e9 }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> LiveCounts {
        LiveCounts(self.parts.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }
}

impl LiveCounts {
    /// What was counted since `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let before = before.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(before).map(|(now, before)| now.saturating_sub(before)).collect())
    }

    /// The value at `quantile`, nearest rank, in seconds, where `beyond` more values are larger than all that are counted;
    /// infinite where it is one of those, `None` of nothing.
    #[must_use]
    pub fn quantile(&self, quantile: f64, beyond: u64) -> Option<f64> {
        let all = self.0.iter().sum::<u64>() + beyond;
        let rank = ((quantile * all as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let at = self.0.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        (all > 0).then(|| at.map_or(f64::INFINITY, seconds))
    }
}

fn part(nanos: i64) -> usize {
    let units = (nanos / UNIT_NS).max(0) as u64;
    let shift = (units / PARTS).checked_ilog2().map_or(0, u64::from);
    let at = shift * PARTS + (units >> shift);
    (at as usize).min(PARTS_OF_ALL - 1)
}

/// The middle of a part.
fn seconds(part: usize) -> f64 {
    let shift = (part as u64 / PARTS).saturating_sub(1);
    let units = ((part as u64 - shift * PARTS) << shift) as f64 + (1_u64 << shift) as f64 / 2.0;
    units * UNIT_NS as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_to_half_a_percent() {
        for nanos in [40_000, 999_000, 5_000_000, 96_000_000, 1_234_567_890, 180_000_000_000, 3_600_000_000_000] {
            let histogram = LiveHistogram::default();
            histogram.record(nanos);
            let told = histogram.counts().quantile(0.5, 0).unwrap();
            assert!((told / (nanos as f64 / 1e9) - 1.0).abs() < 0.005, "{nanos}: {told}");
        }
        LiveHistogram::default().record(i64::MAX);
        LiveHistogram::default().record(-5);
    }

    #[test]
    fn what_never_ended_is_above_every_bound() {
        let histogram = LiveHistogram::default();
        histogram.record(1_000_000);
        histogram.record_endless(2_000_000_000);
        let buckets = histogram.bucket_counts();
        assert_eq!((buckets.counts[3], buckets.counts.last(), buckets.count()), (1, Some(&1), 2));
        assert!((buckets.sum_s - 2.001).abs() < 1e-12);
        assert!(histogram.counts().quantile(1.0, 0).unwrap() < 0.002, "the live view counts those itself");
    }

    #[test]
    fn what_came_since_and_what_is_beyond_all() {
        let histogram = LiveHistogram::default();
        histogram.record(1_000_000);
        let before = histogram.counts();
        (0..9).for_each(|_| histogram.record(8_000_000));
        let since = histogram.counts().since(&before);
        assert!(since.quantile(0.01, 0).unwrap() > 0.007);
        assert_eq!(since.quantile(0.99, 1), Some(f64::INFINITY));
        assert!(since.quantile(0.9, 1).unwrap() < 0.009);
        assert_eq!(since.since(&since).quantile(0.5, 0), None);
    }
}
