//! The slow claims of a run, in episodes: those that waited at the same time for the same.

use super::stages::{STAGES, parts};
use super::survey::Survey;
use crate::measure::{ClaimRecord, Outcome};

/// A claim is slow that took so many times the median.
const SLOW: i64 = 3;
/// The slowest that are listed in any case.
const LISTED: usize = 25;
/// Fewer claims are no episode.
const FEWEST: usize = 3;
/// Episodes told, and claims listed of each.
const EPISODES: usize = 12;
const OF_EPISODE: usize = 50;

/// One claim's wait for Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub index: u64,
    pub from_ns: i64,
    /// Ready, or given up.
    pub to_ns: i64,
    /// The stage that took longest, of `STAGES`.
    pub stage: usize,
    pub timed_out: bool,
}

/// Slow claims as they are found.
pub(super) struct Waits {
    /// Longer is slow.
    slow_ns: i64,
    /// As long is listed.
    listed_ns: i64,
    all: Vec<Wait>,
}

/// Claims that waited at the same time for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Episode {
    pub from_ns: i64,
    pub to_ns: i64,
    pub stage: usize,
    pub claims: usize,
    pub timed_out: usize,
    pub longest_ns: i64,
    /// Its slowest.
    pub listed: Vec<u64>,
}

/// All slow claims of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Slow {
    /// In order of time.
    pub episodes: Vec<Episode>,
    /// The slowest of the others.
    pub others: Vec<u64>,
    /// Slow ones that are neither in an episode nor among `others`.
    pub unlisted: usize,
    /// Longer is slow.
    pub slow_ns: i64,
}

impl Waits {
    /// Of no claim yet; what is slow is what is so beside the others of the run.
    pub fn new(survey: &Survey) -> Self {
        let ready = survey.until_ready();
        let nanos = |quantile: f64| ready.quantile(quantile).map_or(0, |seconds| (seconds * 1e9) as i64);
        let listed = 1.0 - LISTED as f64 / ready.count().max(1) as f64;
        let slow_ns = SLOW * nanos(0.5);
        Self { slow_ns, listed_ns: slow_ns.min(nanos(listed.max(0.0))), all: Vec::new() }
    }

    /// Looks at one claim. What was refused or never sent did not wait.
    pub fn record(&mut self, claim: &ClaimRecord) {
        let timed_out = claim.outcome() == Outcome::TimedOut;
        let to_ns = claim.ready_ns.filter(|_| claim.is_ready()).unwrap_or(claim.ended_ns);
        let slow = claim.is_ready() && to_ns - claim.intended_ns >= self.listed_ns;
        let longest = parts(claim).into_iter().max_by_key(|part| part.nanos);
        if let Some(part) = longest.filter(|_| slow || timed_out) {
            self.all.push(Wait { index: claim.index, from_ns: claim.intended_ns, to_ns, stage: part.stage, timed_out });
        }
    }

    /// Sorts them into episodes.
    pub fn slow(self) -> Slow {
        let slow_ns = self.slow_ns;
        let is_slow = |wait: &Wait| wait.timed_out || wait.nanos() > slow_ns;
        let (waits, mut others): (Vec<_>, Vec<_>) = self.all.into_iter().partition(is_slow);
        let (mut groups, few): (Vec<_>, Vec<_>) = alike(waits).into_iter().partition(|group| group.len() >= FEWEST);
        groups.sort_by_key(|group| std::cmp::Reverse(group.iter().map(Wait::nanos).sum::<i64>()));
        let left = groups.split_off(EPISODES.min(groups.len()));
        others.extend(few.into_iter().chain(left).flatten());
        let mut episodes: Vec<Episode> = groups.into_iter().map(Episode::of).collect();
        episodes.sort_by_key(|episode| episode.from_ns);
        slowest_first(&mut others);
        let unlisted = others.iter().skip(LISTED).filter(|wait| is_slow(wait)).count();
        let others = others.iter().take(LISTED).map(|wait| wait.index).collect();
        Slow { episodes, others, unlisted, slow_ns }
    }
}

