use serde::Serialize;

use super::plot::{Band, BandKind, secs};
use super::survey::Survey;
use super::waits::{Episode, Slow};

/// The claims that the page lists, by index: slow ones, then some that never became ready.
#[derive(Serialize)]
pub(super) struct ClaimGroups<'a> {
    /// Longer is slow, seconds.
    slow_s: f64,
    episodes: Vec<EpisodeGroup<'a>>,
    /// Slow ones that waited alone.
    others: &'a [u64],
    /// Slow ones that are not listed.
    unlisted: usize,
    not_ready: Vec<u64>,
}

/// "10.0–12.1 s: 128 claims waited for a sandbox".
#[derive(Serialize)]
struct EpisodeGroup<'a> {
    span: String,
    count: usize,
    waited_for: &'static str,
    longest_s: f64,
    timed_out: usize,
    /// Faults that were on meanwhile.
    faults: Vec<&'a str>,
    claims: &'a [u64],
}

impl<'a> ClaimGroups<'a> {
    pub fn of(slow: &'a Slow, survey: &Survey, bands: &'a [Band]) -> Self {
        let episode = |episode: &'a Episode| EpisodeGroup {
            span: span(episode),
            count: episode.claims,
            waited_for: episode.waited_for(),
            longest_s: secs(episode.longest_ns),
            timed_out: episode.timed_out,
            faults: faults(episode, bands),
            claims: &episode.listed,
        };
        Self {
            slow_s: secs(slow.slow_ns),
            episodes: slow.episodes.iter().map(episode).collect(),
            others: &slow.others,
            unlisted: slow.unlisted,
            not_ready: survey.examples().map(|claim| claim.index).collect(),
        }
    }
}

/// As many digits as tell its ends apart.
fn span(episode: &Episode) -> String {
    let (from, to) = (secs(episode.from_ns), secs(episode.to_ns));
    let digits = if to - from < 0.2 { 2 } else { 1 };
    format!("{from:.digits$}–{to:.digits$}\u{a0}s")
}

fn faults<'a>(episode: &Episode, bands: &'a [Band]) -> Vec<&'a str> {
    let (from, to) = (secs(episode.from_ns), secs(episode.to_ns));
    let meanwhile = bands.iter().filter(|band| band.kind == BandKind::Fault && band.from <= to && band.to >= from);
    meanwhile.map(|band| &*band.label).collect()
}
