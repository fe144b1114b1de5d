//! The progress of a run, from what is counted while it goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Progress;
use crate::config::Validity;
use crate::load::{Counters, LiveCounts, Plan};
use crate::measure::most_lag_s;

/// Seconds over which the figures of now are taken.
const NOW_S: f64 = 5.0;

/// Brings the figures of a run's progress up to date.
pub(super) struct Live {
    counters: Arc<Counters>,
    validity: Validity,
    /// Claims of open loops that are due before each second of the schedule.
    due: Vec<u64>,
    recent: VecDeque<Instant>,
}

/// What was counted at an instant.
#[derive(Clone)]
struct Instant {
    elapsed_s: f64,
    sent: u64,
    lost: u64,
    times: LiveCounts,
}

impl Live {
    pub fn new(plan: &Plan, validity: Validity, counters: Arc<Counters>) -> Self {
        let mut due = vec![0];
        for at in plan.due.iter() {
            let second = (at / 1_000_000_000) as usize + 1;
            let before = due.last().copied().unwrap_or_default();
            due.resize(due.len().max(second + 1), before);
            due[second] += 1;
        }
        Self { counters, validity, due, recent: VecDeque::new() }
    }

    /// Of `progress` all but its time and what only ended claims tell.
    pub fn update(&mut self, progress: &mut Progress) {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        progress.planned = count(&counters.planned);
        progress.sent = count(&counters.sent);
        progress.in_flight = count(&counters.in_flight);
        progress.held = count(&counters.held);
        progress.failed = count(&counters.failures);
        progress.not_sent = count(&counters.not_sent);
        progress.pool_ready = count(&counters.pool_ready);
        progress.pool_wanted = count(&counters.pool_wanted);
        progress.outcomes.ready = count(&counters.ready);
        let last_ready = counters.last_ready_ns.load(Ordering::Relaxed);
        progress.last_ready_s = (last_ready > 0).then_some(last_ready as f64 / 1e9);
        let now = Instant {
            elapsed_s: progress.elapsed_s,
            sent: progress.sent,
            lost: progress.failed + progress.not_sent,
            times: counters.time_to_ready.counts(),
        };
        (progress.p50, progress.p50_is_bound) = quantile(progress, &now.times, 0.5, now.lost);
        (progress.p99, progress.p99_is_bound) = quantile(progress, &now.times, 0.99, now.lost);
        progress.schedule_lag_p99 = counters.schedule_lag.counts().quantile(0.99, 0);
        progress.schedule_lag_limit_s = most_lag_s(&self.validity, progress.p50);
        self.lately(now, progress);
    }

    fn lately(&mut self, now: Instant, progress: &mut Progress) {
        while self.recent.get(1).is_some_and(|second| now.elapsed_s - second.elapsed_s >= NOW_S) {
            self.recent.pop_front();
        }
        if let Some(first) = self.recent.front() {
            let (times, lost) = (now.times.since(&first.times), now.lost - first.lost);
            (progress.p50_now, progress.p50_now_is_bound) = quantile(progress, &times, 0.5, lost);
            (progress.p99_now, progress.p99_now_is_bound) = quantile(progress, &times, 0.99, lost);
            let seconds = now.elapsed_s - first.elapsed_s;
            progress.rate_now = (seconds > 0.0).then(|| (now.sent - first.sent) as f64 / seconds);
            progress.rate_planned = self.planned(first.elapsed_s, now.elapsed_s);
        }
        self.recent.push_back(now);
    }

    /// Claims a second that the schedule wants between two instants; `None` of a closed loop, and after its end.
    fn planned(&self, from: f64, to: f64) -> Option<f64> {
        let end = (self.due.len() - 1) as f64;
        (from < end && to > from).then(|| (self.due_before(to) - self.due_before(from)) / (to - from))
    }

    fn due_before(&self, seconds: f64) -> f64 {
        let of = |second: usize| self.due[second.min(self.due.len() - 1)] as f64;
        let second = seconds.max(0.0) as usize;
        of(second) + (of(second + 1) - of(second)) * seconds.fract()
    }
}

/// A figure, and whether it is a lower bound: what never became ready counts at the timeout.
fn quantile(progress: &Progress, times: &LiveCounts, quantile: f64, lost: u64) -> (Option<f64>, bool) {
    match times.quantile(quantile, lost) {
        Some(value) if value.is_infinite() => (Some(progress.ready_timeout_s), true),
        value => (value, false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config;

    fn live(load: &serde_json::Value) -> Live {
        let config = config::from_value(json!({ "load": load }), &[]).unwrap();
        Live::new(&Plan::new(&config.load, 1).unwrap(), config.validity, Arc::default())
    }

    #[test]
    fn the_plan_says_how_many_are_due() {
        let live = live(&json!({"phases": [{"rate": 10, "duration": "2s"}, {"rate": 50, "duration": "2s"}]}));
        assert_eq!((live.planned(0.0, 2.0), live.planned(2.0, 4.0)), (Some(10.0), Some(50.0)));
        assert_eq!((live.planned(1.0, 3.0), live.planned(4.0, 5.0)), (Some(30.0), None));
    }

    #[test]
    fn now_forgets_what_is_long_past() {
        let mut live = live(&json!({"rate": 10, "duration": "60s"}));
        let mut at = |elapsed_s: f64, millis: i64, lost: u64| {
            let counters = &live.counters;
            (0..10).for_each(|_| counters.time_to_ready.record(millis * 1_000_000));
            counters.sent.fetch_add(10, Ordering::Relaxed);
            counters.failures.fetch_add(lost, Ordering::Relaxed);
            let mut progress = Progress { elapsed_s, ready_timeout_s: 180.0, ..Progress::default() };
            live.update(&mut progress);
            progress
        };
        assert_eq!(at(1.0, 900, 0).rate_now, None);
        let second = at(2.0, 5, 0);
        assert!(second.p99.unwrap() > 0.8 && second.p99_now.unwrap() < 0.006, "{second:?}");
        assert_eq!(second.rate_now, Some(10.0));
        let third = at(20.0, 5, 20);
        assert_eq!((third.p50_now, third.p50_now_is_bound), (Some(180.0), true));
        let last = at(40.0, 5, 0);
        assert!(!last.p99_now_is_bound && last.rate_planned == Some(10.0), "{last:?}");
    }
}