/// Those that waited for the same while others of them did.
fn alike(mut waits: Vec<Wait>) -> Vec<Vec<Wait>> {
    waits.sort_unstable_by_key(|wait| (wait.stage, wait.from_ns, wait.index));
    let mut groups: Vec<Vec<Wait>> = Vec::new();
    let mut open: Option<(usize, i64)> = None;
    for wait in waits {
        let joins = open.is_some_and(|(stage, until_ns)| stage == wait.stage && wait.from_ns <= until_ns);
        let until_ns = open.filter(|_| joins).map_or(wait.to_ns, |(_, until_ns)| until_ns.max(wait.to_ns));
        open = Some((wait.stage, until_ns));
        match groups.last_mut() {
            Some(group) if joins => group.push(wait),
            _ => groups.push(vec![wait]),
        }
    }
    groups
}

fn slowest_first(waits: &mut [Wait]) {
    waits.sort_by_key(|wait| (std::cmp::Reverse(wait.nanos()), wait.index));
}

impl Episode {
    fn of(mut waits: Vec<Wait>) -> Self {
        slowest_first(&mut waits);
        let bound = |of: fn(&Wait) -> i64| waits.iter().map(of);
        Self {
            from_ns: bound(|wait| wait.from_ns).min().unwrap_or_default(),
            to_ns: bound(|wait| wait.to_ns).max().unwrap_or_default(),
            stage: waits.first().map_or(0, |wait| wait.stage),
            claims: waits.len(),
            timed_out: waits.iter().filter(|wait| wait.timed_out).count(),
            longest_ns: bound(Wait::nanos).max().unwrap_or_default(),
            listed: waits.iter().take(OF_EPISODE).map(|wait| wait.index).collect(),
        }
    }

    /// What its claims waited for.
    pub fn waited_for(&self) -> &'static str {
        STAGES[self.stage].wait
    }
}

impl Wait {
    fn nanos(&self) -> i64 {
        self.to_ns - self.from_ns
    }
}

impl Slow {
    /// All claims that are listed.
    pub fn listed(&self) -> impl Iterator<Item = u64> {
        self.episodes.iter().flat_map(|episode| &episode.listed).chain(&self.others).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds.
    fn wait(index: u64, from: i64, to: i64, stage: usize) -> Wait {
        Wait { index, from_ns: from * 1_000_000, to_ns: to * 1_000_000, stage, timed_out: false }
    }

    fn slow(slow_ms: i64, all: Vec<Wait>) -> Slow {
        Waits { slow_ns: slow_ms * 1_000_000, listed_ns: 0, all }.slow()
    }

    #[test]
    fn an_episode_is_of_claims_that_waited_together_for_the_same() {
        let stall = (0..40).map(|at| wait(at, 1000 + at as i64, 1100, 4));
        let later = (50..54).map(|at| wait(at, 1200, 1300, 4));
        let beside = (60..63).map(|at| wait(at, 1010, 1090, 2));
        let found = slow(30, stall.chain(later).chain(beside).chain([wait(70, 5000, 5100, 4)]).collect());
        let told: Vec<_> =
            found.episodes.iter().map(|it| (it.from_ns / 1_000_000, it.claims, it.waited_for())).collect();
        let [bound, answer] = [STAGES[4].wait, STAGES[2].wait];
        assert_eq!(told, [(1000, 40, bound), (1010, 3, answer), (1200, 4, bound)]);
        assert_eq!(found.episodes[0].listed, (0..40).collect::<Vec<_>>(), "the slowest first");
        assert_eq!((found.episodes[0].to_ns, found.episodes[0].longest_ns), (1_100_000_000, 100_000_000));
        assert_eq!((found.others, found.unlisted), (vec![70], 0));
    }

    #[test]
    fn no_slow_claim_is_left_out_of_the_count() {
        // Fifteen episodes of three, fifty that stand alone.
        let groups = (0..45).map(|at| wait(at, at as i64 / 3 * 1000, at as i64 / 3 * 1000 + 500, 4));
        let alone = (100..150).map(|at| wait(at, at as i64 * 1000, at as i64 * 1000 + 400, 3));
        let found = slow(300, groups.chain(alone).chain([wait(200, 900_000, 900_010, 3)]).collect());
        let told: usize = found.episodes.iter().map(|it| it.claims).sum();
        assert_eq!((found.episodes.len(), told, found.others.len()), (12, 36, 25));
        assert_eq!(told + found.others.len() + found.unlisted, 95, "the one that is not slow is not counted");
    }

    #[test]
    fn a_claim_that_timed_out_waited_however_short() {
        let all = (0..3).map(|at| Wait { timed_out: true, ..wait(at, 0, 10, 3) }).collect();
        let found = slow(1000, all);
        assert_eq!((found.episodes[0].claims, found.episodes[0].timed_out), (3, 3));
    }
}
