use serde::Serialize;

use super::text::explanations;
use crate::config::Validity;
use crate::measure::Summary;

/// The first thing a page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    /// `good`, `warn` or `bad`; never by colour alone.
    pub tone: &'static str,
    pub text: String,
    /// Why, a sentence each.
    pub reasons: Vec<String>,
}

/// Whether a run holds, and whether it met its objectives. `whole`: it ended by itself and wrote its summary.
pub(super) fn verdict(summary: &Summary, validity: &Validity, whole: bool, lost: u64) -> Verdict {
    if !whole {
        let all = lost + summary.outcomes.total();
        let text = "Incomplete".to_owned();
        let why = format!(
            "The run was killed: {lost} of {all} planned claims left no record. The figures are of the rest, and no \
             measurement."
        );
        return Verdict { tone: "bad", text, reasons: vec![why] };
    }
    if !summary.valid {
        let reasons = explanations(summary, validity).collect();
        return Verdict { tone: "bad", text: "Invalid".into(), reasons };
    }
    let missed = summary.slo.iter().filter(|objective| !objective.met).count();
    let (tone, text) = match (summary.slo.len(), missed) {
        (0, _) => ("good", "Valid".to_owned()),
        (_, 0) => ("good", "Valid, every objective met".to_owned()),
        (all, missed) => ("warn", format!("Valid, {missed} of {all} objectives missed")),
    };
    let (tone, text) = match summary.outcomes.ready {
        0 => ("warn", format!("{text}; none of {} claims became ready", summary.outcomes.total())),
        _ => (tone, text),
    };
    Verdict { tone, text, reasons: Vec::new() }
}
