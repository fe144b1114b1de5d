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

/// `TimeToReady` of `time_to_ready`.
fn benchmark(quantity: Quantity) -> String {
    let Quantity::Latency(latency, _) = quantity else { return "Claims".into() };
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    latency.name().split('_').map(word).collect()
}

fn sample(figure: &Figure) -> String {
    match figure.quantity {
        Quantity::Latency(_, statistic) => format!(" {} {statistic}-ns/op", (figure.value * 1e9).round()),
        Quantity::Failed => format!(" {} failed-fraction", figure.value),
        Quantity::Cpu => format!(" {} cpu-ns/op", (figure.value * 1e9).round()),
    }
}
