//! How long must a block be, so that blocks are nearly independent? Politis and White (2004), as corrected by Patton,
//! Politis and White (2009), for blocks on a circle.

/// Autocorrelations in a row that must be small before the rest counts as nothing.
const QUIET: usize = 5;

/// The block length that makes the variance of block means most exact, in cells; `sums` holds one number for each cell
/// of time, with mean zero over the run. As long as the run where its autocorrelation does not end within half of it.
///
/// The paper's limits on the bandwidth (the square root of the length) and on the block (three of those) are left out.
/// Near saturation the autocorrelation is longer, and it must show when a run has few blocks.
pub fn block_length(sums: &[f64]) -> f64 {
    let cells = sums.len();
    let length = cells as f64;
    let covariance = |lag: usize| sums[lag..].iter().zip(sums).map(|(late, early)| late * early).sum::<f64>() / length;
    let variance = covariance(0);
    if cells < 2 || variance <= 0.0 {
        return 1.0;
    }
    let Some(covariances) = until_quiet(variance, cells, covariance) else { return length };
    // `bandwidth` is twice the last lag that counts.
    let bandwidth = (covariances.len() - 1) as f64;
    let (mut spectrum, mut slope) = (variance, 0.0);
    for (lag, covariance) in covariances.iter().enumerate().skip(1) {
        let weight = (2.0 * (1.0 - lag as f64 / bandwidth)).min(1.0);
        spectrum += 2.0 * weight * covariance;
        slope += 2.0 * weight * lag as f64 * covariance;
    }
    if spectrum <= 0.0 {
        // Neighbours against each other: the sum varies less than independent claims would.
        return if slope < 0.0 { 1.0 } else { length };
    }
    (1.5 * (slope / spectrum).powi(2) * length).cbrt().clamp(1.0, length)
}

/// Covariances up to twice the last lag that counts; `None` where half of the run is not enough.
fn until_quiet(variance: f64, cells: usize, covariance: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
    let length = cells as f64;
    let limit = 2.0 * (length.log10() / length).sqrt() * variance;
    let mut covariances = vec![variance];
    let mut quiet = 0;
    while quiet < QUIET {
        if covariances.len() > cells / 2 {
            return (cells < 4 * QUIET).then(|| vec![variance, 0.0]);
        }
        let next = covariance(covariances.len());
        quiet = if next.abs() < limit { quiet + 1 } else { 0 };
        covariances.push(next);
    }
    let last = covariances.len() - 1 - QUIET;
    let bandwidth = (2 * last).max(1);
    for lag in covariances.len()..=bandwidth.min(cells - 1) {
        covariances.push(covariance(lag));
    }
    covariances.truncate(bandwidth + 1);
    Some(covariances)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Median over seeds of the block length of an autoregressive series of 1,000.
    fn of_memory(memory: f64) -> f64 {
        let length = |seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut last = 0.0;
            let mut next = || {
                let shock: f64 = StandardNormal.sample(&mut random);
                last = memory * last + shock;
                last
            };
            let series: Vec<f64> = (0..1000).map(|_| next()).collect();
            let mean = series.iter().sum::<f64>() / 1000.0;
            block_length(&series.iter().map(|value| value - mean).collect::<Vec<_>>())
        };
        let mut lengths: Vec<f64> = (0..51).map(length).collect();
        lengths.sort_by(f64::total_cmp);
        lengths[25]
    }

    #[test]
    fn blocks_grow_with_the_memory_as_the_formula_says() {
        // (6 memory^2 / (1 - memory^2)^2 N)^(1/3)
        let expected = |memory: f64| (6.0 * (memory / (1.0 - memory * memory)).powi(2) * 1000.0).cbrt();
        for memory in [0.5, 0.8, 0.95] {
            let (length, expected) = (of_memory(memory), expected(memory));
            assert!((length / expected).ln().abs() < 0.35, "{memory}: {length}, not {expected}");
        }
        assert!(of_memory(0.0) < 3.0);
        assert!(of_memory(0.999) > 100.0);
    }
}
