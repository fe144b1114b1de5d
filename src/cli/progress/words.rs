//! The words that panel and lines share.

use crate::report::{Tone, seconds};
use crate::run::Progress;

/// `12 s of 60 s`, `at most` where it may end before.
pub(super) fn time(progress: &Progress) -> String {
    let elapsed = progress.elapsed_s;
    let most = if progress.may_end_before { "at most " } else { "" };
    match progress.duration_s {
        // After the schedule its length says nothing more.
        Some(duration) if elapsed < duration => format!("{elapsed:.0} s of {most}{duration:.0} s"),
        _ => format!("{elapsed:.0} s"),
    }
}

/// `sent 49.5/s of 50.0/s planned`.
pub(super) fn rate(progress: &Progress) -> Option<String> {
    let now = progress.rate_now.filter(|_| is_sending(progress))?;
    let planned = progress.rate_planned.map_or_else(String::new, |planned| format!(" of {planned:.1}/s planned"));
    Some(format!("sent {now:.1}/s{planned}"))
}

/// A figure with its unit, `>` before a lower bound.
pub(super) fn figure(value: Option<f64>, is_bound: bool) -> String {
    let bound = if is_bound { ">" } else { "" };
    value.map_or_else(|| "-".into(), |value| format!("{bound}{}", seconds(value)))
}

/// `generator OK: schedule lag p99 0.30ms of 10.0ms allowed`, and what it means.
pub(super) fn generator(progress: &Progress) -> Option<(Tone, String)> {
    let (lag, limit) = (progress.schedule_lag_p99?, progress.schedule_lag_limit_s);
    let (tone, word) = if lag > limit { (Tone::Bad, "LATE") } else { (Tone::Good, "OK") };
    Some((tone, format!("generator {word}: schedule lag p99 {} of {} allowed", seconds(lag), seconds(limit))))
}

/// What the run waits for after its schedule.
pub(super) fn waiting(progress: &Progress) -> Option<String> {
    let end = progress.duration_s.filter(|_| !is_sending(progress))?;
    let left = |until: f64| (until - progress.elapsed_s).max(0.0).ceil();
    if progress.in_flight > 0 {
        let within = left(end + progress.ready_timeout_s);
        return Some(format!("waiting for {} claims to become ready, {within:.0} s at most", progress.in_flight));
    }
    if progress.held > 0 {
        let until = progress.last_ready_s.unwrap_or(end) + progress.hold_s;
        let held = if left(until) > 0.0 { format!(", {:.0} s more", left(until)) } else { String::new() };
        return Some(format!("waiting for {} claims that are held{held}", progress.held));
    }
    Some("waiting for the last claims to be deleted".into())
}

/// The reasons that most claims did not become ready for; a terminal is low.
pub(super) fn reasons(progress: &Progress) -> Vec<(&str, u64)> {
    let mut reasons: Vec<_> = progress.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    reasons.truncate(5);
    reasons
}

/// Whether the schedule goes on.
fn is_sending(progress: &Progress) -> bool {
    progress.duration_s.is_none_or(|duration| progress.elapsed_s < duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_waits_for_after_the_schedule() {
        let progress = Progress { elapsed_s: 61.0, duration_s: Some(60.0), ..Progress::default() };
        let at = |progress: &Progress| waiting(progress).unwrap();
        assert_eq!(waiting(&Progress { elapsed_s: 59.0, in_flight: 3, ..progress.clone() }), None);
        let held = Progress { held: 12, hold_s: 10.0, last_ready_s: Some(59.5), ..progress.clone() };
        assert_eq!(at(&held), "waiting for 12 claims that are held, 9 s more");
        let late = Progress { in_flight: 3, ready_timeout_s: 30.0, ..held };
        assert_eq!(at(&late), "waiting for 3 claims to become ready, 29 s at most");
        assert_eq!(at(&progress), "waiting for the last claims to be deleted");
    }

    #[test]
    fn the_generator_is_late_beyond_its_limit() {
        let at = |lag| {
            let progress = Progress { schedule_lag_p99: Some(lag), schedule_lag_limit_s: 0.01, ..Progress::default() };
            generator(&progress).unwrap()
        };
        assert_eq!(at(0.0003), (Tone::Good, "generator OK: schedule lag p99 300us of 10.0ms allowed".into()));
        assert_eq!(at(0.096), (Tone::Bad, "generator LATE: schedule lag p99 96.0ms of 10.0ms allowed".into()));
    }
}
