//! The words of a search.

use super::report::SearchReport;
use crate::measure::search::{Answer, Limit, Verdict};

/// How a step ended in words, and the tone of it on a page.
pub(super) fn word(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Met => ("met", "good"),
        Verdict::Missed => ("missed", "bad"),
        Verdict::QueueGrowing => ("queue growing", "bad"),
        Verdict::Undecided => ("undecided", "warn"),
        Verdict::GeneratorLimit => ("generator limit", "warn"),
        Verdict::Failed => ("failed", "warn"),
    }
}

/// Claims per second, three digits or so.
pub(super) fn rate(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// `38.0 claims/s (90 % interval 36.1 to 40.2)`, `At least 40.0 claims/s`, `No rate` or `NO ANSWER`.
pub(super) fn answer(report: &SearchReport) -> String {
    let Some(Answer { rate: found, low, high, limited_by, .. }) = report.answer else { return "NO ANSWER".into() };
    match (found.map(rate), low, high, limited_by) {
        (Some(found), Some(low), Some(high), _) => {
            format!("{found} claims/s (90 % interval {} to {})", rate(low), rate(high))
        }
        (Some(found), _, _, Limit::Cluster) => format!("{found} claims/s"),
        (Some(found), ..) => format!("At least {found} claims/s"),
        (None, .., Limit::Generator | Limit::Failed) => "NO ANSWER".into(),
        (None, .., Limit::Cluster | Limit::MaxRate | Limit::Time) => "No rate".into(),
    }
}

/// What the answer does with the objectives; `None` where there is no answer.
pub(super) fn relation(report: &SearchReport) -> Option<&'static str> {
    let answer = report.answer?;
    match (answer.rate, answer.limited_by) {
        (Some(_), Limit::Cluster) => Some("the highest rate that meets"),
        (Some(_), _) => Some("meet"),
        (None, Limit::Generator | Limit::Failed) => None,
        (None, _) => Some("that was tried meets"),
    }
}

/// What ended the search, where it was not a threshold known within the tolerance; empty where it was.
pub(super) fn reason(report: &SearchReport) -> String {
    let Some(answer) = report.answer else {
        return report.ended_early.clone().unwrap_or_else(|| "interrupted".into());
    };
    let lowest = report.steps.iter().map(|step| step.asked.rate).fold(f64::INFINITY, f64::min);
    match (answer.rate, answer.limited_by) {
        (Some(_), Limit::Cluster) if answer.settled || answer.high.is_none() => String::new(),
        (Some(_), Limit::Cluster) => {
            format!("not settled within {} %: longer steps (--duration) narrow it", report.tolerance * 100.0)
        }
        (Some(_), Limit::Generator) => "not the cluster's limit: the generator cannot send more on time".into(),
        (Some(_), Limit::MaxRate) => "not the cluster's limit: no higher rate is allowed (--max-rate)".into(),
        (Some(_), _) => "not the cluster's limit: the time told at the start was over".into(),
        (None, Limit::Generator) => format!("the generator could not send {} claims/s on time", rate(lowest)),
        (None, Limit::Failed) => report.ended_early.clone().unwrap_or_else(|| "steps failed".into()),
        (None, Limit::Time) => "the time told at the start was over".into(),
        (None, Limit::Cluster | Limit::MaxRate) => format!("the lowest rate tried was {} claims/s", rate(lowest)),
    }
}

/// `95 s`, `12 min`.
pub(super) fn span(seconds: f64) -> String {
    if seconds < 120.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}
