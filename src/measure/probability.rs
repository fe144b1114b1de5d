//! The distribution functions that the intervals need: binomial and Student's t, both by the incomplete beta function.

/// P(X ≥ k) of a binomial X of `n` trials at probability `p`. `n` and `k` need not be whole: an effective sample size
/// is not, and the beta function joins the whole numbers smoothly.
#[must_use]
pub fn binomial_at_least(k: f64, n: f64, p: f64) -> f64 {
    if k <= 0.0 {
        1.0
    } else if k > n {
        0.0
    } else {
        incomplete_beta(k, n - k + 1.0, p)
    }
}

/// The value that Student's t with `freedom` degrees stays below with probability `p`, for `p` from 0.5 on.
#[must_use]
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let above = |t: f64| 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t));
    bisect(0.0, 1e4, |t| above(t) <= 1.0 - p)
}

/// The least value between `low` and `high` from which `holds` is true, to 12 digits.
pub fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    while high - low > 1e-12 * (1.0 + high) {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// The regularised incomplete beta function `I_x(a, b)`, by its continued fraction (Abramowitz and Stegun 26.5.8).
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on this side of the mean only.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    front * beta_fraction(a, b, x) / a
}

/// Lentz's way to sum the fraction from its front; the names are those of Abramowitz and Stegun.
#[allow(clippy::many_single_char_names)]
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let apart = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut sum = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = sum;
        for term in [even, odd] {
            d = 1.0 / apart(1.0 + term * d);
            c = apart(1.0 + term / c);
            sum *= c * d;
        }
        if (sum / before - 1.0).abs() < 1e-14 {
            break;
        }
    }
    sum
}

/// The logarithm of the gamma function of a positive number: Stirling's series, after a shift to where it is exact.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 1.0);
    while x < 10.0 {
        shift *= x;
        x += 1.0;
    }
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5)) - 1.0 / (1680.0 * x.powi(7));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - shift.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-6 * want.abs().max(1.0), "{got} is not {want}");
    }

    #[test]
    fn gamma_of_whole_numbers_is_the_factorial() {
        let mut factorial: f64 = 1.0;
        for n in 1..30 {
            near(ln_gamma(f64::from(n)), factorial.ln());
            factorial *= f64::from(n);
        }
        near(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
    }

    #[test]
    fn student_is_as_in_the_tables() {
        for (freedom, t) in [(1.0, 12.706_205), (7.0, 2.364_624), (30.0, 2.042_272), (1e6, 1.959_966)] {
            near(student_quantile(0.975, freedom), t);
        }
    }

    #[test]
    fn binomial_is_the_sum_of_its_terms() {
        let term = |k: i32| (ln_gamma(51.0) - ln_gamma(f64::from(k) + 1.0) - ln_gamma(51.0 - f64::from(k))).exp();
        for k in 0..=50 {
            let sum: f64 = (k..=50).map(|k| term(k) * 0.9_f64.powi(k) * 0.1_f64.powi(50 - k)).sum();
            near(binomial_at_least(f64::from(k), 50.0, 0.9), sum);
        }
    }
}
