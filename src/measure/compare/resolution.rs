//! How small a difference do so many runs show?

use super::between::Between;
use super::difference::Difference;
use super::judge::{figures_of, level_of_one};
use super::quantile::Sorted;
use super::{Figure, LOOKS, Rules, RunSample};
use crate::measure::Latency;

/// What pairs of runs show of one figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Which.
    pub figure: Figure,
    /// How much one run's figure differs from another's: standard deviation of its logarithm.
    pub spread: f64,
    /// The relative change for the worse that is found eight times of ten, after each of [`LOOKS`].
    pub smallest: [f64; LOOKS.len()],
}

/// For runs of one system, and the percentiles on which `same` rests. A percentile that is a lower bound in any run has
/// none.
///
/// With R runs a side it is `(t(a, 2R-2) + t(0.2, 2R-2)) s sqrt(2/R)`: the difference that a two-sample t test finds
/// with power 0.8 (Snedecor and Cochran, Statistical Methods, 6.14). `a` is the part of the level that one end of the
/// figure's interval has in one look, and `s` is the spread. When the claims show that runs do not differ, `compare`
/// finds smaller differences too.
#[must_use]
pub fn resolutions(runs: &[RunSample], rules: &Rules) -> Vec<Resolution> {
    let figures = figures_of(&runs.iter().collect::<Vec<_>>());
    let level = level_of_one(&figures, &rules.shared_by(LOOKS.len()));
    let decides = |figure: &Figure| figure.decides() && figure.latency() == Some(Latency::TimeToReady);
    let of = |figure: Figure| {
        let spread = spread(figure, runs)?;
        let smallest = LOOKS.map(|pairs| smallest(figure, spread, pairs, level * figure.weight() / 2.0));
        Some(Resolution { figure, spread, smallest })
    };
    figures.iter().copied().filter(decides).filter_map(of).collect()
}

fn spread(figure: Figure, runs: &[RunSample]) -> Option<f64> {
    let of = |run: &RunSample| {
        let (value, is_bound) = figure.value(&Sorted::new(figure.observations(run).iter()))?;
        (!is_bound).then(|| figure.scale()(value))
    };
    let values = runs.iter().map(of).collect::<Option<Vec<_>>>()?;
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
}

fn smallest(figure: Figure, spread: f64, pairs: usize, tail: f64) -> f64 {
    let pairs = pairs as f64;
    let error = (2.0 / pairs).sqrt();
    let between = Between { means: [0.0; 2], deviation: spread, error, df: 2.0 * pairs - 2.0, has_bounds: [false; 2] };
    figure.change(Difference::of_runs(&between, tail).smallest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::compare::generators::{Effects, Model, run};

    #[test]
    fn more_pairs_show_less_and_runs_that_differ_more_show_more() {
        let of = |run_spread| {
            let effects = Effects { run_spread, ..Effects::default() };
            let runs: Vec<RunSample> = (0..10).map(|seed| run(Model::Independent, 4000, &effects, seed)).collect();
            resolutions(&runs, &Rules::default())
        };
        let (quiet, loud) = (of(0.01), of(0.1));
        let names: Vec<String> = loud.iter().map(|one| one.figure.name()).collect();
        assert_eq!(names, ["p50", "p90", "p95", "p99"].map(|name| format!("time_to_ready.{name}")));
        for (quiet, loud) in quiet.iter().zip(&loud) {
            assert!(quiet.spread < 0.05 && (0.05..0.15).contains(&loud.spread), "{quiet:?} {loud:?}");
            assert!(loud.smallest.is_sorted_by(|one, next| one > next), "{loud:?}");
        }
        // (4.72 + 0.86) 0.1 sqrt(2/20) of the normal; Student's t with 38 degrees asks for a little more.
        let (p50, spread) = (loud[0].smallest[2], loud[0].spread);
        assert!((p50.ln_1p() / spread / 0.1_f64.sqrt() - 5.4).abs() < 0.4, "{p50} of {spread}");
    }

    #[test]
    fn a_percentile_that_is_a_bound_in_a_run_has_none() {
        let failing = Effects { failed: 0.05, ..Effects::default() };
        let runs: Vec<RunSample> = (0..4).map(|seed| run(Model::Independent, 4000, &failing, seed)).collect();
        let names: Vec<String> = resolutions(&runs, &Rules::default()).iter().map(|one| one.figure.name()).collect();
        assert_eq!(names, ["time_to_ready.p50", "time_to_ready.p90"]);
        assert!(resolutions(&runs[..1], &Rules::default()).is_empty());
    }
}
