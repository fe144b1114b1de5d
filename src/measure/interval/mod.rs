//! Between which values a run's percentile is sure to lie, seen as a draw from what the system would do for ever.

mod burst;
mod memory;
mod ranks;

use std::fmt;

use crate::measure::series::Series;
use memory::memory;

/// Claims beyond a percentile from which it is shown without a mark.
const ENOUGH_BEYOND: u64 = 10;

/// The interval of one percentile, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end; `None` where the claims are too few to have one.
    pub low: Option<f64>,
    /// Upper end; `None` likewise, and where it falls among the censored.
    pub high: Option<f64>,
    /// What it holds for.
    pub basis: Basis,
    /// Independent claims that tell as much as the run's.
    pub effective: f64,
    /// Why the percentile is to be taken with care, where it is.
    pub doubt: Option<Doubt>,
}

/// What is repeated, in thought, when an interval is said to hold the true percentile 95 times of 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The run, from the same steady state.
    Run,
    /// The same burst with fresh service times. What differs from one burst to the next is unknown.
    Burst,
}

/// Why a percentile is to be taken with care.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// Fewer than ten claims lie beyond it.
    FewBeyond {
        /// How many do.
        beyond: u64,
        /// Of how many.
        count: u64,
    },
    /// Enough lie beyond it, yet so close together that there is no interval.
    FewIndependent {
        /// Independent claims that tell as much.
        effective: f64,
        /// As the claims there are.
        count: u64,
    },
    /// Latencies stay high, or low, for so long that the run holds few of such times.
    ShortRun,
    /// The upper end falls among claims that never became ready.
    Censored,
    /// One burst is served in parts too unlike to say how the next would be.
    UnlikeBurst,
}

impl Interval {
    /// True where the percentile can be taken as it is.
    #[must_use]
    pub fn adequate(&self) -> bool {
        self.doubt.is_none()
    }
}

/// The interval that holds the percentile at `quantile` with probability 1 - 2 `tail`. `value` is the quantile function
/// of the series' claims, in seconds, infinite where they are censored. `None` of nothing.
#[must_use]
pub fn interval(series: &Series, quantile: f64, tail: f64, value: impl Fn(f64) -> Option<f64>) -> Option<Interval> {
    let whole = series.whole();
    let count = whole.count();
    let rank = ((quantile * count as f64).ceil() as u64).max(1);
    let beyond = (count - rank.min(count)).min(rank.checked_sub(1)?);
    value(quantile)?;
    let few = (beyond < ENOUGH_BEYOND).then_some(Doubt::FewBeyond { beyond, count });
    let Some(memory) = memory(series, &whole, quantile) else {
        let ends = burst::burst(quantile, tail, &value);
        let (low, high) = ends.unzip();
        let doubt = few.or(ends.is_none().then_some(Doubt::UnlikeBurst));
        return Some(Interval { low, high, basis: Basis::Burst, effective: 1.0, doubt });
    };
    let effective = (count as f64 / memory.inflation).max(1.0);
    let (low, high) = ranks::ranks(quantile, tail, count, memory.discounted(effective, tail));
    // Half a rank less, as the product rounds: the nearest rank of it is `rank`.
    let at = |rank: u64| value((rank as f64 - 0.5) / count as f64);
    let (low, upper) = (low.and_then(at), high.and_then(at));
    let high = upper.filter(|high| high.is_finite());
    let scarce = (low.is_none() || upper.is_none()).then_some(Doubt::FewIndependent { effective, count });
    let censored = (upper.is_some() && high.is_none()).then_some(Doubt::Censored);
    let doubt = few.or(scarce).or(censored).or(memory.short.then_some(Doubt::ShortRun));
    Some(Interval { low: low.filter(|low| low.is_finite()), high, basis: Basis::Run, effective, doubt })
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Run => "for the run again, from the same steady state",
            Self::Burst => "for the same burst again; how bursts differ is not known from one",
        })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewBeyond { beyond, count } => {
                write!(f, "only {beyond} of {count} claims lie beyond it, fewer than {ENOUGH_BEYOND}")
            }
            Self::FewIndependent { effective, count } => {
                write!(f, "{count} claims tell as much as {effective:.0} independent ones, too few for an interval")
            }
            Self::ShortRun => {
                f.write_str("slow times last so long that the run is too short to tell how often they come")
            }
            Self::Censored => f.write_str("its interval reaches claims that never became ready"),
            Self::UnlikeBurst => {
                f.write_str("parts of this one burst differ so much that another burst may differ too")
            }
        }
    }
}
