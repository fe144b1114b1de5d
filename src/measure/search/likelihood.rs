//! How probable what a step said is, where a share `p` of claims is beyond the limit in the long run.

use super::step::Evidence;
use crate::measure::probability::{incomplete_beta, ln_gamma};

/// Share of steps that something else disturbed, such as a pause of the server: they say nothing of the rate. With it a
/// single step that contradicts the others counts for little.
const DISTURBED: f64 = 0.05;
/// Beyond so many times the allowed share a step is only missed: the queue of a server far above its capacity depends on
/// how long the step was.
const GROSS: f64 = 20.0;
/// Claims clump the more, the longer the queue: the correlation grows with the share to this power. In M/D/2 and M/G/4 it
/// grows 2 times from 1 % to 6.6 %, and 3 times to 17 %.
const GROWTH: f64 = 0.4;
/// It stays below this.
const MOST_CLUMPED: f64 = 0.6;

/// Logit of `p`, from `LOWEST` to `-LOWEST` or so in steps of `GRAIN`.
const LOWEST: f64 = -16.0;
const GRAIN: f64 = 0.25;
const POINTS: usize = 129;

/// Log-likelihood of one piece of evidence by the logit of `p`, tabulated.
pub(super) struct Table(Vec<f64>);

impl Table {
    /// `clumping` is the correlation, at the threshold, of two claims of one step being beyond: queues put them in clumps.
    pub fn new(evidence: Evidence, growing: bool, clumping: f64) -> Self {
        let own = |logit: f64| match evidence {
            Evidence::Figure { met } => {
                let for_it = if met && !growing { logistic(-logit) } else { logistic(logit) };
                mixed(for_it, 0.5)
            }
            Evidence::Share { beyond, undecided, of, allowed } => {
                let p = logistic(logit);
                let clumping = (clumping * (p / allowed).powf(GROWTH)).min(MOST_CLUMPED);
                let (count, gross) = (beyond + undecided, gross(allowed));
                if growing || count as f64 > gross * of as f64 {
                    mixed(beta_above(gross, p, clumping), 0.5)
                } else {
                    mixed(beta_binomial(count, of, p, clumping).exp(), 1.0 / (of as f64 + 1.0))
                }
            }
        };
        Self((0..POINTS).map(|point| own(LOWEST + GRAIN * point as f64)).collect())
    }

    /// Log-likelihood at a logit, between the points by a line.
    pub fn at(&self, logit: f64) -> f64 {
        let place = ((logit - LOWEST) / GRAIN).clamp(0.0, (POINTS - 1) as f64 - 1e-9);
        let (low, part) = (place as usize, place.fract());
        self.0[low] * (1.0 - part) + self.0[low + 1] * part
    }
}

/// Logit of the share at a place above the threshold: 0 where the share is the allowed one, or half of the steps meet a
/// figure's limit. `floor` of the allowed share is beyond at any rate, the rest because of the queue.
pub(super) fn logit_at(kind: Evidence, floor: f64, above: f64) -> f64 {
    match kind {
        Evidence::Figure { .. } => above,
        Evidence::Share { allowed, .. } => {
            let queue = logit_of((1.0 - floor) * allowed) + above;
            if floor > 0.0 { logit_of((floor * allowed + logistic(queue)).min(1.0 - 1e-7)) } else { queue }
        }
    }
}

fn gross(allowed: f64) -> f64 {
    (GROSS * allowed).min(f64::midpoint(1.0, allowed))
}

/// Log of `own`, unless the step was disturbed.
fn mixed(own: f64, disturbed: f64) -> f64 {
    ((1.0 - DISTURBED) * own + DISTURBED * disturbed).ln()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn logit_of(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Log-probability of `count` of `of` by the beta-binomial distribution of mean `p`.
fn beta_binomial(count: u64, of: u64, p: f64, clumping: f64) -> f64 {
    let both = 1.0 / clumping - 1.0;
    let (a, b) = (p * both, (1.0 - p) * both);
    let (count, of) = (count as f64, of as f64);
    let choose = ln_gamma(of + 1.0) - ln_gamma(count + 1.0) - ln_gamma(of - count + 1.0);
    let own = ln_gamma(count + a) + ln_gamma(of - count + b) - ln_gamma(of + both);
    choose + own + ln_gamma(both) - ln_gamma(a) - ln_gamma(b)
}

/// Probability that the share of a long step is above `bound`, by the beta distribution of mean `p`.
fn beta_above(bound: f64, p: f64, clumping: f64) -> f64 {
    let both = 1.0 / clumping - 1.0;
    1.0 - incomplete_beta(p * both, (1.0 - p) * both, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_with_the_right_mean() {
        for clumping in [0.001, 0.1, 0.5] {
            let each: Vec<f64> = (0..=200).map(|k| beta_binomial(k, 200, 0.03, clumping).exp()).collect();
            let mean: f64 = each.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
            assert!((each.iter().sum::<f64>() - 1.0).abs() < 1e-8 && (mean - 6.0).abs() < 1e-6, "{clumping}: {mean}");
        }
    }

    #[test]
    fn the_beta_distribution_is_the_binomial_one_of_many_claims() {
        for (clumping, p, bound) in [
            (0.001, 0.2, 0.2),
            (0.03, 0.1, 0.2),
            (0.1, 0.01, 0.2),
            (0.4, 0.01, 0.2),
            (0.4, 0.6, 0.2),
            (0.6, 0.999, 0.2),
        ] {
            let sum: f64 = (0..=4000)
                .filter(|k| *k > (4000.0 * bound) as u64)
                .map(|k| beta_binomial(k, 4000, p, clumping).exp())
                .sum();
            let own = beta_above(bound, p, clumping);
            assert!((own - sum).abs() < 0.02 * sum + 1e-6, "{clumping} {p}: {own} for {sum}");
        }
    }
}
