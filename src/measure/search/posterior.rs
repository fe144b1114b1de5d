//! What is known of the threshold: the highest rate whose long run meets every objective.

use super::likelihood::{Table, logit_at};
use super::step::Evidence;

/// Points of the threshold's logarithm.
const POINTS: usize = 200;
/// Utilisation at the threshold, each as probable as the next before anything was seen. In a queue the share beyond the
/// limit falls as exp(-c (1 - utilisation)). The slope at which its logit rises with the rate follows from this: steep
/// when the server is busy, flat when it is not.
const UTILISATIONS: [f64; 10] = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99];
/// Share that is beyond the limit at any rate, of the allowed one: a slow start now and then, whatever the queue.
const FLOORS: [f64; 3] = [0.0, 0.1, 0.3];
/// Correlation of claims within a step at the threshold, from none to one clump.
const CLUMPINGS: [f64; 6] = [0.001, 0.01, 0.03, 0.1, 0.2, 0.4];
/// Share taken for the allowed one where an objective is about a figure.
const SHARE_OF_FIGURE: f64 = 0.01;
/// Probability that the second, closer look leaves out at each end.
const LEFT_OUT: f64 = 1e-5;

/// What one step that was judged said, at its rate.
pub(super) struct Seen<'a> {
    pub rate: f64,
    pub evidence: &'a [Evidence],
    pub growing: bool,
}

/// Probability that the threshold lies below a rate, on a grid.
pub(super) struct Posterior {
    logs: Vec<f64>,
    below: Vec<f64>,
}

/// One objective: what each step said of it.
struct Objective {
    kind: Evidence,
    steps: Vec<Said>,
}

/// What one step said of one objective, by clumping.
struct Said {
    rate: f64,
    tables: [Table; CLUMPINGS.len()],
}

impl Posterior {
    /// Every rate between `low` and `high` is as probable as another before anything was seen, on a logarithmic scale.
    pub fn new(seen: &[Seen<'_>], low: f64, high: f64) -> Self {
        let kinds = seen.first().map_or(&[][..], |one| one.evidence);
        let by_objective: Vec<_> = kinds.iter().enumerate().map(|(at, kind)| Objective::new(*kind, seen, at)).collect();
        let rough = Self::on(&by_objective, low.ln(), high.ln());
        Self::on(&by_objective, rough.quantile(LEFT_OUT).ln(), rough.quantile(1.0 - LEFT_OUT).ln())
    }

    /// The rate that the threshold is below of with this probability.
    pub fn quantile(&self, probability: f64) -> f64 {
        let at = self.below.partition_point(|below| *below < probability).clamp(1, self.logs.len() - 1);
        let (before, after) = (self.below[at - 1], self.below[at]);
        let part = ((probability - before) / (after - before).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        (self.logs[at - 1] + part * (self.logs[at] - self.logs[at - 1])).exp()
    }

    fn on(objectives: &[Objective], low: f64, high: f64) -> Self {
        let step = (high - low).max(1e-6) / (POINTS - 1) as f64;
        let logs: Vec<f64> = (0..POINTS).map(|point| low + step * point as f64).collect();
        // The threshold of all is the lowest of each: above a rate with the product of the probabilities.
        let mut above = vec![1.0; POINTS];
        for objective in objectives {
            let below = cumulated(&logs.iter().map(|log| objective.at(log.exp())).collect::<Vec<_>>());
            above.iter_mut().zip(below).for_each(|(above, below)| *above *= 1.0 - below);
        }
        Self { logs, below: above.into_iter().map(|above| 1.0 - above).collect() }
    }
}

impl Objective {
    fn new(kind: Evidence, seen: &[Seen<'_>], at: usize) -> Self {
        let said = |one: &Seen<'_>| Said {
            rate: one.rate,
            tables: CLUMPINGS.map(|clumping| Table::new(one.evidence[at], one.growing, clumping)),
        };
        Self { kind, steps: seen.iter().map(said).collect() }
    }

    /// Log-probability of a threshold, up to a constant: summed over slopes, floors and clumpings.
    fn at(&self, threshold: f64) -> f64 {
        let mut sum = Sum::default();
        for slope in UTILISATIONS.map(|utilisation| slope(self.kind, utilisation)) {
            for floor in FLOORS {
                let mut logs = [0.0; CLUMPINGS.len()];
                for step in &self.steps {
                    let logit = logit_at(self.kind, floor, slope * (step.rate / threshold - 1.0));
                    logs.iter_mut().zip(&step.tables).for_each(|(log, table)| *log += table.at(logit));
                }
                for log in logs {
                    sum.add(log);
                }
            }
        }
        sum.log()
    }
}

/// Rise of the logit for a rise of the rate by itself: the share is exp(-c (1 - u)) and the allowed one at the threshold.
fn slope(evidence: Evidence, utilisation: f64) -> f64 {
    let allowed = match evidence {
        Evidence::Share { allowed, .. } => allowed,
        Evidence::Figure { .. } => SHARE_OF_FIGURE,
    };
    (1.0 / allowed).ln() * utilisation / (1.0 - utilisation)
}

/// Sum of exponentials, kept as a logarithm.
#[derive(Clone, Copy)]
struct Sum {
    largest: f64,
    scaled: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, scaled: 0.0 }
    }
}

impl Sum {
    fn add(&mut self, log: f64) {
        if log > self.largest {
            self.scaled = self.scaled * (self.largest - log).exp() + 1.0;
            self.largest = log;
        } else {
            self.scaled += (log - self.largest).exp();
        }
    }

    fn log(self) -> f64 {
        self.largest + self.scaled.ln()
    }
}

fn cumulated(logs: &[f64]) -> Vec<f64> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    let sums: Vec<f64> = logs
        .iter()
        .map(|log| {
            sum += (log - largest).exp();
            sum
        })
        .collect();
    sums.into_iter().map(|one| one / sum).collect()
}
