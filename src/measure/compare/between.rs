//! Do runs of one side differ by more than their own claims explain? Then the run is the unit of decision.

use super::distributions::fisher_tail;
use super::side::Within;

/// The spread of a figure over runs, both sides taken together.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    /// Mean figure of the runs of base and new.
    pub means: [f64; 2],
    /// Standard deviation of one run's figure.
    pub deviation: f64,
    /// The variance of the difference of the means, for a `deviation` of one.
    pub error: f64,
    /// Runs less one for each side.
    pub df: f64,
    /// Is a run's figure a lower bound, in base and new?
    pub has_bounds: [bool; 2],
}

impl Between {
    /// Of the runs' figures, on the scale on which they differ; `None` where no side has two runs.
    pub fn new([base, new]: [&[f64]; 2], has_bounds: [bool; 2]) -> Option<Self> {
        let mean = |runs: &[f64]| runs.iter().sum::<f64>() / runs.len() as f64;
        let means = [mean(base), mean(new)];
        let squares = |runs: &[f64], mean: f64| runs.iter().map(|run| (run - mean).powi(2)).sum::<f64>();
        let df = base.len() as f64 + new.len() as f64 - 2.0;
        let deviation = ((squares(base, means[0]) + squares(new, means[1])) / df).sqrt();
        let error = (1.0 / base.len() as f64 + 1.0 / new.len() as f64).sqrt();
        (df > 0.0).then_some(Self { means, deviation, error, df, has_bounds })
    }
}

/// Chance that runs alike would differ as much as these, by the F test of the runs' mean scores against the blocks'.
pub fn chance_of_spread(sides: [&Within; 2]) -> f64 {
    let (mut sum, mut over, mut under) = (0.0, 0.0, 0.0);
    for side in sides {
        let claims: f64 = side.runs.iter().map(|(_, count)| count).sum();
        let mean = side.runs.iter().map(|(mean, count)| mean * count).sum::<f64>() / claims;
        let squares: f64 = side.runs.iter().map(|(run, count)| count * (run - mean).powi(2)).sum();
        if squares > 0.0 {
            sum += squares / side.variance;
        }
        over += side.runs.len() as f64 - 1.0;
        under += side.df;
    }
    if over > 0.0 && under > 0.0 { fisher_tail(sum / over, over, under) } else { 1.0 }
}
