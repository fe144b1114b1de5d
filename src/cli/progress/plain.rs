use super::words::{figure, generator, rate, reasons, time, waiting};
use crate::run::Progress;

/// The progress of a run, in one line.
pub(super) fn line(progress: &Progress) -> String {
    let mut parts = vec![time(progress)];
    parts.extend(rate(progress));
    parts.push(format!(
        "in flight {}, held {}, ready {}, failed {}",
        progress.in_flight, progress.held, progress.outcomes.ready, progress.failed
    ));
    if progress.not_sent > 0 {
        parts.push(format!("not sent {}", progress.not_sent));
    }
    let (p50, p99) =
        (figure(progress.p50_now, progress.p50_now_is_bound), figure(progress.p99_now, progress.p99_now_is_bound));
    parts.push(format!("time_to_ready now p50 {p50}, p99 {p99}"));
    if progress.pool_wanted > 0 {
        parts.push(format!("pool {} of {} ready", progress.pool_ready, progress.pool_wanted));
    }
    parts.extend(generator(progress).map(|(_, text)| text));
    parts.extend(waiting(progress));
    parts.extend(reasons(progress).into_iter().map(|(reason, count)| format!("{reason} {count}")));
    parts.join("; ")
}
