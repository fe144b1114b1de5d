use serde::{Deserialize, Serialize};

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The highest rate that meets the objectives in the long run, claims per second; null where none is known to.
    pub rate: Option<f64>,
    /// Lower end of its 90 % interval; null where there is none.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end; null where no rate is known to miss: the rate is then "at least".
    #[serde(default)]
    pub high: Option<f64>,
    /// True where both ends are within the tolerance of the rate.
    #[serde(default)]
    pub settled: bool,
    /// What kept it from a higher one.
    pub limited_by: Limit,
    /// The lowest higher rate that more steps did not meet than met; null where there is none.
    pub next_higher: Option<f64>,
}

/// What ended a search, or kept it from a higher rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The cluster: higher rates miss an objective.
    Cluster,
    /// The generator: the cluster carries at least the rate found.
    Generator,
    /// The highest rate allowed was met.
    MaxRate,
    /// The time told at the start was over before a rate was missed, or met. `steps` in files of schema 1.
    #[serde(alias = "steps")]
    Time,
    /// Steps failed.
    Failed,
}

impl Answer {
    pub(super) fn none(limited_by: Limit) -> Self {
        Self { rate: None, low: None, high: None, settled: false, limited_by, next_higher: None }
    }

    pub(super) fn at_least(rate: f64, limited_by: Limit) -> Self {
        let settled = limited_by != Limit::Time;
        Self { rate: Some(rate), low: Some(rate), settled, ..Self::none(limited_by) }
    }
}
