//! A figure of one side with its interval, decided within the runs.

use super::distributions::{normal_upper, share_interval, student_upper};
use super::figure::{Figure, SLOWEST, Statistic};
use super::quantile::Sorted;
use super::side::{Side, Within};

/// Claims that the mean of the slowest 10 % rests on at least.
const FEWEST_SLOWEST: f64 = 10.0;
/// Chance that a normal variable exceeds its mean by more than its deviation.
const ONE_SIGMA: f64 = 0.158_655;

/// A figure and what it may be, in seconds or shares.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    pub at: f64,
    pub low: f64,
    /// Infinite where the sample does not bound it, or `at` is a lower bound since claims are censored.
    pub high: f64,
}

impl Figure {
    /// The figure of these values, and whether it is a lower bound; `None` of too few.
    pub(super) fn value(self, sorted: &Sorted) -> Option<(f64, bool)> {
        let count = sorted.len() as f64;
        match self {
            Self::Latency(_, Statistic::Quantile(quantile)) => {
                // Beyond its sample a quantile is the maximum, which grows with the number of claims.
                let holds = count * (1.0 - quantile) >= 1.0 - 1e-9;
                holds.then(|| sorted.at_rank(sorted.rank(quantile)))?
            }
            Self::Latency(_, Statistic::Slowest) => {
                let holds = count * SLOWEST >= FEWEST_SLOWEST;
                let slowest = sorted.mean_from(sorted.rank(1.0 - SLOWEST) + 1);
                holds.then_some(slowest)?.map(|mean| (mean, sorted.has_bounds()))
            }
            _ => sorted.mean_from(1).map(|mean| (mean, sorted.has_bounds())),
        }
    }

    /// The variance within runs of the score whose mean moves as the figure does (its influence function).
    pub(super) fn within(self, side: &Side) -> Within {
        match self {
            Self::Latency(_, Statistic::Quantile(quantile)) => side.within(side.sorted.beyond(quantile)),
            Self::Latency(_, Statistic::Slowest) => {
                let limit = side.sorted.at_rank(side.sorted.rank(1.0 - SLOWEST)).map_or(0.0, |(value, _)| value);
                side.within(move |value| (value - limit).max(0.0) / SLOWEST)
            }
            _ => side.within(|value| value),
        }
    }

    /// The figure of all runs of a side; each end of the interval is missed with chance `tail`. `effect` is how many times
    /// more its scores vary than those of independent claims.
    pub(super) fn estimate(self, side: &Side, within: &Within, effect: f64, tail: f64) -> Option<Estimate> {
        self.interval(side, within, effect, tail, student_upper(tail, within.df.max(1.0)))
    }

    /// The least that the interval can be: that of blocks whose variance is known.
    pub(super) fn least(self, side: &Side, within: &Within, effect: f64, tail: f64) -> Option<Estimate> {
        self.interval(side, within, effect, tail, normal_upper(tail))
    }

    /// Standard deviation of the figure of one run, on the figure's scale, as far as the claims within runs tell; infinite
    /// where they do not.
    pub(super) fn deviation(self, side: &Side, within: &Within, effect: f64) -> f64 {
        let Some(one) = self.interval(side, within, effect, ONE_SIGMA, 1.0) else { return f64::INFINITY };
        let scale = self.scale();
        let low = if one.low > 0.0 || self.is_share() { one.low } else { one.at };
        (scale(one.high) - scale(low)) / 2.0 * (side.runs.len() as f64).sqrt()
    }

    /// `critical` is the quantile of Student's t that belongs to `tail`.
    fn interval(self, side: &Side, within: &Within, effect: f64, tail: f64, critical: f64) -> Option<Estimate> {
        let (at, is_bound) = self.value(&side.sorted)?;
        let claims = side.sorted.len() as f64;
        // As many independent claims would say as much (Korn and Graubard 1998).
        let independent = claims / effect * (normal_upper(tail) / critical).powi(2);
        let (low, high) = match self {
            Self::Latency(_, Statistic::Quantile(quantile)) => side.sorted.ends(quantile, independent, tail),
            Self::Share(_) => share_interval(at * independent, independent, tail),
            _ => {
                let arm = critical * (within.variance / claims).sqrt();
                ((at - arm).max(0.0), at + arm)
            }
        };
        let high = if is_bound { f64::INFINITY } else { high };
        Some(Estimate { at, low, high })
    }
}

/// How many times more the scores of each side vary than those of independent claims (the design effect). At least the
/// effect of both sides together: a side with one clump of failures, or none, does not show how they clump.
pub fn effects(sides: &[Within; 2]) -> [f64; 2] {
    let ratio = |variance: f64, plain: f64| if plain > 0.0 { variance / plain } else { 1.0 };
    let together = ratio(sides[0].variance + sides[1].variance, sides[0].plain + sides[1].plain);
    sides.each_ref().map(|side| ratio(side.variance, side.plain).max(together))
}
