//! Why a step was not met.

use crate::measure::search::{Ended, Evidence, Verdict, may_be_beyond, met_max_in_flight};
use crate::measure::{ObjectiveResult, Summary};
use crate::report::text::objective_value;

/// A reason each, of a step whose summary this is; none where it was met.
pub(super) fn because(ended: &Ended, summary: &Summary) -> Vec<String> {
    let mut because = Vec::new();
    if let Ended::Judged { evidence, queue_growing } = ended {
        let told = summary.slo.iter().zip(evidence).filter_map(|(objective, evidence)| told(objective, *evidence));
        because.extend(told);
        match met_max_in_flight(summary) {
            0 if *queue_growing => because.push("the queue grew through the step".into()),
            0 => {}
            full => because.push(format!("{full} claims met load.max_in_flight")),
        }
    }
    because.extend(summary.invalid_reasons.iter().map(|reason| format!("invalid: {reason}")));
    because
}

fn told(objective: &ObjectiveResult, evidence: Evidence) -> Option<String> {
    let expression = &objective.expression;
    match (evidence, evidence.verdict()) {
        (_, Verdict::Met) => None,
        (Evidence::Figure { .. }, _) => Some(format!("{expression} missed: {}", objective_value(objective))),
        (Evidence::Share { beyond, of, allowed, .. }, Verdict::Missed) => {
            Some(format!("{expression}: {beyond} of {of} beyond, {} allowed", may_be_beyond(of, allowed)))
        }
        (Evidence::Share { undecided, of, allowed, .. }, _) if may_be_beyond(of, allowed) > 0 => {
            Some(format!("{expression}: undecided, {undecided} of {of} are bounds"))
        }
        (Evidence::Share { of, .. }, _) => Some(format!("{expression}: undecided, {of} claims are too few")),
    }
}
