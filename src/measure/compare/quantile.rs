//! Values in order, and what they say of a quantile.

use super::Observation;
use super::distributions::binomial_quantile;

/// Values in order; what is censored is no less than its value.
pub struct Sorted {
    values: Vec<f64>,
    /// From this place on, a value may be a bound.
    first_bound: usize,
}

impl Sorted {
    pub fn new<'a>(observations: impl Iterator<Item = &'a Observation>) -> Self {
        let mut pairs: Vec<_> = observations.map(|one| (one.value, one.censored)).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let first_bound = pairs.iter().position(|(_, censored)| *censored).unwrap_or(pairs.len());
        Self { values: pairs.into_iter().map(|(value, _)| value).collect(), first_bound }
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn has_bounds(&self) -> bool {
        self.first_bound < self.values.len()
    }

    /// Median of what is surely known: of the values below the first bound, in seconds; zero of none.
    pub fn median_of_known(&self) -> f64 {
        self.values[..self.first_bound].get(self.first_bound / 2).copied().unwrap_or(0.0)
    }

    /// The value at a rank from 1 on, and whether it is a lower bound; `None` beyond the last.
    pub fn at_rank(&self, rank: usize) -> Option<(f64, bool)> {
        let place = rank.checked_sub(1)?;
        Some((*self.values.get(place)?, place >= self.first_bound))
    }

    /// The rank of a quantile: the first that so large a share does not exceed.
    pub fn rank(&self, quantile: f64) -> usize {
        // 0.95 * 20 is a little more than 19.
        ((quantile * self.len() as f64 - 1e-9).ceil() as usize).max(1)
    }

    /// The score of a value whose mean is `1 - quantile`: one beyond the quantile, and a part of one where it is the
    /// quantile itself, of which there may be many.
    pub fn beyond(&self, quantile: f64) -> impl Fn(f64) -> f64 {
        let limit = self.at_rank(self.rank(quantile)).map_or(0.0, |(value, _)| value);
        let until = self.values.partition_point(|value| *value <= limit);
        let equal = until - self.values.partition_point(|value| *value < limit);
        let part = ((until as f64 - quantile * self.len() as f64) / equal.max(1) as f64).clamp(0.0, 1.0);
        move |value| {
            if value > limit {
                1.0
            } else if value < limit {
                0.0
            } else {
                part
            }
        }
    }

    /// Mean of the values from a rank on.
    pub fn mean_from(&self, rank: usize) -> Option<f64> {
        let slowest = self.values.get(rank.checked_sub(1)?..).filter(|slowest| !slowest.is_empty())?;
        Some(slowest.iter().sum::<f64>() / slowest.len() as f64)
    }

    /// The order statistics between which a quantile lies, each end missed with chance `tail`, were these values
    /// `independent` claims; zero and infinite where there is none.
    pub fn ends(&self, quantile: f64, independent: f64, tail: f64) -> (f64, f64) {
        let each = self.len() as f64 / independent;
        let rank = |share| (binomial_quantile(tail, independent, share) * each).floor();
        let (below, above) = (rank(quantile), rank(1.0 - quantile));
        let low = if below < 0.0 { None } else { self.at_rank(below as usize + 1) };
        let high = if above < 0.0 { None } else { self.at_rank(self.len() - above as usize) };
        let high = high.filter(|(_, is_bound)| !is_bound);
        (low.map_or(0.0, |(value, _)| value), high.map_or(f64::INFINITY, |(value, _)| value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[f64], censored: usize) -> Sorted {
        let known = values.len() - censored;
        let one =
            |(place, value): (usize, &f64)| Observation { intended_ns: 0, value: *value, censored: place >= known };
        Sorted::new(values.iter().enumerate().map(one).collect::<Vec<_>>().iter())
    }

    #[test]
    fn a_quantile_among_censored_claims_is_a_bound_and_has_no_upper_end() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let sorted = sorted(&values, 10);
        assert_eq!(sorted.at_rank(sorted.rank(0.9)), Some((90.0, false)));
        assert_eq!(sorted.at_rank(sorted.rank(0.95)), Some((95.0, true)));
        // P(Bin(100, 1/2) <= 39) is 1.8 %, P(<= 40) 2.8 %.
        assert_eq!(sorted.ends(0.5, 100.0, 0.025), (40.0, 61.0));
        assert!(sorted.ends(0.9, 100.0, 0.025).1.is_infinite());
        assert_eq!(sorted.ends(0.5, 5.0, 0.025), (0.0, f64::INFINITY));
    }

    #[test]
    fn equal_values_share_what_lies_beyond() {
        let sorted = sorted(&[1.0, 2.0, 2.0, 2.0, 3.0], 0);
        let beyond = sorted.beyond(0.5);
        let sum: f64 = [1.0, 2.0, 2.0, 2.0, 3.0].into_iter().map(beyond).sum();
        assert!((sum - 2.5).abs() < 1e-12);
    }
}
