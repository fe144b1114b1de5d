use super::follow::Followed;
use crate::measure::{InvalidReason, RunnerOutcome, RunnerSummary, Word};

/// What the results say of a runner.
pub(super) fn summary(runner: &Followed) -> RunnerSummary {
    let seconds = |nanos: i64| nanos as f64 / 1e9;
    let result = runner.end.as_ref().ok();
    let drift = runner.offset.zip(runner.offset_after).map(|(before, after)| after.since(before));
    let mut invalid_reasons = result.map(|it| it.invalid_reasons.clone()).unwrap_or_default();
    let outcome = match (result, runner.stopped) {
        (Some(_), false) => RunnerOutcome::Done,
        (Some(_), true) => RunnerOutcome::Stopped,
        (None, _) => RunnerOutcome::Lost,
    };
    match outcome {
        RunnerOutcome::Done => {}
        RunnerOutcome::Stopped | RunnerOutcome::Lost => invalid_reasons.push(InvalidReason::RunnerLost),
    }
    RunnerSummary {
        index: runner.pod.index,
        node: runner.pod.node.clone(),
        outcome: outcome.into(),
        message: runner.end.as_ref().err().map(|loss| loss.why.clone()),
        outcomes: result.map(|it| it.outcomes),
        achieved_ratio: result.map(|it| it.achieved_ratio),
        schedule_lag_p99_s: result.and_then(|it| it.schedule_lag_p99_s),
        clock_offset_s: runner.offset.map(|it| seconds(it.wall_ns)),
        clock_uncertainty_s: runner.offset.map(|it| seconds(it.uncertainty_ns)),
        clock_drift_s: drift.map(|(drift, _)| seconds(drift)),
        clock_drift_uncertainty_s: drift.map(|(_, doubt)| seconds(doubt)),
        cpu_s: result.map(|it| it.cpu_s),
        max_rss_bytes: result.map(|it| it.max_rss_bytes),
        connections_opened: result.map(|it| it.connections_opened),
        watch_relists: result.map(|it| it.watch_relists),
        valid: invalid_reasons.is_empty(),
        invalid_reasons: invalid_reasons.into_iter().map(Word::Known).collect(),
    }
}
