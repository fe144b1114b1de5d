use std::fmt::Write as _;

use crate::measure::{Class, ExecCount, Figures, Outcome, Statistic, StepSummary, Summary};

/// A run's figures as an `OpenMetrics` text that node exporters' textfile collectors read too: gauges and summaries only.
/// The run's id is on `run_info` alone, so that the next run goes on with the same series.
#[must_use]
pub fn openmetrics(summary: &Summary) -> String {
    let mut text = Text { out: String::new() };
    text.family("run_info", "gauge", "1, with the run's id and its labels.");
    let labels = summary.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let about: Vec<_> = [("run_id", summary.run_id.as_str())].into_iter().chain(labels).collect();
    text.sample("run_info", &about, 1.0);
    text.family("claims", "gauge", "Claims by outcome.");
    for outcome in Outcome::ALL {
        text.sample("claims", &[("outcome", outcome.name())], summary.outcomes.of(outcome) as f64);
    }
    text.family("ready_claims", "gauge", "Ready claims by class.");
    for class in Class::ALL {
        text.sample("ready_claims", &[("class", class.name())], summary.classes.of(class) as f64);
    }
    text.family("reasons", "gauge", "Claims that did not become ready, by outcome and reason.");
    for (reason, count) in &summary.reasons {
        text.sample("reasons", &[("reason", reason)], *count as f64);
    }
    if let Some(exec) = &summary.exec {
        text.family("execs", "gauge", "The workload's commands, by how they ended.");
        for ended in [ExecCount::Ok, ExecCount::Failed] {
            text.sample("execs", &[("ended", ended.name())], exec.of(ended) as f64);
        }
    }
    latencies(summary, &mut text);
    text.family("slo_met", "gauge", "1 where the objective was met.");
    for objective in &summary.slo {
        text.sample("slo_met", &[("expression", &objective.expression)], f64::from(u8::from(objective.met)));
    }
    for (name, help, value) in [
        ("valid", "1 where the run holds as a measurement.", f64::from(u8::from(summary.valid))),
        ("achieved_ratio", "Claims handed over within 100 ms of intended.", summary.achieved_ratio),
        ("peak_in_flight", "Most claims sent and not yet ended.", summary.peak_in_flight as f64),
        ("peak_alive", "Most claims created and not yet released.", summary.peak_alive as f64),
    ] {
        text.family(name, "gauge", help);
        text.sample(name, &[], value);
    }
    text.out + "# EOF\n"
}

/// Percentiles and the largest, by the quantile that Prometheus names them by.
const QUANTILES: [(&str, Statistic); 6] = [
    ("0.5", Statistic::P50),
    ("0.9", Statistic::P90),
    ("0.95", Statistic::P95),
    ("0.99", Statistic::P99),
    ("0.999", Statistic::P999),
    ("1", Statistic::Max),
];

fn latencies(summary: &Summary, text: &mut Text) {
    let latencies: Vec<_> = summary.latency_s.iter().filter_map(|(name, it)| Some((name.as_str(), (*it)?))).collect();
    let names = ["latency_seconds", "latency_is_lower_bound"];
    distributions(names, "Latencies of the claims", "latency", &latencies, text);
    steps(&summary.steps, text);
    text.family("slo_undecided", "gauge", "1 where the figure's interval holds the objective's limit.");
    for objective in &summary.slo {
        let undecided = f64::from(u8::from(objective.undecided));
        text.sample("slo_undecided", &[("expression", &objective.expression)], undecided);
    }
}

/// Of sessions, by step.
fn steps(steps: &[StepSummary], text: &mut Text) {
    if steps.is_empty() {
        return;
    }
    text.family("steps", "gauge", "Steps of the sessions, by how they ended.");
    for step in steps {
        let kind = step.kind.to_string();
        for ended in [ExecCount::Ok, ExecCount::Failed] {
            let labels = [("step", step.name.as_str()), ("kind", kind.as_str()), ("ended", ended.name())];
            text.sample("steps", &labels, step.counts.of(ended) as f64);
        }
    }
    let latencies: Vec<_> = steps.iter().filter_map(|step| Some((step.name.as_str(), step.latency_s?))).collect();
    let names = ["step_latency_seconds", "step_latency_is_lower_bound"];
    distributions(names, "Latencies of the steps of sessions", "step", &latencies, text);
    rates(steps, text);
}

/// Of steps that write or read a file.
fn rates(steps: &[StepSummary], text: &mut Text) {
    let rates: Vec<_> = steps.iter().filter_map(|step| Some((step.name.as_str(), step.mb_per_s?))).collect();
    if rates.is_empty() {
        return;
    }
    let help = "Bytes of a file over that quantile of its step's latency; an upper bound where that is a lower bound.";
    text.family("step_bytes_per_second", "gauge", help);
    for (name, rates) in rates {
        for (quantile, statistic) in QUANTILES {
            let Some(percentile) = statistic.percentile() else { continue };
            let labels = [("step", name), ("latency_quantile", quantile)];
            text.sample("step_bytes_per_second", &labels, rates.of(percentile) * 1e6);
        }
    }
}

/// Two families: the distributions, and which of their quantiles are bounds.
fn distributions([values, bounds]: [&str; 2], help: &str, label: &str, of: &[(&str, Figures)], text: &mut Text) {
    text.family(values, "summary", &format!("{help}; {bounds} says which are bounds."));
    for (name, figures) in of {
        for (quantile, statistic) in QUANTILES {
            text.sample(values, &[(label, name), ("quantile", quantile)], figures.get(statistic));
        }
        text.sample(&format!("{values}_sum"), &[(label, name)], figures.mean * figures.count as f64);
        text.sample(&format!("{values}_count"), &[(label, name)], figures.count as f64);
    }
    text.family(bounds, "gauge", "1 where the quantile rests on what was not seen to end well.");
    for (name, figures) in of {
        for (quantile, statistic) in QUANTILES {
            let bound = f64::from(u8::from(figures.bounds.contains(statistic)));
            text.sample(bounds, &[(label, name), ("quantile", quantile)], bound);
        }
    }
}

struct Text {
    out: String,
}

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ =
            writeln!(self.out, "# TYPE agent_sandbox_bench_{name} {kind}\n# HELP agent_sandbox_bench_{name} {help}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", quote(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.out, "agent_sandbox_bench_{name}{labels} {value}");
    }
}

fn quote(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
