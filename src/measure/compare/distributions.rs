//! Tails of the distributions that intervals are made of (Abramowitz and Stegun 26.5).

use crate::measure::probability::incomplete_beta;

/// The `x` that a standard normal variable exceeds with chance `tail`.
pub fn normal_upper(tail: f64) -> f64 {
    student_upper(tail, 1e7)
}

/// The `x` that Student's t with `df` degrees of freedom exceeds with chance `tail`, which is below a half.
pub fn student_upper(tail: f64, df: f64) -> f64 {
    // P(T > t) = I(df / (df + t^2); df/2, 1/2) / 2
    let x = beta_quantile(2.0 * tail, df / 2.0, 0.5);
    if x <= 0.0 { f64::INFINITY } else { (df * (1.0 - x) / x).sqrt() }
}

/// Chance that F with `over` and `under` degrees of freedom exceeds `ratio`.
pub fn fisher_tail(ratio: f64, over: f64, under: f64) -> f64 {
    if ratio.is_infinite() { 0.0 } else { beta(under / (under + over * ratio), under / 2.0, over / 2.0) }
}

/// The number of hits `k` with P(hits <= k) = `tail` in `trials` of chance `share`. It may lie between whole numbers.
/// Below zero when even P(no hit) is more than `tail`.
pub fn binomial_quantile(tail: f64, trials: f64, share: f64) -> f64 {
    bisect(-1.0, trials, |k| binomial_tail(k, trials, share) < tail)
}

/// Chance of `hits` or fewer in `trials` of chance `share`.
pub fn binomial_tail(hits: f64, trials: f64, share: f64) -> f64 {
    beta(1.0 - share, trials - hits, hits + 1.0)
}

/// Shares that `hits` of `trials` are compatible with, each end missed with chance `tail` (Clopper and Pearson 1934).
pub fn share_interval(hits: f64, trials: f64, tail: f64) -> (f64, f64) {
    let low = if hits <= 0.0 { 0.0 } else { beta_quantile(tail, hits, trials - hits + 1.0) };
    let high = if hits >= trials { 1.0 } else { 1.0 - beta_quantile(tail, trials - hits, hits + 1.0) };
    (low, high)
}

fn beta_quantile(chance: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta(x, a, b) < chance)
}

/// Where `is_below`, true at `low`, turns false.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if is_below(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function, also where a parameter has come to its end.
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || b <= 0.0 {
        0.0
    } else if x >= 1.0 || a <= 0.0 {
        1.0
    } else {
        incomplete_beta(a, b, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-4, "{value} is not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        near(normal_upper(0.025), 1.959_964);
        near(normal_upper(0.000_5), 3.290_527);
        near(student_upper(0.000_5, 4.0), 8.610_30);
        near(student_upper(0.025, 10.0), 2.228_139);
        near(fisher_tail(3.478_05, 4.0, 10.0), 0.05);
        near(fisher_tail(4.0, 2.0, 1e6), (-4.0_f64).exp());
    }

    #[test]
    fn shares_are_those_of_the_exact_binomial() {
        let (low, high) = share_interval(3.0, 10.0, 0.025);
        near(low, 0.066_74);
        near(high, 0.652_45);
        let (low, high) = share_interval(0.0, 6000.0, 0.025);
        assert!(low.abs() < 1e-12);
        near(high, 1.0 - 0.025_f64.powf(1.0 / 6000.0));
        // P(Bin(10, 1/2) = 0) = 1/1024, P(<= 1) = 11/1024
        near(1.0 + binomial_quantile(11.0 / 1024.0, 10.0, 0.5), 2.0);
        assert!(binomial_quantile(0.000_5, 10.0, 0.5) < 0.0);
    }
}
