use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::measure::{Answer, Classes, Figures, Limit, Outcomes, Verdict};

/// `search.json`: what was searched, each step, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchReport {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// Version of this tool.
    pub tool_version: String,
    /// `simulator` or `cluster`.
    pub target: String,
    /// The objectives.
    pub slo: Vec<String>,
    /// The rate is known within this share.
    pub tolerance: f64,
    /// Shape of the arrivals.
    pub arrivals: String,
    /// How long claims were sent in each step.
    pub step_s: f64,
    /// The answer; null where the search was interrupted.
    pub answer: Option<Answer>,
    /// Why it ended early, where it did.
    pub ended_early: Option<String>,
    /// The steps in order.
    pub steps: Vec<SearchStep>,
}

/// One rate tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchStep {
    /// Claims per second.
    pub rate: f64,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it was not met: objectives missed, what made it invalid.
    pub because: Vec<String>,
    /// The step's own run folder, in the search's.
    pub folder: String,
    /// Claims planned.
    pub planned: u64,
    /// As a run's.
    pub achieved_ratio: f64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// The ready ones.
    pub classes: Classes,
    /// Time to ready, in seconds.
    pub time_to_ready_s: Option<Figures>,
    /// 99th percentile of the schedule lag, in seconds.
    pub schedule_lag_p99_s: Option<f64>,
    /// The run's warnings.
    pub warnings: Vec<String>,
}

/// The answer in plain words, then the curve.
#[must_use]
pub fn search_text(report: &SearchReport) -> String {
    let mut text = verdict(report);
    let _ = writeln!(
        text,
        "\n{:>10}  {:<16}{:>10}{:>10}{:>10}{:>9}{:>8}  because",
        "claims/s", "", "p50", "p99", "max", "ready", "planned"
    );
    let mut steps: Vec<_> = report.steps.iter().collect();
    steps.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    text.extend(steps.into_iter().map(step_line));
    text
}

/// A step in one line.
#[must_use]
pub fn step_line(step: &SearchStep) -> String {
    let verdict = match step.verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::GeneratorLimit => "generator limit",
    };
    let figures = step.time_to_ready_s.as_ref();
    let [p50, p99, max] = [figures.map(|it| it.p50), figures.map(|it| it.p99), figures.map(|it| it.max)]
        .map(|value| value.map_or_else(|| "-".into(), super::text::seconds));
    format!(
        "{:>10}  {verdict:<16}{p50:>10}{p99:>10}{max:>10}{:>9}{:>8}  {}\n",
        rate(step.rate),
        step.outcomes.ready,
        step.planned,
        step.because.join("; ")
    )
}

pub(super) fn rate(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

pub(super) fn verdict(report: &SearchReport) -> String {
    let slo = report.slo.join(", ");
    let Some(answer) = report.answer else {
        let why = report.ended_early.as_deref().unwrap_or("interrupted");
        return format!("NO ANSWER: {why}\n");
    };
    let Some(found) = answer.rate else {
        return match answer.limited_by {
            Limit::Generator => "NO ANSWER: the generator could not send even the lowest rate on time\n".into(),
            _ => format!("No rate tried meets {slo}.\n"),
        };
    };
    let found = rate(found);
    match answer.limited_by {
        Limit::Cluster => {
            format!("{found} claims/s is the highest rate that meets {slo}, within {:.0} %\n", report.tolerance * 100.0)
        }
        Limit::Generator => {
            format!("At least {found} claims/s meet {slo}: the generator, not the cluster, was the limit\n")
        }
        Limit::MaxRate => format!("At least {found} claims/s meet {slo}: the highest rate allowed was met\n"),
        Limit::Steps => format!("{found} claims/s met {slo}, but the answer did not settle\n"),
    }
}
