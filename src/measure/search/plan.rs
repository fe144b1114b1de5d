use serde::{Deserialize, Serialize};

use super::step::Step;

/// Steps near the threshold, at most, once it is bracketed.
pub(super) const NEAR: usize = 12;
/// Steps that bracket a threshold within a factor 4 of the first rate.
const BRACKET: usize = 4;
/// Claims in a step for each that may be beyond the limit. Far from the threshold: enough that a percentile exists,
/// however many claims a Poisson schedule has. Near it: as many as a percentile needs to have a useful interval.
const CLAIMS_FAR: f64 = 1.5;
const CLAIMS_NEAR: f64 = 10.0;
/// Warm-up of a step, as a share of what follows.
const WARM_UP: f64 = 0.1;
/// No rate is tried that is lower than the first by more than this factor.
const LOWEST: f64 = 1024.0;

/// What a search is to find, and in which steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Claims per second of the first step.
    pub first: f64,
    /// No lower rate is tried.
    pub min_rate: f64,
    /// No higher rate is tried.
    pub max_rate: f64,
    /// The rate is known well enough where both ends of its interval are within this share of it.
    pub tolerance: f64,
    /// Seconds of claims in a step, at least.
    pub step_s: f64,
    /// Seconds between steps, as expected: the pools fill again, a run starts and ends.
    pub between_s: f64,
    /// Smallest share that an objective lets be beyond its limit: 0.01 for p99; 1 where none is about a share.
    pub smallest_share: f64,
    /// The seeds of all steps come from it.
    pub seed: u64,
}

/// How long a search takes, told before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Steps, where the threshold is within a factor 4 of the first rate.
    pub steps: usize,
    /// Seconds, where the threshold is twice the first rate.
    pub about_s: f64,
    /// Seconds that it never exceeds, but for waits between steps that are longer than expected.
    pub most_s: f64,
}

/// What a step is for, which decides how many claims it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Bracket,
    Measure,
}

impl Plan {
    /// A plan whose rates are in order: the first no higher than the highest, the lowest no more than 1,024 times below.
    #[must_use]
    pub fn in_order(self) -> Self {
        let first = self.first.min(self.max_rate);
        Self { first, min_rate: self.min_rate.max(first / LOWEST).min(first), ..self }
    }

    /// Steps and seconds from the plan alone.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let takes = |rate, purpose| self.takes_s(self.step(rate, 0, purpose));
        let of = |bracket: usize, threshold| {
            bracket as f64 * takes(self.first, Purpose::Bracket) + NEAR as f64 * takes(threshold, Purpose::Measure)
        };
        // Up to the highest rate, the repeat of a miss, and the repeat of what was disturbed.
        let climb = (self.max_rate / self.first).log2().ceil() as usize + 3;
        // Longer steps for fewer claims a second, as far down as two halvings of the first rate.
        let slowest = (self.first / 4.0).max(self.min_rate);
        let about_s = of(BRACKET, (2.0 * self.first).min(self.max_rate));
        Expected { steps: BRACKET + NEAR, about_s, most_s: of(climb.max(BRACKET), slowest) }
    }

    /// The step at this place in the search, from 0.
    pub(super) fn step(&self, rate: f64, place: usize, purpose: Purpose) -> Step {
        let claims = match purpose {
            Purpose::Bracket => CLAIMS_FAR,
            Purpose::Measure => CLAIMS_NEAR,
        };
        let duration_s = self.step_s.max(claims / (self.smallest_share * rate));
        Step { rate, seed: seed(self.seed, place as u64), warm_up_s: WARM_UP * duration_s, duration_s }
    }

    /// Seconds that a step takes with the wait before it.
    pub(super) fn takes_s(&self, step: Step) -> f64 {
        step.warm_up_s + step.duration_s + self.between_s
    }
}

/// `SplitMix64`: seeds of neighbouring places have nothing in common. Below 2^53, so that every JSON reader keeps it whole.
fn seed(seed: u64, place: u64) -> u64 {
    let mut z = seed.wrapping_add((place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 11
}
