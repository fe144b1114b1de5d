//! The instrument's own error: how much a figure shrinks when each claim's known lateness of sending and of reading is
//! taken away. A claim whose lateness is not known may have taken no time at all.

use super::{Distribution, Percentile, Percentiles, Statistic};

/// The durations of one latency without the generator's known lateness.
#[derive(Debug, Clone, Default)]
pub(super) struct Corrected {
    durations: Distribution,
    unknown: u64,
}

impl Corrected {
    /// Adds a duration that was measured as `nanos`, of which `late` are the generator's at most.
    pub fn record(&mut self, nanos: i64, censored: bool, late: Option<i64>) {
        // A censored one is a bound already, and stays.
        let late = if censored { Some(0) } else { late };
        self.unknown += u64::from(late.is_none());
        self.durations.record(late.map_or(0, |late| nanos - late.max(0)), censored);
    }

    /// Adds those of another part of the run.
    pub fn merge(&mut self, other: &Self) {
        self.durations.merge(&other.durations);
        self.unknown += other.unknown;
    }

    /// By how much a figure of `measured`, seconds, is too high at most. `None` when there is no such figure, and when
    /// the error of most claims is unknown: the system gives no timestamps.
    pub fn error(&self, measured: &Distribution, statistic: Statistic) -> Option<f64> {
        let known = self.unknown * 2 < self.durations.count();
        let least = statistic.percentile().map(|percentile| self.durations.least_quantile(percentile.quantile()));
        let shift = value(measured, statistic)? - least.unwrap_or_else(|| value(&self.durations, statistic))?;
        known.then_some(shift.max(0.0))
    }

    /// The same of each percentile; `None` where none is known.
    pub fn errors(&self, measured: &Distribution) -> Option<Percentiles<f64>> {
        self.error(measured, Statistic::P50)?;
        let error = |percentile: Percentile| self.error(measured, percentile.statistic()).unwrap_or_default();
        Some(Percentiles::each(error))
    }
}

/// A figure that has an error, seconds.
pub(super) fn value(durations: &Distribution, statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::Count | Statistic::Censored => None,
        Statistic::Min => durations.min(),
        Statistic::Mean => durations.mean(),
        Statistic::Max => durations.max(),
        Statistic::P50 | Statistic::P90 | Statistic::P95 | Statistic::P99 | Statistic::P999 => {
            durations.quantile(statistic.percentile()?.quantile())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// 100 claims of 10 ms each; the last `late` were read `by` ms late.
    fn of(late: i64, by: i64) -> (Distribution, Corrected) {
        let (mut measured, mut corrected) = (Distribution::default(), Corrected::default());
        for claim in 0..100 {
            let lateness = if claim >= 100 - late { by * MS } else { 0 };
            measured.record(10 * MS + lateness, false);
            corrected.record(10 * MS + lateness, false, Some(lateness));
        }
        (measured, corrected)
    }

    #[test]
    fn the_error_of_a_percentile_is_its_shift() {
        let (measured, corrected) = of(3, 20);
        let error = |statistic| corrected.error(&measured, statistic).unwrap();
        assert!(error(Statistic::P95).abs() < 1e-4 && (error(Statistic::P99) - 0.02).abs() < 1e-4);
        assert!((error(Statistic::Mean) - 0.0006).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_known_may_be_all_of_it_and_of_most_says_nothing() {
        let (mut measured, mut corrected) = (Distribution::default(), Corrected::default());
        for claim in 0..100 {
            measured.record(10 * MS, false);
            corrected.record(10 * MS, false, (claim > 0).then_some(0));
        }
        assert!(corrected.error(&measured, Statistic::P99).unwrap() < 1e-5);
        assert!(corrected.error(&measured, Statistic::Min).unwrap() > 0.009);
        for _ in 0..100 {
            measured.record(10 * MS, false);
            corrected.record(10 * MS, false, None);
        }
        assert_eq!(corrected.errors(&measured), None);
    }

    #[test]
    fn a_bound_has_no_error_of_ours() {
        let (mut measured, mut corrected) = (Distribution::default(), Corrected::default());
        measured.record(1000 * MS, true);
        corrected.record(1000 * MS, true, None);
        assert_eq!(corrected.error(&measured, Statistic::P99), Some(0.0));
    }
}
