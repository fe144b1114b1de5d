//! A search as text for people.

use super::report::{SearchReport, SearchStep};
use super::wording::{answer, rate, reason, relation, span, word};
use crate::measure::Statistic;
use crate::measure::search::{Expected, Limit};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Column, Names, Row, Table};
use crate::report::text::{Ending, exit_line, results_line};
use crate::report::units::seconds;

const NAMES: Names = Names { head: " claims/s", width: 11, least: 10 };
const COLUMNS: [Column; 7] = [
    Column { head: "verdict", width: 15, rank: 0 },
    Column { head: "p50", width: 9, rank: 3 },
    Column { head: "p99", width: 9, rank: 1 },
    Column { head: "max", width: 9, rank: 5 },
    Column { head: "ready", width: 8, rank: 2 },
    Column { head: "planned", width: 8, rank: 6 },
    Column { head: "took", width: 8, rank: 4 },
];

/// The time that a search takes, told before its first step.
#[must_use]
pub fn expected_line(expected: &Expected) -> String {
    let Expected { steps, about_s, most_s } = expected;
    format!("search: about {steps} steps in {}, at most {}", span(*about_s), span(*most_s))
}

/// The answer in plain words, then the curve, then the answer again.
#[must_use]
pub fn search_text(report: &SearchReport, ending: &Ending, look: &Look) -> Screen {
    let mut screen = Screen::default();
    screen.extend(verdict(report));
    for warning in &report.warnings {
        screen.push(Line::new(Tone::Warn, "WARNING: ").and(Tone::Plain, warning.as_str()).hanging(2));
    }
    let mut steps: Vec<_> = report.steps.iter().collect();
    steps.sort_by(|one, other| one.asked.rate.total_cmp(&other.asked.rate));
    screen.gap();
    screen.push(Table::new(NAMES, &COLUMNS, look).head());
    for step in &steps {
        of_step(step, ending.verbose, look, &mut screen);
    }
    let took = steps.iter().map(|step| step.took_s).sum();
    let expected =
        report.expected.map(|expected| format!("; {}", expected_line(&expected).replace("search:", "told:")));
    screen.gap();
    let took = format!("{} steps in {}{}", steps.len(), span(took), expected.unwrap_or_default());
    screen.push(Line::new(Tone::Dim, took).hanging(2));
    screen.extend(verdict(report).into_iter().take(1));
    screen.push(exit_line(ending.exit_code, meaning(report)));
    screen.push(results_line(ending.results));
    screen
}

fn verdict(report: &SearchReport) -> Vec<Line> {
    let (answer, reason) = (answer(report), reason(report));
    let found = report.answer.is_some_and(|answer| answer.rate.is_some());
    let tone = if found { Tone::Good } else { Tone::Bad };
    let Some(relation) = relation(report) else {
        return vec![Line::new(tone, format!("{answer}: {reason}")).hanging(2)];
    };
    let comma = if relation.starts_with("the ") { ":" } else { "" };
    let mut lines = vec![Line::new(tone, format!("{answer}{comma} {relation}")).hanging(2)];
    lines.extend(report.slo.iter().map(|objective| Line::new(Tone::Plain, format!("  {objective}")).hanging(4)));
    if !reason.is_empty() {
        lines.push(Line::new(Tone::Warn, reason).hanging(2));
    }
    lines
}

fn meaning(report: &SearchReport) -> &'static str {
    let Some(answer) = report.answer else { return "interrupted; the steps that ended are written" };
    match answer.limited_by {
        _ if answer.rate.is_some() => "a rate was found",
        Limit::Failed => "steps failed, so there is no answer",
        Limit::Generator => "the generator was the limit, so there is no answer",
        Limit::Cluster | Limit::MaxRate | Limit::Time => "no rate that was tried meets the objectives",
    }
}

/// A step that has just ended, as the table of all has it.
#[must_use]
pub fn step_text(step: &SearchStep, look: &Look) -> Screen {
    let mut screen = Screen::default();
    of_step(step, false, look, &mut screen);
    screen
}

