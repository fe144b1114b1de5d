/// Upper bounds of the buckets of live latencies, microseconds. A bucket holds its bound, as Prometheus's `le` says.
pub const BUCKET_BOUNDS_US: [i64; 33] = [
    100,
    250,
    500,
    1_000,
    2_000,
    3_000,
    5_000,
    7_500,
    10_000,
    15_000,
    20_000,
    30_000,
    50_000,
    75_000,
    100_000,
    150_000,
    200_000,
    300_000,
    500_000,
    750_000,
    1_000_000,
    1_500_000,
    2_000_000,
    3_000_000,
    5_000_000,
    7_500_000,
    10_000_000,
    15_000_000,
    20_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
];

/// How many latencies each bucket held at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketCounts {
    /// By bucket; the last holds what is above every bound, and what never ended.
    pub counts: Vec<u64>,
    /// Sum of all, seconds.
    pub sum_s: f64,
}

impl BucketCounts {
    /// The bucket that holds a latency, ns.
    #[must_use]
    pub fn bucket(nanos: i64) -> usize {
        BUCKET_BOUNDS_US.partition_point(|bound| nanos > bound * 1000)
    }

    /// The bounds, seconds.
    pub fn bounds_s() -> impl Iterator<Item = f64> {
        BUCKET_BOUNDS_US.iter().map(|bound| *bound as f64 / 1e6)
    }

    /// All latencies.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_bound() {
        assert_eq!([0, 100_000, 100_001].map(BucketCounts::bucket), [0, 0, 1]);
        assert_eq!(BucketCounts::bucket(300_000_000_000), BUCKET_BOUNDS_US.len() - 1);
        assert_eq!(BucketCounts::bucket(300_000_000_001), BUCKET_BOUNDS_US.len());
        assert!(BUCKET_BOUNDS_US.is_sorted());
        assert_eq!(BucketCounts::bounds_s().nth(3), Some(0.001));
    }
}
