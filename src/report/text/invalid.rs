//! Why a run is invalid: the figure, its limit, and what to do next.

use crate::config::Validity;
use crate::measure::{InvalidReason, Latency, RunnerSummary, Summary, Word, most_lag_s};
use crate::report::screen::{Line, Tone};
use crate::report::units::seconds;

/// What makes a generator quicker.
const LOWER: &str = "lower the rate, or free a core";

/// A line each.
pub(super) fn reasons<'a>(summary: &'a Summary, validity: &'a Validity) -> impl Iterator<Item = Line> + 'a {
    explanations(summary, validity).map(|text| {
        let (name, why) = text.split_once(": ").unwrap_or((&text, ""));
        Line::new(Tone::Bad, format!("{name}: ")).and(Tone::Plain, why).hanging(2)
    })
}

/// A sentence each; of a figure that may be too high the warning says all.
pub(in crate::report) fn explanations<'a>(
    summary: &'a Summary,
    validity: &'a Validity,
) -> impl Iterator<Item = String> + 'a {
    let told = summary.warnings.iter().filter(|warning| is_reason(warning)).cloned();
    let others = summary.invalid_reasons.iter().filter(|reason| **reason != InvalidReason::MeasurementError.into());
    let others = others.map(|reason| explained(reason, summary, validity));
    others.chain(told)
}

/// Whether a warning is the reason for which the run is invalid.
pub(super) fn is_reason(warning: &str) -> bool {
    warning.strip_prefix(InvalidReason::MeasurementError.name()).is_some_and(|rest| rest.starts_with(": "))
}

/// `generator_late: schedule lag p99 96.0ms, 10.0ms allowed: lower the rate, or free a core`.
fn explained(reason: &Word<InvalidReason>, summary: &Summary, validity: &Validity) -> String {
    let Word::Known(known) = reason else { return format!("{reason}: only another version knows what that means") };
    let why = match known {
        InvalidReason::Interrupted => "the run was stopped before its end: run it again".into(),
        InvalidReason::MeasurementError => {
            format!("a figure may be too high by more than validity.max_error, {}", validity.max_error)
        }
        InvalidReason::GeneratorLate => late(summary, validity),
        InvalidReason::AchievedRatio => ratio(summary, validity),
        InvalidReason::WatchGap => format!(
            "more than {} of the ready instants are upper bounds ({} re-lists of a watch): look for what cuts \
             connections to the API server, or stalls this machine",
            percent(validity.max_upper_bound_share),
            summary.generator.watch_relists
        ),
        InvalidReason::RunnerLost => {
            let lost = summary.runners.iter().filter(|runner| !runner.is_done()).count();
            format!("{lost} of {} runners: the warnings say why; run again", summary.runners.len())
        }
        InvalidReason::CredentialsRefused => {
            let refused = summary.reasons.get("failed.http_401").copied().unwrap_or_default();
            format!("the server refused the credentials of {refused} claims (401): renew them")
        }
    };
    format!("{reason}: {why}")
}

fn late(summary: &Summary, validity: &Validity) -> String {
    if let Some(unsent) = summary.reasons.get("not_sent.generator_late") {
        return format!(
            "{unsent} claims were not sent, since they came due longer ago than load.ready_timeout: {LOWER}"
        );
    }
    let figures = |latency| summary.figures(latency);
    let allowed = most_lag_s(validity, figures(Latency::TimeToReady).map(|it| it.p50));
    let own = figures(Latency::ScheduleLag).map_or(0.0, |it| it.p99);
    let of_runner = |runner: &RunnerSummary| runner.schedule_lag_p99_s;
    let runners = summary.runners.iter().filter_map(of_runner).fold(own, f64::max);
    let whose = if runners > own { "of a runner " } else { "" };
    format!("schedule lag p99 {whose}{}, {} allowed: {LOWER}", seconds(runners), seconds(allowed))
}

fn ratio(summary: &Summary, validity: &Validity) -> String {
    let ratios = summary.runners.iter().filter_map(|runner| runner.achieved_ratio);
    let ratio = ratios.fold(summary.achieved_ratio, f64::min);
    let least = percent(validity.min_achieved_ratio);
    format!("{} of the claims were handed over within 100 ms, at least {least} wanted: {LOWER}", percent(ratio))
}

fn percent(fraction: f64) -> String {
    let text = format!("{:.2}", fraction * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
