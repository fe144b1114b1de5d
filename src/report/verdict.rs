use serde::Serialize;

use crate::measure::{InvalidReason, Summary, Word};

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
pub(super) fn verdict(summary: &Summary, whole: bool, lost: u64) -> Verdict {
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
        let reasons = summary.invalid_reasons.iter().map(explain).collect();
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

fn explain(reason: &Word<InvalidReason>) -> String {
    let Word::Known(known) = reason else { return reason.to_string() };
    let sentence = match known {
        InvalidReason::Interrupted => "the run was stopped before its end",
        InvalidReason::MeasurementError => {
            "this machine sent or read so late that a figure may be too high by more than the tolerance allows"
        }
        InvalidReason::GeneratorLate => {
            "this machine sent claims later than the tolerance allows, so their latency is partly its own"
        }
        InvalidReason::AchievedRatio => "too few claims were handed over within 100 ms of when they were intended",
        InvalidReason::WatchGap => {
            "too many ready instants are upper bounds: a re-list showed them after a gap of the watch, or the generator had just stalled"
        }
        InvalidReason::RunnerLost => "a runner was lost, and its claims with it",
        InvalidReason::CredentialsRefused => "the server refused the credentials of the run itself (401)",
    };
    format!("{reason}: {sentence}.")
}
