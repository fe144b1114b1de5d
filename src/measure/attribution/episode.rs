use serde::{Deserialize, Serialize};

use super::Suspect;
use super::slow_claim::SlowClaim;
use crate::measure::Stage;

/// Fewer claims are no episode.
const FEWEST: usize = 3;
/// Claims of an episode that are named.
const NAMED: usize = 50;

/// Slow claims that waited at the same time for the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// When the first was intended, seconds since the run's start.
    pub from_s: f64,
    /// When the last was ready, or given up.
    pub to_s: f64,
    /// Which of its stages took each of them longest.
    pub stage: Stage,
    /// How many.
    pub claims: u64,
    /// Those of them that timed out.
    pub timed_out: u64,
    /// How long all of them took together.
    pub total_s: f64,
    /// The longest of them.
    pub longest_s: f64,
    /// What was otherwise meanwhile, the likeliest first.
    pub suspects: Vec<Suspect>,
    /// The slowest, by index.
    pub slowest: Vec<u64>,
}

impl Episode {
    /// Of claims, the slowest first.
    pub(super) fn of(claims: &[SlowClaim], suspects: Vec<Suspect>) -> Self {
        let seconds = |nanos: i64| nanos as f64 / 1e9;
        let (from_ns, to_ns) = span(claims);
        Self {
            from_s: seconds(from_ns),
            to_s: seconds(to_ns),
            stage: claims.first().map_or(Stage::Unexplained, |claim| claim.stage),
            claims: claims.len() as u64,
            timed_out: claims.iter().filter(|claim| claim.timed_out).count() as u64,
            total_s: seconds(claims.iter().map(SlowClaim::nanos).sum()),
            longest_s: seconds(claims.iter().map(SlowClaim::nanos).max().unwrap_or_default()),
            suspects,
            slowest: claims.iter().take(NAMED).map(|claim| claim.index).collect(),
        }
    }
}

/// From the first to the last instant of the claims.
pub(super) fn span(claims: &[SlowClaim]) -> (i64, i64) {
    let from = claims.iter().map(|claim| claim.from_ns).min();
    let to = claims.iter().map(|claim| claim.to_ns).max();
    (from.unwrap_or_default(), to.unwrap_or_default())
}

/// Those that waited for the same while others of them did, the slowest of each first; and those that waited alone.
pub(super) fn alike(mut claims: Vec<SlowClaim>) -> (Vec<Vec<SlowClaim>>, Vec<SlowClaim>) {
    claims.sort_unstable_by_key(|claim| (claim.stage, claim.from_ns, claim.index));
    let mut groups: Vec<Vec<SlowClaim>> = Vec::new();
    let mut open: Option<(Stage, i64)> = None;
    for claim in claims {
        let joins = open.is_some_and(|(stage, until_ns)| stage == claim.stage && claim.from_ns <= until_ns);
        let until_ns = open.filter(|_| joins).map_or(claim.to_ns, |(_, until_ns)| until_ns.max(claim.to_ns));
        open = Some((claim.stage, until_ns));
        match groups.last_mut() {
            Some(group) if joins => group.push(claim),
            _ => groups.push(vec![claim]),
        }
    }
    let (mut groups, few): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() >= FEWEST);
    for group in &mut groups {
        slowest_first(group);
    }
    (groups, few.into_iter().flatten().collect())
}

pub(super) fn slowest_first(claims: &mut [SlowClaim]) {
    claims.sort_by_key(|claim| (std::cmp::Reverse(claim.nanos()), claim.index));
}
