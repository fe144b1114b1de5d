use super::run_end::{Example, RunEnd};
use crate::measure::{Outcome, Summary};
use crate::report::screen::{Line, Screen, Tone};

/// Characters of a message, at most.
const MESSAGE: usize = 200;

/// Why claims ended as they did: how many, and one of them.
pub(super) fn failures(run: &RunEnd, screen: &mut Screen) {
    let mut reasons = reasons(run.summary);
    if reasons.is_empty() {
        return;
    }
    screen.gap();
    screen.push(Line::new(Tone::Strong, "reasons"));
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (reason, count) in reasons {
        let line = Line::new(Tone::Bad, format!("{count:>8}  {reason}"));
        let example = run.examples.get(reason).map(|example| format!("  such as {}", words(example)));
        screen.push(example.into_iter().fold(line, |line, text| line.and(Tone::Dim, text)).hanging(10));
    }
}

/// How many claims ended for each reason; of an outcome that has none for some, those by its name alone.
fn reasons(summary: &Summary) -> Vec<(&str, u64)> {
    let told: Vec<(&str, u64)> = summary.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    let of = |outcome: Outcome| {
        let has_reason = told.iter().filter(|(reason, _)| reason.split('.').next() == Some(outcome.name()));
        summary.outcomes.of(outcome).saturating_sub(has_reason.map(|(_, count)| count).sum())
    };
    let untold = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ready && of(*outcome) > 0);
    let untold: Vec<_> = untold.map(|outcome| (outcome.name(), of(outcome))).collect();
    told.iter().copied().chain(untold).collect()
}

fn words(example: &Example) -> String {
    let Some(message) = &example.message else { return example.claim.clone() };
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = message.chars().take(MESSAGE).collect();
    let more = if short.len() < message.len() { "..." } else { "" };
    format!("{}: {short}{more}", example.claim)
}
