use crate::measure::Summary;
use crate::report::screen::{Line, Tone};

/// Whether the run is a measurement, and whether its objectives are met: the first and the last thing that is said.
pub(super) fn headline(summary: &Summary) -> Line {
    let planned = summary.outcomes.total();
    let none =
        if summary.outcomes.ready == 0 { format!("; none of {planned} claims became ready") } else { String::new() };
    let bad = |text: String| Line::new(Tone::Bad, text);
    if !summary.valid {
        return bad(format!("INVALID: {}{none}", summary.invalid_because()));
    }
    match summary.slo.iter().filter(|objective| !objective.met).count() {
        0 if !none.is_empty() => bad(format!("VALID{none}")),
        0 if summary.slo.is_empty() => Line::new(Tone::Good, "VALID"),
        0 => Line::new(Tone::Good, "VALID, every objective met"),
        missed => bad(format!("VALID, {missed} of {} objectives missed{none}", summary.slo.len())),
    }
}
