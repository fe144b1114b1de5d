use super::export_run::ExportRun;
use crate::measure::{Figures, Latency, Statistic, Summary};

/// What is exported of each latency.
const STATISTICS: [Statistic; 6] =
    [Statistic::P50, Statistic::P90, Statistic::P95, Statistic::P99, Statistic::P999, Statistic::Mean];

/// What a figure counts; less is better of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity<'a> {
    /// A statistic of a latency, seconds.
    Latency(Latency, Statistic),
    /// A statistic of the latency of a step of sessions, by its name, seconds.
    Step(&'a str, Statistic),
    /// How often that step failed, as a share.
    StepFailed(&'a str),
    /// Claims that did not become ready, as a share.
    Failed,
    /// CPU of a controller's program for a claim, seconds.
    Cpu,
}

/// A figure with its 95 % interval, an end of which may be unknown.
#[derive(Debug, Clone)]
pub(super) struct Figure<'a> {
    pub quantity: Quantity<'a>,
    pub value: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// False where it is to be taken with care.
    pub adequate: bool,
    /// Claims that it is made of, or steps.
    pub claims: u64,
}

/// The figures of a run that can be exported, and the names of those that cannot.
pub(super) struct RunFigures<'a> {
    pub run: &'a ExportRun,
    pub figures: Vec<Figure<'a>>,
    /// Lower bounds.
    pub bounds: Vec<String>,
    /// Percentiles with no claim beyond: they would be the maximum, which grows with the number of claims.
    pub beyond: Vec<String>,
}

impl Quantity<'_> {
    /// As the summary names it, a dotted path.
    pub fn name(self) -> String {
        match self {
            Self::Latency(latency, statistic) => format!("{latency}.{statistic}"),
            Self::Step(name, statistic) => format!("steps.{name}.{statistic}"),
            Self::StepFailed(name) => format!("steps.{name}.failed_fraction"),
            Self::Failed => "claims.failed_fraction".into(),
            Self::Cpu => "controller.cpu_s_per_claim".into(),
        }
    }

    /// The word for its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Latency(..) | Self::Step(..) | Self::Cpu => "s",
            Self::Failed | Self::StepFailed(_) => "fraction",
        }
    }
}

impl<'a> Figure<'a> {
    fn alone(quantity: Quantity<'a>, value: f64, claims: u64) -> Self {
        Self { quantity, value, low: None, high: None, adequate: true, claims }
    }

    fn of(figures: &Figures, quantity: Quantity<'a>, statistic: Statistic) -> Self {
        let percentile = statistic.percentile();
        let (low, high) = percentile.and_then(|it| figures.interval.of(it)).unwrap_or((None, None));
        let adequate = percentile.is_none_or(|it| figures.adequate.of(it));
        let value = figures.get(statistic);
        Self { quantity, value, low, high, adequate, claims: figures.count }
    }
}

impl<'a> RunFigures<'a> {
    pub fn of(run: &'a ExportRun) -> Self {
        let mut all = Self { run, figures: Vec::new(), bounds: Vec::new(), beyond: Vec::new() };
        // The controller's own latency has steps of a second; the generator's lateness says nothing of the target.
        let is_exported = |latency: &Latency| latency.is_of_server() && *latency != Latency::ControllerTimeToReady;
        for latency in Latency::ALL.into_iter().filter(is_exported) {
            let Some(figures) = run.summary.figures(latency) else { continue };
            all.add(&figures, |statistic| Quantity::Latency(latency, statistic));
        }
        for step in &run.summary.steps {
            let Some(figures) = &step.latency_s else { continue };
            all.add(figures, |statistic| Quantity::Step(&step.name, statistic));
            let failed = step.counts.failed as f64 / step.counts.attempted.max(1) as f64;
            all.figures.push(Figure::alone(Quantity::StepFailed(&step.name), failed, step.counts.attempted));
        }
        all.add_of_run(&run.summary);
        all
    }

    fn add(&mut self, figures: &Figures, quantity: impl Fn(Statistic) -> Quantity<'a>) {
        let beyond = |quantile: f64| figures.count as f64 * (1.0 - quantile);
        for statistic in STATISTICS {
            let quantity = quantity(statistic);
            if figures.bounds.contains(statistic) {
                self.bounds.push(quantity.name());
            } else if statistic.percentile().is_some_and(|percentile| beyond(percentile.quantile()) < 1.0 - 1e-9) {
                self.beyond.push(quantity.name());
            } else {
                self.figures.push(Figure::of(figures, quantity, statistic));
            }
        }
    }

    fn add_of_run(&mut self, summary: &Summary) {
        if let Some(ready) = summary.figures(Latency::TimeToReady) {
            let share = ready.censored as f64 / ready.count as f64;
            self.figures.push(Figure::alone(Quantity::Failed, share, ready.count));
        }
        let cpu = summary.controller.as_ref().and_then(|controller| controller.cpu_s_per_claim);
        self.figures.extend(cpu.map(|cpu| Figure::alone(Quantity::Cpu, cpu, summary.load.planned)));
    }

    /// What is not exported, and why: a sentence each.
    pub fn left_out(&self) -> Vec<String> {
        let folder = self.run.folder.display();
        let told = |names: &[String], why: &str| {
            (!names.is_empty()).then(|| format!("{folder}: left out, {why}: {}", names.join(", ")))
        };
        let bounds = told(&self.bounds, "lower bounds, as claims never became ready or steps failed");
        let beyond = told(&self.beyond, "percentiles with no claim beyond them");
        bounds.into_iter().chain(beyond).collect()
    }

    /// The figure of that name.
    pub fn figure(&self, name: &str) -> Option<&Figure<'a>> {
        self.figures.iter().find(|figure| figure.quantity.name() == name)
    }

    /// What stands before the name of a figure, where there are several runs.
    pub fn prefix(&self, runs: &[Self]) -> String {
        if runs.len() == 1 { String::new() } else { format!("{} ", self.run.folder.display()) }
    }
}

/// The names of all figures, in the order they come.
pub(super) fn names(runs: &[RunFigures]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for figure in runs.iter().flat_map(|run| &run.figures) {
        let name = figure.quantity.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The keys of all labels, in order.
pub(super) fn label_keys<'a>(runs: &[RunFigures<'a>]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = runs.iter().flat_map(|run| run.run.summary.labels.keys().map(String::as_str)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A label's value; empty where the run does not have it.
pub(super) fn label<'a>(run: &RunFigures<'a>, key: &str) -> &'a str {
    run.run.summary.labels.get(key).map_or("", String::as_str)
}
