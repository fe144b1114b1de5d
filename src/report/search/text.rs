//! What people are told of a search. It fits 80 columns.

use std::fmt::Write as _;

use super::report::{SearchReport, SearchStep};
use super::wording::{answer, rate, reason, relation, span, word};
use crate::measure::Statistic;
use crate::measure::search::Expected;
use crate::report::text::seconds;

/// Characters of a line.
const WIDTH: usize = 80;

/// The time that a search takes, told before its first step.
#[must_use]
pub fn expected_line(expected: &Expected) -> String {
    let Expected { steps, about_s, most_s } = expected;
    format!("search: about {steps} steps in {}, at most {}", span(*about_s), span(*most_s))
}

/// The answer in plain words, then the curve.
#[must_use]
pub fn search_text(report: &SearchReport) -> String {
    let mut text = verdict(report);
    for warning in &report.warnings {
        text.push_str(&wrapped(&format!("WARNING: {warning}"), 0));
    }
    let _ = writeln!(
        text,
        "\n{:>9}  {:<15}{:>9}{:>9}{:>9}{:>8}{:>8}{:>8}",
        "claims/s", "", "p50", "p99", "max", "ready", "planned", "took"
    );
    let mut steps: Vec<_> = report.steps.iter().collect();
    steps.sort_by(|one, other| one.asked.rate.total_cmp(&other.asked.rate));
    text.extend(steps.iter().copied().map(step_line));
    let took = steps.iter().map(|step| step.took_s).sum();
    let expected =
        report.expected.map(|expected| format!("; {}", expected_line(&expected).replace("search:", "told:")));
    let _ = writeln!(text, "\n{} steps in {}{}", steps.len(), span(took), expected.unwrap_or_default());
    text
}

fn verdict(report: &SearchReport) -> String {
    let (answer, reason) = (answer(report), reason(report));
    let Some(relation) = relation(report) else { return wrapped(&format!("{answer}: {reason}"), 0) };
    let comma = if relation.starts_with("the ") { ":" } else { "" };
    let mut text = format!("{answer}{comma} {relation}\n");
    for objective in &report.slo {
        let _ = writeln!(text, "  {objective}");
    }
    if !reason.is_empty() {
        text.push_str(&wrapped(&reason, 0));
    }
    text
}

/// A step in one line, with a line for each reason that it was not met.
#[must_use]
pub fn step_line(step: &SearchStep) -> String {
    let figure = |statistic| {
        let Some(figures) = &step.time_to_ready_s else { return "-".into() };
        let bound = if figures.bounds.contains(statistic) { ">" } else { "" };
        format!("{bound}{}", seconds(figures.get(statistic)))
    };
    let [p50, p99, max] = [Statistic::P50, Statistic::P99, Statistic::Max].map(figure);
    let mut text = format!(
        "{:>9}  {:<15}{p50:>9}{p99:>9}{max:>9}{:>8}{:>8}{:>8}\n",
        rate(step.asked.rate),
        word(step.verdict).0,
        step.outcomes.ready,
        step.planned,
        span(step.took_s)
    );
    text.extend(step.because.iter().map(|because| wrapped(because, 11)));
    text
}

/// `text` in lines of `WIDTH`, `indent` deep; a longer word has a line of its own.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => *line = format!("{line} {word}"),
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_answer_says_what_it_is_in_80_columns() {
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
            let text = search_text(&found(answer));
            assert_eq!(text.lines().next(), Some(first));
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
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
        assert!(search_text(&report).starts_with("At least 38.0 claims/s meet\n"));
    }
}
