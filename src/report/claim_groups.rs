use serde::Serialize;

use super::attribution::{in_words, span};
use super::plot::{Band, BandKind};
use super::survey::Survey;
use crate::measure::{Attribution, Episode};

/// The claims that the page lists, by index: slow ones, then some that never became ready.
#[derive(Serialize)]
pub(super) struct ClaimGroups<'a> {
    episodes: Vec<EpisodeGroup<'a>>,
    not_ready: Vec<u64>,
}

/// "10.0–12.1 s: 128 claims waited for the controller's queue".
#[derive(Serialize)]
struct EpisodeGroup<'a> {
    span: String,
    count: u64,
    waited_for: &'static str,
    longest_s: f64,
    timed_out: u64,
    /// In words, the likeliest first.
    suspects: Vec<String>,
    /// Faults that were on meanwhile.
    faults: Vec<&'a str>,
    claims: &'a [u64],
}

impl<'a> ClaimGroups<'a> {
    pub fn of(attribution: &'a Attribution, survey: &Survey, bands: &'a [Band]) -> Self {
        let episode = |episode: &'a Episode| EpisodeGroup {
            span: span(episode),
            count: episode.claims,
            waited_for: episode.stage.waited_for(),
            longest_s: episode.longest_s,
            timed_out: episode.timed_out,
            suspects: episode.suspects.iter().map(in_words).collect(),
            faults: faults(episode, bands),
            claims: &episode.slowest,
        };
        Self {
            episodes: attribution.episodes.iter().map(episode).collect(),
            not_ready: survey.examples().map(|claim| claim.index).collect(),
        }
    }
}

fn faults<'a>(episode: &Episode, bands: &'a [Band]) -> Vec<&'a str> {
    let meanwhile = |band: &&Band| band.from <= episode.to_s && band.to >= episode.from_s;
    let faults = bands.iter().filter(|band| band.kind == BandKind::Fault);
    faults.filter(meanwhile).map(|band| &*band.label).collect()
}
