use serde::{Deserialize, Serialize};

use super::distribution::rank;
use super::instrument::Corrected;
use super::interval::interval;
use super::series::Series;
use super::{Distribution, Percentile, Percentiles, Statistic, Statistics};

/// Chance that an interval lies below the true percentile, and again that it lies above: 95 % intervals.
const TAIL: f64 = 0.025;

/// The figures of a distribution, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Values.
    pub count: u64,
    /// Values that are lower bounds: the claim never became ready.
    pub censored: u64,
    /// Smallest.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile, nearest rank.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
    /// The figures above that are lower bounds, since they rest on censored values.
    #[serde(default)]
    pub bounds: Statistics,
    /// 95 % interval of each percentile, low and high; null where there is none, or no such end.
    #[serde(default)]
    pub interval: Percentiles<Option<Ends>>,
    /// How much too high the generator's late sending and late reading made each percentile at most, in seconds; null
    /// if the system gives no timestamps.
    #[serde(default)]
    pub error_s: Option<Percentiles<f64>>,
    /// False where a percentile is to be taken with care: too few values lie beyond it, or they are too alike in time.
    #[serde(default = "all_adequate")]
    pub adequate: Percentiles<bool>,
}

/// Low and high end of an interval, seconds; `None` where the values are too few to have one.
pub type Ends = (Option<f64>, Option<f64>);

fn all_adequate() -> Percentiles<bool> {
    Percentiles::each(|_| true)
}

impl Figures {
    /// The figures of `values`, whose order in time `series` knows, and the generator's part in them `corrected`; `None` of
    /// nothing.
    pub(super) fn of(values: &Distribution, series: &Series, corrected: Option<&Corrected>) -> Option<Self> {
        let at = |percentile: Percentile| values.quantile(percentile.quantile());
        let of_run = |percentile: Percentile| {
            interval(series, percentile.quantile(), TAIL, |quantile| values.uncensored_quantile(quantile))
        };
        let intervals = Percentiles::each(of_run);
        let mut figures = Self {
            count: values.count(),
            censored: values.censored(),
            min: values.min()?,
            mean: values.mean()?,
            p50: at(Percentile::P50)?,
            p90: at(Percentile::P90)?,
            p95: at(Percentile::P95)?,
            p99: at(Percentile::P99)?,
            p999: at(Percentile::P999)?,
            max: values.max()?,
            bounds: Statistics::default(),
            interval: Percentiles::each(|percentile| {
                let found = intervals.of(percentile)?;
                (found.low.is_some() || found.high.is_some()).then_some((found.low, found.high))
            }),
            error_s: corrected.and_then(|corrected| corrected.errors(values)),
            adequate: Percentiles::each(|percentile| intervals.of(percentile).is_some_and(|it| it.adequate())),
        };
        figures.bounds = Statistic::ALL.into_iter().filter(|statistic| figures.rests_on_censored(*statistic)).collect();
        Some(figures)
    }

    /// A figure by its name: seconds, or a number of values.
    #[must_use]
    pub fn get(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::Count => self.count as f64,
            Statistic::Censored => self.censored as f64,
            Statistic::Min => self.min,
            Statistic::Mean => self.mean,
            Statistic::P50 => self.p50,
            Statistic::P90 => self.p90,
            Statistic::P95 => self.p95,
            Statistic::P99 => self.p99,
            Statistic::P999 => self.p999,
            Statistic::Max => self.max,
        }
    }

    /// Whether a figure is a lower bound. Censored values are larger than all others, so they take the last ranks.
    fn rests_on_censored(&self, statistic: Statistic) -> bool {
        let known = self.count - self.censored;
        match statistic {
            Statistic::Count | Statistic::Censored => false,
            Statistic::Min => known == 0,
            Statistic::Mean | Statistic::Max => self.censored > 0,
            Statistic::P50 | Statistic::P90 | Statistic::P95 | Statistic::P99 | Statistic::P999 => {
                statistic.percentile().is_some_and(|percentile| rank(percentile.quantile(), self.count) > known)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ready: i64, censored: i64) -> Option<Figures> {
        let (mut values, mut series) = (Distribution::default(), Series::default());
        for at in 0..ready + censored {
            let nanos = if at < ready { 1_000_000 + at } else { 3_000_000_000 };
            values.record(nanos, at >= ready);
            series.record(at * 10_000_000, nanos, at >= ready);
        }
        Figures::of(&values, &series, None)
    }

    fn bounds(ready: i64, censored: i64) -> Vec<&'static str> {
        figures(ready, censored).unwrap().bounds.iter().map(Statistic::name).collect()
    }

    #[test]
    fn nothing_has_no_figures() {
        assert_eq!(figures(0, 0), None);
    }

    #[test]
    fn a_figure_that_rests_on_censored_values_is_a_bound() {
        assert_eq!(bounds(100, 0), [""; 0]);
        assert_eq!(bounds(99, 1), ["mean", "p999", "max"]);
        assert_eq!(bounds(98, 2), ["mean", "p99", "p999", "max"]);
        assert_eq!(bounds(50, 50), ["mean", "p90", "p95", "p99", "p999", "max"]);
        assert_eq!(bounds(0, 3), ["min", "mean", "p50", "p90", "p95", "p99", "p999", "max"]);
    }

    #[test]
    fn few_values_have_no_adequate_tail() {
        let figures = figures(100, 0).unwrap();
        assert!(figures.adequate.p50 && !figures.adequate.p99 && !figures.adequate.p999, "{figures:?}");
        assert_eq!(figures.interval.p999.and_then(|ends| ends.1), None);
    }
}
