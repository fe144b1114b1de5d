//! Whether the durations of a run stay alike from its start to its end, and where they do not, from when on.

mod change;
mod ranks;
mod start;

use std::fmt;

use crate::measure::series::Series;
use ranks::{Ranked, joined, ranked};

/// Cells with claims that are needed to tell.
const FEWEST_CELLS: usize = 16;
/// Claims that are needed to tell.
const FEWEST_CLAIMS: u64 = 50;
/// Chance that a steady run is taken for one that is not, for each of the two tests: 1 % together.
const ALPHA: f64 = 0.005;
/// What the statistic of a steady run exceeds with that chance, by 200,000 series of 256 independent normals.
const CRITICAL: f64 = 139.0;

/// What makes a run no steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unsteady {
    /// When its first claims were intended, since the run's start: later than that where phases come before.
    pub first_ns: i64,
    /// From when on the run is another, since its start.
    pub at_ns: i64,
    /// Median before it, or of the run's first tenth where it drifts from the start; seconds.
    pub before: f64,
    /// Median of the run's last tenth; seconds.
    pub end: f64,
    /// True where all that follows is steady: the part before is a warm-up.
    pub warm_up: bool,
}

/// `None` of a steady run, and of one too short to tell.
#[must_use]
pub fn unsteady(series: &Series) -> Option<Unsteady> {
    let ranked = ranked(series);
    if ranked.len() < FEWEST_CELLS || series.count() < FEWEST_CLAIMS || !differs(&ranked) {
        return None;
    }
    let rest = |from: usize| series.cut(ranked[from].cell, series.cells().len());
    let warm_up = start::truncations(&ranked).find(|from| !differs(&ranks::ranked(&rest(*from))));
    let from = warm_up.unwrap_or_else(|| change::instant(&ranked));
    let cells = series.cells().len();
    let tenth = (cells - ranked[0].cell).div_ceil(10);
    let median = |from: usize, to: usize| series.cut(from, to).whole().quantile(0.5);
    let (first, at) = (ranked[0].cell, ranked[from].cell);
    Some(Unsteady {
        first_ns: first as i64 * series.width_ns(),
        at_ns: at as i64 * series.width_ns(),
        before: median(first, if at == first { first + tenth } else { at })?,
        end: median(cells - tenth, cells)?,
        warm_up: warm_up.is_some(),
    })
}

fn differs(ranked: &[Ranked]) -> bool {
    let steps = joined(ranked, change::STEPS);
    change::statistic(&steps) > CRITICAL || start::differs(&steps, ALPHA)
}

impl fmt::Display for Unsteady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |nanos: i64| nanos as f64 / 1e9;
        let (at, before, end) = (seconds(self.at_ns), self.before * 1e3, self.end * 1e3);
        let medians = format!("p50 {before:.1} ms before, {end:.1} ms at the end");
        if self.warm_up {
            let slow = seconds(self.at_ns - self.first_ns);
            let more = slow.ceil();
            write!(
                f,
                "the first {slow:.1} s differ from the rest ({medians}): {more:.0} s more in a phase with warm_up: true \
                 would leave them out"
            )
        } else {
            write!(f, "the run is not steady: it changes at {at:.1} s ({medians})")
        }
    }
}
