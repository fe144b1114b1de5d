use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::compare::{LOOKS, Resolution};

/// How small a difference this place shows, by figure such as `time_to_ready.p50`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Standard deviation of the logarithm of one run's figure.
    pub spread: BTreeMap<String, f64>,
    /// What each look shows.
    pub looks: Vec<CalibratedLook>,
}

/// What a number of pairs shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibratedLook {
    /// How many.
    pub pairs: usize,
    /// About how long they take, seconds.
    pub about_s: f64,
    /// Relative change for the worse that is found eight times of ten.
    pub smallest: BTreeMap<String, f64>,
}

impl Calibration {
    /// Of pairs that take `pair_s` seconds each.
    #[must_use]
    pub fn of(resolutions: &[Resolution], pair_s: f64) -> Self {
        let by_figure = |value: &dyn Fn(&Resolution) -> f64| -> BTreeMap<String, f64> {
            resolutions.iter().map(|one| (one.figure.name(), value(one))).collect()
        };
        let look = |(at, pairs): (usize, usize)| CalibratedLook {
            pairs,
            about_s: pairs as f64 * pair_s,
            smallest: by_figure(&|one| one.smallest[at]),
        };
        Self { spread: by_figure(&|one| one.spread), looks: LOOKS.into_iter().enumerate().map(look).collect() }
    }
}
