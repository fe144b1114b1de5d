//! The end of a run in plain words: verdict first and last, figures between.

mod attribution;
mod ending;
mod failures;
mod headline;
mod internals;
mod invalid;
mod nodes;
mod objectives;
mod own_error;
mod pods;
mod run_end;
mod server;
mod steps;
mod times;

use std::iter;

use super::screen::{Line, Look, Screen, Tone};
use super::units::seconds;
use crate::measure::{Class, Outcome, Summary};
pub(super) use ending::{exit_line, results_line};
pub(super) use invalid::explanations;
pub(super) use objectives::objective_value;
pub(super) use own_error::own_error;
pub use run_end::{Ending, Example, RunEnd};

/// A run in plain words, for one screen.
#[must_use]
pub fn summary_text(run: &RunEnd, look: &Look) -> Screen {
    let summary = run.summary;
    let mut screen = Screen::default();
    screen.push(headline::headline(summary));
    screen.extend(load(summary));
    times::times(summary, look, &mut screen);
    steps::steps(summary, look, &mut screen);
    attribution::attribution(summary, &mut screen);
    pods::pods(summary, look, &mut screen);
    nodes::nodes(summary, &mut screen);
    failures::failures(run, &mut screen);
    objectives::objectives(summary, look, &mut screen);
    if run.ending.verbose {
        internals::internals(summary, look, &mut screen);
    }
    warnings(summary, &mut screen);
    ending::ending(run, &mut screen);
    screen
}

fn load(summary: &Summary) -> impl Iterator<Item = Line> {
    let load = &summary.load;
    let rate = load.rate.map_or_else(String::new, |rate| format!(" at {rate}/s"));
    let planned = format!(
        "{} {} planned, {}{rate} for {} ({} loop), against {}",
        load.planned,
        load.object.in_words(),
        load.arrivals,
        seconds(load.duration_s),
        load.r#loop,
        target(summary)
    );
    let lines = [Some(planned), end(summary), Some(describe_outcomes(summary))];
    lines.into_iter().flatten().map(|text| Line::new(Tone::Plain, text).hanging(2))
}

/// Warnings are always shown; the end of the text shows what makes the run INVALID.
fn warnings(summary: &Summary, screen: &mut Screen) {
    let warnings = summary.warnings.iter().filter(|warning| !invalid::is_reason(warning));
    for (at, warning) in warnings.enumerate() {
        if at == 0 {
            screen.gap();
        }
        screen.push(Line::new(Tone::Warn, "WARNING: ").and(Tone::Plain, warning.as_str()).hanging(2));
    }
}

/// When a run ended by what it knew: "ended after 74 s: `time_to_ready.p99` is known to 4.8 %".
pub(super) fn end(summary: &Summary) -> Option<String> {
    let until = summary.until.as_ref().filter(|until| until.reached)?;
    let (after, half) = (summary.load.duration_s, until.half_width? * 100.0);
    Some(format!("ended after {after:.0} s: {} is known to {half:.1} %", until.figure))
}

fn target(summary: &Summary) -> String {
    let version = summary.target.server_version.as_deref().unwrap_or("of unknown version");
    match summary.target.kind.as_str() {
        "simulator" => "the embedded simulator".into(),
        kind => format!("a {kind} {version}"),
    }
}

