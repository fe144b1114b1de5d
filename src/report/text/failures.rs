use super::run_end::{Example, RunEnd};
use crate::report::screen::{Line, Screen, Tone};

/// Characters of a message, at most.
const MESSAGE: usize = 200;

/// Why claims ended as they did: how many, and one of them.
pub(super) fn failures(run: &RunEnd, screen: &mut Screen) {
    if run.summary.reasons.is_empty() {
        return;
    }
    screen.gap();
    screen.push(Line::new(Tone::Strong, "reasons"));
    let mut reasons: Vec<_> = run.summary.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (reason, count) in reasons {
        let line = Line::new(Tone::Bad, format!("{count:>8}  {reason}"));
        let example = run.examples.get(reason).map(|example| format!("  such as {}", words(example)));
        screen.push(example.into_iter().fold(line, |line, text| line.and(Tone::Dim, text)).hanging(10));
    }
}

fn words(example: &Example) -> String {
    let Some(message) = &example.message else { return example.claim.clone() };
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = message.chars().take(MESSAGE).collect();
    let more = if short.len() < message.len() { "..." } else { "" };
    format!("{}: {short}{more}", example.claim)
}