/// A row, with a line for each reason that the step was not met.
fn of_step(step: &SearchStep, verbose: bool, look: &Look, screen: &mut Screen) {
    let figure = |statistic| {
        let Some(figures) = &step.time_to_ready_s else { return (Tone::Plain, "-".into()) };
        let bound = if figures.bounds.contains(statistic) { ">" } else { "" };
        (Tone::Plain, format!("{bound}{}", seconds(figures.get(statistic))))
    };
    let (name, tone) = word(step.verdict);
    let tone = match tone {
        "good" => Tone::Good,
        "bad" => Tone::Bad,
        _ => Tone::Warn,
    };
    let mut notes = Vec::new();
    if verbose {
        let lag = step.schedule_lag_p99_s.map_or_else(|| "-".into(), seconds);
        let ratio = step.achieved_ratio * 100.0;
        notes.push(format!("in {}, schedule lag p99 {lag}, achieved ratio {ratio:.2} %", step.folder));
    }
    let cells = vec![
        (tone, name.to_owned()),
        figure(Statistic::P50),
        figure(Statistic::P99),
        figure(Statistic::Max),
        (Tone::Plain, step.outcomes.ready.to_string()),
        (Tone::Plain, step.planned.to_string()),
        (Tone::Plain, span(step.took_s)),
    ];
    Table::new(NAMES, &COLUMNS, look).row(&Row { name: format!("{:>9}", rate(step.asked.rate)), cells, notes }, screen);
    screen.extend(step.because.iter().map(|because| Line::new(tone, format!("    {because}")).hanging(4)));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::measure::search::{Answer, Limit};

    fn found(answer: Option<Answer>) -> SearchReport {
        let step = |rate: f64, verdict: &str, because: &[&str]| {
            json!({
                "rate": rate, "seed": 5, "warm_up_s": 3.3, "duration_s": 33.0, "verdict": verdict, "because": because,
                "took_s": 37.2, "folder": "step-01", "planned": 123_456, "achieved_ratio": 1.0,
                "outcomes": {"ready": 123_456, "failed": 0, "timed_out": 0, "rejected": 0, "not_sent": 0},
                "classes": {"warm": 123_456, "warm_unready": 0, "cold": 0}, "schedule_lag_p99_s": 0.001,
                "time_to_ready_s": null, "warnings": [],
            })
        };
        let because = "time_to_ready_warm_unready.p999<=500ms: 12345 of 123456 beyond, 123 allowed";
        let steps = [
            step(4999.9, "generator_limit", &["invalid: generator_late"]),
            step(20.0, "queue_growing", &[because, "the queue grew through the step"]),
            step(
                0.5,
                "failed",
                &["the API server did not answer within 60 s; it was asked for /api/v1/namespaces/x/pods"],
            ),
        ];
        serde_json::from_value(json!({
            "schema_version": 2, "tool_version": "0", "target": "simulator", "tolerance": 0.05, "arrivals": "poisson",
            "slo": ["time_to_ready_warm_unready.p999<=500ms", "outcomes.failed==0"], "step_s": 10.0, "seed": 1,
            "expected": {"steps": 16, "about_s": 724.4, "most_s": 5460.0}, "answer": answer, "ended_early": null,
            "warnings": ["the simulator has its default settings: the answer is its model's, not a cluster's"],
            "steps": steps,
        }))
        .unwrap()
    }

    fn answer(rate: Option<f64>, ends: Option<(f64, f64)>, limited_by: Limit) -> Answer {
        let (low, high) = (ends.map(|it| it.0), ends.map(|it| it.1));
        Answer { rate, low, high, settled: false, limited_by, next_higher: None }
    }

    fn told(report: &SearchReport, width: usize) -> String {
        let look = Look { width: Some(width), ..Look::default() };
        let ending = Ending { results: Path::new("asb-search"), exit_code: 0, verbose: true };
        search_text(report, &ending, &look).plain(look.width)
    }

    #[test]
    fn every_answer_says_what_it_is_and_fits() {
        for (answer, first) in [
            (None, "NO ANSWER: interrupted"),
            (
                Some(answer(Some(4938.0), Some((4836.1, 4940.2)), Limit::Cluster)),
                "4938.0 claims/s (90 % interval 4836.1 to 4940.2): the highest rate that meets",
            ),
            (Some(answer(Some(40.0), None, Limit::MaxRate)), "At least 40.0 claims/s meet"),
            (Some(answer(Some(4.0), None, Limit::Generator)), "At least 4.00 claims/s meet"),
            (Some(answer(Some(4.0), None, Limit::Time)), "At least 4.00 claims/s meet"),
            (
                Some(answer(None, None, Limit::Generator)),
                "NO ANSWER: the generator could not send 0.50 claims/s on time",
            ),
            (Some(answer(None, None, Limit::Failed)), "NO ANSWER: steps failed"),
            (Some(answer(None, None, Limit::Cluster)), "No rate that was tried meets"),
            (Some(answer(None, None, Limit::Time)), "No rate that was tried meets"),
        ] {
            let text = told(&found(answer), 80);
            assert_eq!(text.lines().next(), Some(first));
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert_eq!(text.lines().filter(|line| *line == first).count(), 2, "first and last: {text}");
            let narrow = told(&found(answer), 40);
            let fits = |line: &str| line.chars().count() <= 40 || !line.trim().contains(' ');
            assert!(narrow.lines().all(fits), "{narrow}");
            assert!(text.contains("3 steps in 112 s; told: about 16 steps in 12 min, at most 91 min"), "{text}");
        }
    }

    #[test]
    fn a_file_of_schema_1_is_read() {
        let mut old = serde_json::to_value(found(None)).unwrap();
        let steps = old["steps"].as_array_mut().unwrap();
        let new = ["seed", "warm_up_s", "duration_s", "evidence", "queue_growing", "took_s"];
        for step in steps {
            step.as_object_mut().unwrap().retain(|key, _| !new.contains(&key.as_str()));
        }
        old.as_object_mut().unwrap().retain(|key, _| !["seed", "expected", "warnings"].contains(&key.as_str()));
        old["answer"] = json!({"rate": 38.0, "limited_by": "steps", "next_higher": 40.0});
        let report: SearchReport = serde_json::from_value(old).unwrap();
        assert!(told(&report, 80).starts_with("At least 38.0 claims/s meet\n"));
    }
}
