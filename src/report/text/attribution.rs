use crate::measure::{Episode, StageTotal, Summary};
use crate::report::attribution::{in_words, span};
use crate::report::screen::{Line, Screen, Tone};
use crate::report::units::seconds;

/// Stages and episodes in the text, at most: three lines in all.
const STAGES: usize = 4;
const EPISODES: usize = 2;
/// A smaller part of the time is not told.
const LEAST_SHARE: f64 = 0.01;

/// Where the time went, and why claims were slow.
pub(super) fn attribution(summary: &Summary, screen: &mut Screen) {
    let Some(attribution) = summary.attribution.as_ref().filter(|it| !it.stages.is_empty()) else { return };
    screen.gap();
    let told = attribution.stages.iter().filter(|total| total.share >= LEAST_SHARE).take(STAGES);
    let told: Vec<String> = told.map(stage).collect();
    screen.push(Line::new(Tone::Plain, format!("where the time went: {}", told.join(", "))).hanging(2));
    for it in attribution.largest_first().into_iter().take(EPISODES) {
        screen.push(episode(it).hanging(2));
    }
}

fn stage(total: &StageTotal) -> String {
    format!("{:.0} % {}", total.share * 100.0, total.stage.name().replace('_', " "))
}

fn episode(it: &Episode) -> Line {
    let (when, count, longest) = (span(it), it.claims, seconds(it.longest_s));
    let waited = format!("slow at {when}: {count} claims waited for {}, up to {longest}", it.stage.waited_for());
    let line = Line::new(Tone::Warn, waited);
    match it.suspects.first() {
        Some(suspect) => line.and(Tone::Plain, format!("; suspect: {}", in_words(suspect))),
        None => line.and(Tone::Dim, "; nothing else was unlike the rest of the run"),
    }
}
