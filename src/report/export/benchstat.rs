use std::fmt::Write as _;

use super::figures::{Figure, Quantity, RunFigures, label, label_keys};

/// The text of Go's benchmarks (<https://go.dev/design/14313-benchmark-format>): the labels as configuration, then a
/// line for each latency of a run. So benchstat has one sample of a figure from each run.
pub(super) fn benchstat(runs: &[RunFigures]) -> String {
    let keys = label_keys(runs);
    let (mut text, mut before) = (String::new(), vec![""; keys.len()]);
    for run in runs {
        for (key, before) in keys.iter().zip(&mut before) {
            let value = label(run, key);
            if value != *before {
                // Of no value: the run does not have the label of the one before.
                let _ = writeln!(text, "{}", format!("{key}: {value}").trim_end());
                *before = value;
            }
        }
        for group in run.figures.chunk_by(|one, other| benchmark(one.quantity) == benchmark(other.quantity)) {
            let _ = write!(text, "Benchmark{} {}", benchmark(group[0].quantity), group[0].claims);
            text.extend(group.iter().map(sample));
            text.push('\n');
        }
    }
    text
}

/// `TimeToReady` of `time_to_ready`, `StepReadFile` of the step `read_file`.
fn benchmark(quantity: Quantity<'_>) -> String {
    match quantity {
        Quantity::Latency(latency, _) => in_capitals(latency.name()),
        Quantity::Step(name, _) | Quantity::StepFailed(name) => format!("Step{}", in_capitals(name)),
        Quantity::Failed | Quantity::Cpu => "Claims".into(),
    }
}

fn in_capitals(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split(['_', '-']).map(word).collect()
}

fn sample(figure: &Figure) -> String {
    match figure.quantity {
        Quantity::Latency(_, statistic) | Quantity::Step(_, statistic) => {
            format!(" {} {statistic}-ns/op", (figure.value * 1e9).round())
        }
        Quantity::Failed | Quantity::StepFailed(_) => format!(" {} failed-fraction", figure.value),
        Quantity::Cpu => format!(" {} cpu-ns/op", (figure.value * 1e9).round()),
    }
}
