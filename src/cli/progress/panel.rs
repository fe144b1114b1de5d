use super::bar;
use super::trend::Trend;
use super::words::{figure, generator, rate, reasons, time, waiting};
use crate::config::{Comparison, Objective};
use crate::measure::{Class, Latency, Metric, Statistic};
use crate::report::{Line, Look, Screen, Tone, seconds};
use crate::run::Progress;

/// Columns of the sparkline, at most.
const SPARKLINE: usize = 30;

/// The progress of a run, on a terminal.
pub(super) fn panel(progress: &Progress, trend: &Trend, objectives: &[Objective], look: &Look, screen: &mut Screen) {
    let headline = Line::new(Tone::Strong, time(progress));
    let rate = rate(progress).map(|rate| format!("  {rate}"));
    screen.push(rate.into_iter().fold(headline, |line, rate| line.and(Tone::Plain, rate)).hanging(2));
    screen.push(times(progress, trend, objectives, look));
    screen.push(bar::bar(progress, look));
    screen.push(bar::counts(progress));
    screen.extend(pool(progress));
    screen.extend(generator(progress).map(|(tone, text)| Line::new(tone, text).hanging(2)));
    screen.extend(waiting(progress).map(|text| Line::new(Tone::Strong, text).hanging(2)));
    let reasons = reasons(progress).into_iter();
    screen.extend(reasons.map(|(reason, count)| Line::new(Tone::Bad, format!("{count:>8}  {reason}")).hanging(10)));
}

/// `time_to_ready now p50 5.10ms p99 8.20ms, limit 20.0ms ▁▂▃▂`: what ended in the last seconds.
fn times(progress: &Progress, trend: &Trend, objectives: &[Objective], look: &Look) -> Line {
    let mut line = Line::new(Tone::Plain, "time_to_ready now").hanging(2);
    let now = [
        (Statistic::P50, progress.p50_now, progress.p50_now_is_bound),
        (Statistic::P99, progress.p99_now, progress.p99_now_is_bound),
    ];
    for (statistic, value, is_bound) in now {
        let limit = limit(objectives, statistic);
        let tone = match (value, limit) {
            (Some(value), Some(limit)) if is_bound || value > limit => Tone::Bad,
            (Some(_), Some(_)) => Tone::Good,
            _ => Tone::Plain,
        };
        line = line.and(tone, format!(" {statistic} {}", figure(value, is_bound)));
        if let Some(limit) = limit {
            line = line.and(Tone::Dim, format!(" (limit {})", seconds(limit)));
        }
    }
    let sparkline = trend.sparkline(SPARKLINE.min(look.columns() / 4), limit(objectives, Statistic::P99));
    if look.unicode && !sparkline.is_empty() { line.and(Tone::Dim, format!(" {sparkline}")) } else { line }
}

/// The upper limit that an objective sets to a figure of the time to ready.
fn limit(objectives: &[Objective], statistic: Statistic) -> Option<f64> {
    let named = Metric::Latency(Latency::TimeToReady, statistic);
    let is_upper = |it: &&Objective| matches!(it.comparison, Comparison::Less | Comparison::AtMost);
    let limits = objectives.iter().filter(is_upper);
    limits.filter(|it| Metric::of_name(&it.metric).as_ref() == Some(&named)).map(|it| it.limit).reduce(f64::min)
}

/// The pool, and where the sandboxes of the claims that are over came from.
fn pool(progress: &Progress) -> Option<Line> {
    let pool =
        (progress.pool_wanted > 0).then(|| format!("pool {} of {} ready", progress.pool_ready, progress.pool_wanted));
    let classes = Class::ALL.into_iter().filter(|class| progress.classes.of(*class) > 0);
    let classes = classes.map(|class| format!("{} {}", class.name().replace('_', " "), progress.classes.of(class)));
    let classes: Vec<String> = classes.collect();
    let classes = (!classes.is_empty()).then(|| format!("released: {}", classes.join(", ")));
    let parts: Vec<String> = pool.into_iter().chain(classes).collect();
    (!parts.is_empty()).then(|| Line::new(Tone::Plain, parts.join("; ")).hanging(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        let mut progress = Progress {
            elapsed_s: 12.0,
            duration_s: Some(60.0),
            total: 3000,
            planned: 600,
            in_flight: 4,
            held: 80,
            failed: 3,
            pool_ready: 90,
            pool_wanted: 100,
            rate_now: Some(49.5),
            rate_planned: Some(50.0),
            p50_now: Some(0.0051),
            p99_now: Some(180.0),
            p99_now_is_bound: true,
            schedule_lag_p99: Some(0.0003),
            schedule_lag_limit_s: 0.01,
            ..Progress::default()
        };
        progress.outcomes.ready = 590;
        progress.classes.warm_unready = 7;
        progress.reasons.insert("rejected.429".into(), 3);
        progress
    }

    fn told(progress: &Progress, look: &Look) -> String {
        let mut trend = Trend::default();
        for second in 1..40 {
            trend.add(&Progress {
                elapsed_s: f64::from(second),
                p99_now: Some(f64::from(second)),
                ..Progress::default()
            });
        }
        let mut screen = Screen::default();
        let objectives = ["time_to_ready.p99<20ms".parse().unwrap(), "time_to_ready.p50>=1ms".parse().unwrap()];
        panel(progress, &trend, &objectives, look, &mut screen);
        screen.plain(look.width)
    }

    #[test]
    fn it_fits_every_terminal() {
        for width in [39, 79, 199] {
            for unicode in [false, true] {
                let look = Look { width: Some(width), unicode, ..Look::default() };
                let text = told(&progress(), &look);
                assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
                assert!(unicode || text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn it_says_how_the_run_stands() {
        let look = Look { width: Some(79), ..Look::default() };
        let text = told(&progress(), &look);
        for line in [
            "12 s of 60 s  sent 49.5/s of 50.0/s planned",
            "time_to_ready now p50 5.10ms p99 >180s (limit 20.0ms)",
            "in flight 4  held 80  ready 590  failed 3  of 3000 claims",
            "pool 90 of 100 ready; released: warm unready 7",
            "generator OK: schedule lag p99 300us of 10.0ms allowed",
            "       3  rejected.429",
        ] {
            assert!(text.lines().any(|told| told == line), "no {line} in\n{text}");
        }
        let until = told(&Progress { may_end_before: true, ..progress() }, &look);
        assert!(until.contains("12 s of at most 60 s"), "{until}");
        let after = told(&Progress { elapsed_s: 61.0, hold_s: 5.0, in_flight: 0, ..progress() }, &look);
        assert!(after.contains("waiting for 80 claims that are held") && !after.contains("planned"), "{after}");
    }
}
