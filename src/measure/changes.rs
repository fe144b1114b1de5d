//! Where the level of a series changes: figures of runs over weeks.
//!
//! E-divisive (Matteson and James, JASA 109, 334, 2014), as used for databases' benchmarks (Daly et al., ICPE 2020). It
//! takes the split with the largest energy distance between what lies before and after it, and tests it by permutation.
//! Then it does the same for either part. Here it works on ranks, so that one run that went wrong hides no step. Each
//! part is tested by itself.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// A level is no shorter: a change is seen once so many runs follow it.
const SHORTEST: usize = 4;
/// Orders that the values' own is judged by.
const PERMUTATIONS: usize = 4999;
/// The number of permutations that may split as far: the chance of a change in a steady part is one in a thousand. Of a
/// few values, chance finds the same two halves again.
const MOST_ALIKE: usize = 4;
/// The same series has the same changes, always.
const SEED: u64 = 20_141;

/// The places at which a new level begins, ascending. Fewer than fourteen values or so show none.
#[must_use]
pub fn changes(values: &[f64]) -> Vec<usize> {
    let Some(at) = change(values) else { return Vec::new() };
    let (before, after) = values.split_at(at);
    let later = changes(after).into_iter().map(|place| place + at);
    changes(before).into_iter().chain([at]).chain(later).collect()
}

/// Where the level changes most, if it does.
fn change(values: &[f64]) -> Option<usize> {
    let mut ranks: Vec<f64> = values.iter().map(|value| rank(*value, values)).collect();
    let (at, apart) = best(&ranks)?;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let is_alike = |_: &usize| {
        ranks.shuffle(&mut random);
        best(&ranks).is_some_and(|(_, other)| other >= apart)
    };
    let alike = (0..PERMUTATIONS).filter(is_alike).take(MOST_ALIKE + 1).count();
    (alike <= MOST_ALIKE).then_some(at)
}

/// How many are less, and half of those that are equal.
fn rank(value: f64, values: &[f64]) -> f64 {
    let less = values.iter().filter(|other| **other < value).count();
    let not_more = values.iter().filter(|other| **other <= value).count();
    (less + not_more) as f64 / 2.0
}

/// The best split, and how far apart its sides are. The side after it may end before the series does: what goes up and
/// comes back is no mixture then.
fn best(values: &[f64]) -> Option<(usize, f64)> {
    let distances = Distances::of(values);
    let ends = |at: usize| at + SHORTEST..=values.len();
    let splits = (SHORTEST..values.len()).flat_map(|at| ends(at).map(move |end| (at, end)));
    let apart = |(at, end): (usize, usize)| (at, distances.apart(at, end));
    splits.map(apart).max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Sums of the distances between the first values and the first values, from which those of any two ranges follow.
struct Distances {
    count: usize,
    sums: Vec<f64>,
}

impl Distances {
    fn of(values: &[f64]) -> Self {
        let width = values.len() + 1;
        let mut sums = vec![0.0; width * width];
        for (row, one) in values.iter().enumerate() {
            let mut line = 0.0;
            for (column, other) in values.iter().enumerate() {
                line += (one - other).abs();
                sums[(row + 1) * width + column + 1] = sums[row * width + column + 1] + line;
            }
        }
        Self { count: width, sums }
    }

    /// Between the first `rows` and the first `columns`.
    fn sum(&self, rows: usize, columns: usize) -> f64 {
        self.sums[rows * self.count + columns]
    }

    /// The energy distance of the values before `at` and those from there to `end`, weighted by how many they are.
    fn apart(&self, at: usize, end: usize) -> f64 {
        let (before, after) = (at as f64, (end - at) as f64);
        let pairs = |count: f64| count * (count - 1.0);
        let across = self.sum(at, end) - self.sum(at, at);
        let within = self.sum(end, end) - 2.0 * self.sum(at, end) + self.sum(at, at);
        let energy = 2.0 * across / (before * after) - self.sum(at, at) / pairs(before) - within / pairs(after);
        before * after / (before + after) * energy
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Runs whose levels last for some runs each, and that differ by `spread` of a level.
    fn history(levels: &[(f64, usize)], spread: f64, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let run = |level: f64| {
            let normal: f64 = StandardNormal.sample(&mut random);
            level * (spread * normal).exp()
        };
        levels.iter().flat_map(|(level, runs)| std::iter::repeat_n(*level, *runs)).map(run).collect()
    }

    fn find_three_steps(seeds: std::ops::Range<u64>) {
        let levels = [(0.100, 14), (0.112, 17), (0.103, 15), (0.120, 14)];
        for seed in seeds {
            let found = changes(&history(&levels, 0.025, seed));
            let near = found.iter().zip([14_usize, 31, 46]).all(|(found, true_place)| found.abs_diff(true_place) <= 2);
            assert!(found.len() == 3 && near, "seed {seed}: {found:?}");
        }
    }

    #[test]
    fn three_steps_are_found_within_two_runs() {
        find_three_steps(0..3);
    }

    #[test]
    #[ignore = "slow: 20 histories"]
    fn three_steps_are_found_within_two_runs_of_more_histories() {
        find_three_steps(3..20);
    }

    #[test]
    fn nothing_is_found_in_flat_histories() {
        for seed in 0..20 {
            assert_eq!(changes(&history(&[(0.1, 60)], 0.025, seed)), [0; 0], "seed {seed}");
        }
    }

    #[test]
    fn one_run_that_went_wrong_is_no_change_and_hides_none() {
        let mut flat = history(&[(0.1, 40)], 0.02, 1);
        flat[20] = 9.0;
        assert_eq!(changes(&flat), [0; 0]);
        let mut step = history(&[(0.1, 20), (0.11, 20)], 0.02, 2);
        step[5] = 9.0;
        assert_eq!(changes(&step).len(), 1);
    }

    #[test]
    fn few_runs_and_equal_runs_show_nothing() {
        assert_eq!(changes(&[]), [0; 0]);
        assert_eq!(changes(&[1.0, 1.0, 1.0, 2.0, 2.0, 2.0]), [0; 0]);
        assert_eq!(changes(&[0.1; 50]), [0; 0]);
        let step: Vec<f64> = [1.0; 8].into_iter().chain([2.0; 8]).collect();
        assert_eq!(changes(&step), [8]);
    }

    /// How often a flat history of 20, 60 or 200 runs has a change: the rate of one in a thousand is that of each part.
    #[test]
    #[ignore = "calibration: minutes of two cores"]
    fn flat_histories_have_as_few_changes_as_stated_in_full() {
        for runs in [20, 60, 200] {
            let invented = (0..1000).filter(|seed| !changes(&history(&[(0.1, runs)], 0.025, *seed)).is_empty()).count();
            eprintln!("{runs} runs: {invented} of 1000");
            // P(Bin(1000, 0.001) > 6) is below 0.1 %.
            assert!(invented <= 6, "{runs} runs: {invented} of 1000");
        }
    }
}
