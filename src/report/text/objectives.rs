use crate::measure::{ObjectiveResult, Summary};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::units::seconds;

/// A line for each objective: whether it is met, its figure and its limit.
pub(super) fn objectives(summary: &Summary, look: &Look, screen: &mut Screen) {
    if summary.slo.is_empty() {
        return;
    }
    screen.gap();
    screen.push(Line::new(Tone::Strong, "objectives"));
    screen.extend(summary.slo.iter().map(|objective| line(objective, look)));
}

fn line(objective: &ObjectiveResult, look: &Look) -> Line {
    let signs = look.colour && look.unicode;
    let (tone, sign) = match (objective.met, signs) {
        (true, true) => (Tone::Good, "\u{2713} "),
        (true, false) => (Tone::Good, "met    "),
        (false, true) => (Tone::Bad, "\u{2717} "),
        (false, false) => (Tone::Bad, "MISSED "),
    };
    let is = format!(": is {}", objective_value(objective));
    let line = Line::new(Tone::Plain, "  ").and(tone, sign).and(Tone::Plain, objective.expression.as_str());
    let line = line.and(tone, is).hanging(4);
    if objective.undecided {
        return line.and(Tone::Warn, " (undecided)");
    }
    line
}

/// The figure of an objective, with its unit: `> 3.00s` where it is a lower bound, `< 20` where it is an upper one.
pub(in crate::report) fn objective_value(objective: &ObjectiveResult) -> String {
    let Some(value) = objective.value else { return "no figure, since there is nothing to measure".into() };
    let sign = if objective.is_bounded_above() { "< " } else { "> " };
    let bound = if objective.bound { sign } else { "" };
    format!("{bound}{}", if objective.is_duration() { seconds(value) } else { number(value) })
}

/// A count, or a share to a millionth.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
