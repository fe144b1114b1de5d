use super::figures::{RunFigures, label, label_keys, names};

/// A row a run: what it is, its labels, and each figure with the ends of its interval, seconds. An empty cell is a figure
/// that the run does not have, or that is a lower bound and named as such.
pub(super) fn csv(runs: &[RunFigures]) -> String {
    let labels = label_keys(runs);
    let names = names(runs);
    let ours = ["run.tool_version", "run.valid", "run.lower_bounds", "claims.planned", "claims.ready"];
    let of_figures = names.iter().flat_map(|name| [name.clone(), format!("{name}.low"), format!("{name}.high")]);
    let head = ["time", "run_id"].into_iter().chain(labels.iter().copied()).chain(ours).map(str::to_owned);
    let mut text = line(head.chain(of_figures));
    text.extend(runs.iter().map(|run| row(run, &labels, &names)));
    text
}

fn row(run: &RunFigures, labels: &[&str], names: &[String]) -> String {
    let summary = &run.run.summary;
    let labels = labels.iter().map(|key| label(run, key).to_owned());
    let ours = [
        summary.tool_version.clone(),
        summary.doubt().is_none().to_string(),
        run.bounds.join(" "),
        summary.load.planned.to_string(),
        summary.outcomes.ready.to_string(),
    ];
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let figures = names.iter().flat_map(|name| {
        let figure = run.figure(name);
        [figure.map(|it| it.value), figure.and_then(|it| it.low), figure.and_then(|it| it.high)].map(cell)
    });
    let head = [summary.started_at.clone(), summary.run_id.clone()];
    line(head.into_iter().chain(labels).chain(ours).chain(figures))
}

/// A line as RFC 4180 has it, but for its end, which is that of the system's own tools.
pub(super) fn line(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\n"
}
