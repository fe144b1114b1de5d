use serde_json::{Value, json};

use super::figures::{Figure, RunFigures};
use crate::measure::Summary;

/// What github-action-benchmark's tool `customSmallerIsBetter` reads: a list of entries. `range` and `extra` are texts that
/// it shows.
pub(super) fn github_action(runs: &[RunFigures]) -> String {
    let entries = |run: &RunFigures| {
        let prefix = run.prefix(runs);
        let entry = |figure: &Figure| {
            let mut entry = json!({
                "name": format!("{prefix}{}", figure.quantity.name()),
                "unit": figure.quantity.unit(),
                "value": figure.value,
                "extra": extra(figure, &run.run.summary),
            });
            if let Some(range) = range(figure) {
                entry["range"] = range.into();
            }
            entry
        };
        run.figures.iter().map(entry).collect::<Vec<_>>()
    };
    format!("{:#}\n", Value::Array(runs.iter().flat_map(entries).collect()))
}

fn range(figure: &Figure) -> Option<String> {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("over {low}")),
        (None, Some(high)) => Some(format!("below {high}")),
        (None, None) => None,
    }
}

fn extra(figure: &Figure, summary: &Summary) -> String {
    let labels = summary.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let run = std::iter::once(format!("run {}", summary.run_id)).chain(labels).collect::<Vec<_>>().join(" ");
    let doubt = summary.doubt().map(|doubt| format!("INVALID: {doubt}"));
    let few = (!figure.adequate).then(|| "few claims beyond it: take it with care".to_owned());
    let lines = [Some(run), Some(format!("of {} claims", figure.claims)), doubt, few];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
