//! Figures and verdicts as people read them.

use crate::measure::compare::{Doubt, Figure, Judgement, Unit, Value, Verdict};

/// Points of a share, in which it differs.
const POINTS: &str = "pt";

/// A figure of a side, `>` before a lower bound; `seconds` says durations.
pub(super) fn value(figure: Figure, value: Option<Value>, seconds: fn(f64) -> String) -> String {
    let Some(Value { value, is_bound }) = value else { return "-".into() };
    let text = if figure.is_share() { format!("{} %", rounded(value)) } else { seconds(value) };
    if is_bound { format!(">{text}") } else { text }
}

/// A change with its sign: percent, of shares points.
pub(super) fn change(figure: Figure, value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{} {}", signed(value), unit(figure)))
}

/// Where a change lies; `-` where nothing bounds it.
pub(super) fn interval(figure: Figure, interval: [Option<f64>; 2]) -> String {
    match interval {
        [None, None] => "-".into(),
        [Some(low), None] => format!("over {} {}", signed(low), unit(figure)),
        [None, Some(high)] => format!("below {} {}", signed(high), unit(figure)),
        [Some(low), Some(high)] => format!("{} to {} {}", signed(low), signed(high), unit(figure)),
    }
}

/// An effect without sign.
pub(super) fn effect(figure: Figure, value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{} {}", rounded(value), unit(figure)))
}

/// `slower by 8.1 to 13.7 %`, for a figure with a verdict.
pub(super) fn told(judgement: &Judgement) -> String {
    let figure = judgement.figure;
    let word = match (figure.latency(), judgement.verdict) {
        (Some(_), Verdict::Better) => "faster".to_owned(),
        (Some(_), _) => "slower".to_owned(),
        (None, Verdict::Better) => format!("{} down", figure.name()),
        (None, _) => format!("{} up", figure.name()),
    };
    let sizes = judgement.interval.map(|end| end.map(|end| rounded(end.abs())));
    let size = match sizes {
        [Some(one), Some(other)] if judgement.verdict == Verdict::Better => {
            format!("{other} to {one} {}", unit(figure))
        }
        [Some(one), Some(other)] => format!("{one} to {other} {}", unit(figure)),
        [Some(one), None] | [None, Some(one)] => format!("{one} {} or more", unit(figure)),
        [None, None] => "an unknown amount".into(),
    };
    format!("{word} by {size}")
}

/// A verdict of one figure in a word or two, and the tone of it: `good`, `bad` or `plain`.
pub(super) fn verdict(judgement: &Judgement) -> (&'static str, &'static str) {
    let is_latency = judgement.figure.latency().is_some();
    match judgement.verdict {
        Verdict::Worse => (if is_latency { "slower" } else { "worse" }, "bad"),
        Verdict::Better => (if is_latency { "faster" } else { "better" }, "good"),
        Verdict::Same => ("same", "plain"),
        Verdict::CannotTell(_) => ("cannot tell", "plain"),
    }
}

pub(super) fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::TooFewClaims => "too few claims",
        Doubt::TooFewBlocks => "too few blocks in a run",
        Doubt::RunSpreadUnknown => "runs may differ as much",
        Doubt::TooWide => "the interval is too wide",
    }
}

/// What a figure rests on: "41 and 39 blocks", or "3 and 3 runs". Of too few blocks how many there are.
pub(super) fn sample(judgement: &Judgement, runs: [usize; 2]) -> String {
    let too_few_blocks = judgement.verdict == Verdict::CannotTell(Doubt::TooFewBlocks);
    let ([base, new], name) = match judgement.unit {
        Unit::Run if !too_few_blocks => (runs, "runs"),
        Unit::Run | Unit::Block => (judgement.blocks, "blocks"),
    };
    format!("{base} and {new} {name}")
}

fn unit(figure: Figure) -> &'static str {
    if figure.is_share() { POINTS } else { "%" }
}

/// Hundredths of a fraction, three digits of them at most.
fn rounded(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let digits = match percent.abs() {
        size if size < 1.0 => 2,
        size if size < 100.0 => 1,
        _ => 0,
    };
    format!("{percent:.digits$}")
}

fn signed(fraction: f64) -> String {
    let text = rounded(fraction);
    if fraction < 0.0 { text } else { format!("+{text}") }
}