/// "98 ready (97 warm, 1 cold), 2 timed out".
#[must_use]
pub fn describe_outcomes(summary: &Summary) -> String {
    let counted = |count: u64, name: &str| (count > 0).then(|| format!("{count} {}", name.replace('_', " ")));
    let classes = Class::ALL.into_iter().filter_map(|class| counted(summary.classes.of(class), class.name()));
    let classes: Vec<_> = classes.collect();
    let split = if classes.is_empty() { String::new() } else { format!(" ({})", classes.join(", ")) };
    let ready = format!("{} ready{split}", summary.outcomes.ready);
    let others = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ready);
    let others = others.filter_map(|outcome| counted(summary.outcomes.of(outcome), outcome.name()));
    iter::once(ready).chain(others).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::config::Validity;
    use crate::measure::InvalidReason;

    fn figures(scale: f64, bounds: &Value) -> Value {
        json!({
            "count": 1000, "censored": 2, "min": scale, "mean": 2.0 * scale, "p50": 2.0 * scale, "p90": 3.0 * scale,
            "p95": 4.0 * scale, "p99": 5.0 * scale, "p999": 180.0, "max": 180.0, "bounds": bounds,
            "interval": {"p50": [1.9 * scale, 2.1 * scale], "p90": null, "p95": null, "p99": [4.5 * scale, null], "p999": null},
        })
    }

    fn summary() -> Summary {
        let outcomes = json!({"ready": 998, "failed": 0, "timed_out": 3, "rejected": 2, "not_sent": 0});
        let classes = json!({"warm": 990, "warm_unready": 5, "cold": 3});
        let load = json!({"arrivals": "constant", "rate": 50.0, "duration_s": 20.0, "seed": 1, "planned": 1000, "loop": "open"});
        let latencies = json!({
            "time_to_ready": figures(0.005, &json!(["p999", "max", "mean"])), "time_to_ready_warm": figures(0.004, &json!([])),
            "time_to_ready_warm_unready": figures(0.4, &json!([])), "schedule_lag": figures(0.0192, &json!([])),
        });
        let phase = json!({
            "name": "a-phase-with-a-long-name", "warm_up": true, "load": load, "outcomes": outcomes, "reasons": {},
            "classes": classes, "achieved_ratio": 1.0, "latency_s": latencies,
        });
        let generator = json!({"cpu_s": 1.0, "max_rss_bytes": 1, "connections_opened": 1});
        let requests = json!([
            {"verb": "patch", "resource": "sandboxclaims/status", "user_agent": "agent-sandbox-controller", "count": 1500,
             "errors": 12, "conflicts": 11, "bytes": 1, "watch_events": 0, "per_claim": 1.5},
            {"verb": "watch", "resource": "sandboxclaims", "user_agent": "agent-sandbox-controller", "count": 0, "errors": 0,
             "conflicts": 0, "bytes": 1, "watch_events": 2500, "per_claim": null}]);
        let server = json!({"from_ns": 0, "to_ns": 1, "claims": 1000, "per_claim": 1.5, "conflicts": 11, "errors": 12,
            "watch_events": 2500, "bytes": 4_260_000, "requests": requests});
        let suspect = json!({"cause": "controller_pause", "figure": "standstill_s", "episode": 2.0, "quiet": 0.02});
        let episode = json!({"from_s": 3.0, "to_s": 5.0, "stage": "queue", "claims": 34, "timed_out": 0, "total_s": 30.0,
            "longest_s": 2.0, "suspects": [suspect], "slowest": [7]});
        let stage =
            json!({"stage": "watch_delivery", "share": 0.77, "claims": 998, "mean_s": 1.0, "p99_s": 1.0, "max_s": 1.0});
        let attribution =
            json!({"stages": [stage], "slow_s": 0.03, "slow": 34, "episodes": [episode], "others": [], "unlisted": 0});
        let step = json!({"name": "write", "kind": "exec", "attempted": 998, "ok": 995, "failed": 3, "ok_fraction": 0.997,
                "reasons": {"exec_exit_1": 2, "exec_timeout": 1}, "latency_s": figures(0.003, &json!(["p999", "max", "mean"])), "bytes": 1_000_000,
                "mb_per_s": {"p50": 166.667, "p90": 111.1, "p95": 83.3, "p99": 66.6667, "p999": 0.0056}});
        serde_json::from_value(json!({
            "attribution": attribution, "schema_version": 2, "run_id": "abcdefgh", "started_at": "", "tool_version": "0", "monotonic_base_ns": 0,
            "interrupted": false, "target": {"kind": "simulator", "api_version": "v1", "connections": 1, "http_version": "1.1"},
            "valid": false, "invalid_reasons": ["generator_late", "measurement_error"], "load": load, "outcomes": outcomes,
            "warnings": ["a warning", "measurement_error: time_to_ready.p50 of 5 ms may be 1 ms too high, 0.35 ms allowed: lower the rate"],
            "reasons": {"rejected.429": 2}, "classes": classes, "class_uncertain": 0, "achieved_ratio": 1.0, "peak_in_flight": 1,
            "peak_alive": 1, "latency_s": latencies, "windows": [], "phases": [phase], "generator": generator, "server": server,
            "steps": [step],
            "slo": [{"expression": "time_to_ready.p99<20ms", "value": 0.025, "met": false},
                    {"expression": "outcomes.failed==0", "value": 0.0, "met": true}],
        }))
        .unwrap()
    }

    fn told(summary: &Summary, look: &Look) -> String {
        let example = Example { claim: "asb-abcdefgh-7".into(), message: Some("too many requests".into()) };
        let (validity, examples) = (Validity::default(), BTreeMap::from([("rejected.429".to_owned(), example)]));
        let ending = Ending { results: Path::new("asb-abcdefgh"), exit_code: 3, verbose: look.width.is_some() };
        summary_text(&RunEnd { summary, validity: &validity, examples: &examples, ending }, look).plain(look.width)
    }

    #[test]
    fn it_fits_and_the_verdict_comes_first_and_last() {
        for width in [40, 80, 200] {
            let text = told(&summary(), &Look { width: Some(width), ..Look::default() });
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
            let verdicts = text.matches("INVALID: generator_late,").count();
            assert!(text.starts_with("INVALID: ") && verdicts == 2 && text.contains("all latencies"), "{text}");
        }
    }

    #[test]
    fn without_a_terminal_each_sentence_is_a_line() {
        let text = told(&summary(), &Look::default());
        for line in [
            "1000 claims planned, constant at 50/s for 20.0s (open loop), against the embedded simulator",
            "998 ready (990 warm, 5 warm unready, 3 cold), 3 timed out, 2 rejected",
            "step                      count      p50      p90      p95      p99      max",
            "write                      1000   6.00ms   9.00ms   12.0ms   15.0ms    >180s",
            "  3 of 998 failed: 2 exec_exit_1, 1 exec_timeout, 95 % interval: p50 5.70ms to 6.30ms, p99 over 13.5ms, \
             1MB: p50 167 MB/s, p99 66.7 MB/s",
            "where the time went: 77 % watch delivery",
            "slow at 3.0\u{2013}5.0\u{a0}s: 34 claims waited for the controller's queue, up to 2.00s; suspect: a pause of the \
             controller: no claim went on for 2.00s, and it had none of the others for longer than 20.0ms",
            "       3  timed_out",
            "all                        1000   10.0ms   15.0ms   20.0ms   25.0ms    >180s",
            "  95 % interval: p50 9.50ms to 10.5ms, p99 over 22.5ms",
            "phase a-phase-with-..      1000   10.0ms   15.0ms   20.0ms   25.0ms    >180s",
            "       2  rejected.429  such as asb-abcdefgh-7: too many requests",
            "  MISSED time_to_ready.p99<20ms: is 25.0ms",
            "  met    outcomes.failed==0: is 0",
            "WARNING: a warning",
            "generator_late: schedule lag p99 96.0ms, 10.0ms allowed: lower the rate, or free a core",
            "measurement_error: time_to_ready.p50 of 5 ms may be 1 ms too high, 0.35 ms allowed: lower the rate",
            "INVALID: generator_late, measurement_error",
            "results in asb-abcdefgh",
        ] {
            assert!(text.lines().any(|told| told == line), "no {line} in\n{text}");
        }
        assert!(!text.contains("WARNING: measurement_error") && !text.contains("connections"), "{text}");
    }

    #[test]
    fn the_servers_requests_are_told_to_who_asks_for_all() {
        let text = told(&summary(), &Look { width: Some(80), ..Look::default() });
        for line in [
            "requests to the server                          requests  a claim  errors    409",
            "by agent-sandbox-controller",
            "  patch sandboxclaims/status                        1500     1.50      12     11",
            "  watch sandboxclaims                                  0        -       -      -",
            "  2500 events",
            "server: 1000 claims created, 1.50 requests a claim without watches, 12 errors,",
            "  11 of them conflicts (409); 2500 events of watches; 4.3 MB sent",
        ] {
            assert!(text.lines().any(|told| told == line), "no {line} in\n{text}");
        }
        assert_eq!(text.matches("by agent-sandbox-controller").count(), 1);
        assert!(!told(&summary(), &Look::default()).contains("sandboxclaims/status"));
    }

    #[test]
    fn every_reason_says_what_to_do() {
        let mut summary = summary();
        summary.warnings.clear();
        for reason in InvalidReason::ALL.into_iter().filter(|reason| *reason != InvalidReason::MeasurementError) {
            summary.invalid_reasons = vec![reason.into()];
            let text = told(&summary, &Look::default());
            let line = text.lines().find(|line| line.starts_with(&format!("{reason}: "))).unwrap();
            assert!(line.len() > 40 && line.contains(": "), "{line}");
        }
    }
}
