use agent_sandbox_common::mutation::{Mutation, mutated};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};

/// Durations in nanoseconds, with 3 significant digits; minimum, mean and maximum are exact.
#[derive(Debug, Clone)]
pub struct Distribution {
    histogram: Histogram<u64>,
    exact: Exact,
}

#[derive(Debug, Clone, Copy)]
struct Exact {
    sum: f64,
    min: u64,
    max: u64,
    censored: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        let histogram = Histogram::new(3).expect("3 significant digits are allowed");
        Self { histogram, exact: Exact { sum: 0.0, min: u64::MAX, max: 0, censored: 0 } }
    }
}

impl Distribution {
    /// Adds a duration; a negative one (the event came before its cause was noted) counts as 0.
    pub fn record(&mut self, nanos: i64, censored: bool) {
        let nanos = nanos.max(0) as u64;
        // It resizes itself, and refuses only what is beyond 63 bits.
        let _ = self.histogram.record(nanos);
        self.exact.sum += nanos as f64;
        self.exact.min = self.exact.min.min(nanos);
        self.exact.max = self.exact.max.max(nanos);
        self.exact.censored += u64::from(censored);
    }

    /// Adds another distribution's values.
    pub fn merge(&mut self, other: &Self) {
        // Both have 3 digits and resize themselves, so adding cannot fail.
        let _ = self.histogram.add(&other.histogram);
        self.exact.sum += other.exact.sum;
        self.exact.min = self.exact.min.min(other.exact.min);
        self.exact.max = self.exact.max.max(other.exact.max);
        self.exact.censored += other.exact.censored;
    }

    /// Values recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The histogram, in nanoseconds.
    #[must_use]
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// The value of a quantile in seconds, nearest rank; `None` of nothing.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let lower = if mutated(Mutation::LowRank) { 1.5 / self.count().max(2) as f64 } else { 0.0 };
        let value =
            || self.histogram.value_at_quantile((quantile - lower).max(0.0)).clamp(self.exact.min, self.exact.max);
        (self.count() > 0).then(|| value() as f64 / 1e9)
    }

    /// The least that the value of a quantile may be, in seconds: durations are kept to three digits.
    #[must_use]
    pub fn least_quantile(&self, quantile: f64) -> Option<f64> {
        let value = self.histogram.lowest_equivalent(self.histogram.value_at_quantile(quantile));
        (self.count() > 0).then(|| value.clamp(self.exact.min, self.exact.max) as f64 / 1e9)
    }

    /// As [`Distribution::quantile`], but infinite where the rank falls among the censored, which are the largest.
    #[must_use]
    pub fn uncensored_quantile(&self, quantile: f64) -> Option<f64> {
        let censored = rank(quantile, self.count()) > self.count() - self.exact.censored;
        if censored { (self.count() > 0).then_some(f64::INFINITY) } else { self.quantile(quantile) }
    }

    /// Values that are lower bounds.
    #[must_use]
    pub fn censored(&self) -> u64 {
        self.exact.censored
    }

    /// The smallest value, seconds; `None` of nothing.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.exact.min as f64 / 1e9)
    }

    /// The largest, likewise.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.exact.max as f64 / 1e9)
    }

    /// The arithmetic mean, likewise.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.exact.sum / self.count() as f64 / 1e9)
    }
}

/// Nearest rank of a quantile, from 1.
pub(super) fn rank(quantile: f64, count: u64) -> u64 {
    ((quantile * count as f64).ceil() as u64).clamp(1, count.max(1))
}

/// A shrunk distribution, for one that gets few more values: some KB instead of up to 200.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    histogram: Vec<u8>,
    exact: Exact,
}

impl Packed {
    pub fn new(of: &Distribution) -> Self {
        let mut histogram = Vec::new();
        V2Serializer::new().serialize(&of.histogram, &mut histogram).expect("memory takes any histogram");
        Self { histogram, exact: of.exact }
    }

    /// As it was.
    pub fn unpack(&self) -> Distribution {
        let read = Deserializer::new().deserialize(&mut self.histogram.as_slice());
        let mut histogram: Histogram<u64> = read.expect("it was written here");
        histogram.auto(true);
        Distribution { histogram, exact: self.exact }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantiles_are_nearest_rank_to_three_digits(mut values in prop::collection::vec(1..100_000_000_000_i64, 1..300)) {
            let mut distribution = Distribution::default();
            for value in &values {
                distribution.record(*value, false);
            }
            values.sort_unstable();
            for quantile in [0.5, 0.9, 0.99, 0.999] {
                let rank = ((quantile * values.len() as f64).ceil() as usize).max(1);
                let exact = values[rank - 1] as f64 / 1e9;
                let got = distribution.quantile(quantile).unwrap();
                prop_assert!((got - exact).abs() <= exact * 0.001 + 1e-9, "{} {} {}", quantile, got, exact);
            }
        }

        #[test]
        fn halves_merge_to_the_whole(values in prop::collection::vec(0..10_000_000_000_i64, 1..200), split in 0..200_usize) {
            let split = split.min(values.len());
            let fill = |values: &[i64]| {
                let mut distribution = Distribution::default();
                for value in values {
                    distribution.record(*value, value % 7 == 0);
                }
                distribution
            };
            let (mut merged, whole) = (fill(&values[..split]), fill(&values));
            merged.merge(&fill(&values[split..]));
            let mean = |of: &Distribution| of.mean().unwrap();
            prop_assert!((mean(&merged) - mean(&whole)).abs() <= 1e-9 * mean(&whole).max(1.0));
            let figures = |of: &Distribution| {
                (of.count(), of.censored(), of.min(), of.max(), [0.5, 0.9, 0.99, 0.999].map(|at| of.quantile(at)))
            };
            prop_assert_eq!(figures(&merged), figures(&whole));
        }
    }
}
