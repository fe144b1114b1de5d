//! Why claims were slow: the stages of each, slow claims in episodes, and what was unlike the rest of the run meanwhile.

mod attributor;
mod cause;
mod chain;
mod creates;
mod episode;
mod group;
mod lateness;
mod slow_claim;
mod standstill;
mod suspect;
mod totals;

use serde::{Deserialize, Serialize};

pub use attributor::Attributor;
pub use cause::Cause;
pub use chain::stages;
use chain::stages_of;
pub use episode::Episode;
pub use suspect::{Figure, Suspect};
pub use totals::{StageTotal, Totals};

/// `attribution` in `summary.json`. Times are seconds since the run's start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Where the time of the ready claims went, the largest first.
    pub stages: Vec<StageTotal>,
    /// A claim that took longer is slow: three times the median of the ready ones. 0 of none.
    pub slow_s: f64,
    /// Claims that took longer, and those that timed out.
    pub slow: u64,
    /// Slow claims that waited at the same time for the same, in order of time.
    pub episodes: Vec<Episode>,
    /// The slowest claims that are in no episode, by index.
    pub others: Vec<u64>,
    /// Slow claims that are neither in an episode nor among `others`.
    pub unlisted: u64,
}

impl Attribution {
    /// All claims that are named.
    pub fn named(&self) -> impl Iterator<Item = u64> {
        self.episodes.iter().flat_map(|episode| &episode.slowest).chain(&self.others).copied()
    }

    /// The episodes, those first that cost most time.
    #[must_use]
    pub fn largest_first(&self) -> Vec<&Episode> {
        let mut episodes: Vec<&Episode> = self.episodes.iter().collect();
        episodes.sort_by(|one, other| other.total_s.total_cmp(&one.total_s));
        episodes
    }
}
