//! How a step ended, from its claims.

use super::queue::queue_grows;
use super::step::{Ended, Evidence, Step};
use crate::config::{Comparison, Objective};
use crate::measure::{
    ClaimRecord, Class, End, InvalidReason, Latency, Metric, NotSentReason, Percentile, Single, Summary, Timeouts, Word,
};

/// For a step without an objective on a latency until ready: its queue is judged as if the limit were this share of the
/// step's length.
const SHARE_OF_STEP: f64 = 1.0 / 40.0;

/// Counts the claims of a step that are judged.
#[derive(Debug)]
pub struct Judge<'a> {
    objectives: &'a [Objective],
    step: Step,
    timeouts: Timeouts,
    /// By objective; zeros where it is about no percentile.
    counts: Vec<Count>,
    /// Instant and time to ready, in seconds.
    waits: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    beyond: u64,
    undecided: u64,
    of: u64,
}

/// What an objective limits.
enum Limited {
    /// The share of claims at the limit of a latency, or beyond.
    Latency(Latency, Percentile),
    /// The share of ready claims that were not warm.
    NotWarm,
    /// The share of planned claims that did not become ready.
    NotReady,
    /// The share of commands that did not run well.
    ExecFailed,
    /// A figure.
    Figure,
}

impl<'a> Judge<'a> {
    /// Of no claim yet.
    #[must_use]
    pub fn new(objectives: &'a [Objective], step: Step, timeouts: Timeouts) -> Self {
        let counts = vec![Count::default(); objectives.len()];
        Self { objectives, step, timeouts, counts, waits: Vec::new() }
    }

    /// Takes in a claim of the judged part.
    pub fn record(&mut self, claim: &ClaimRecord) {
        if let Some((nanos, _)) = Latency::TimeToReady.of(claim, &self.timeouts) {
            self.waits.push((claim.intended_ns as f64 / 1e9, nanos as f64 / 1e9));
        }
        for (objective, count) in self.objectives.iter().zip(&mut self.counts) {
            let Limited::Latency(latency, _) = limited(objective) else { continue };
            let Some((nanos, lower_bound)) = latency.of(claim, &self.timeouts) else { continue };
            let beyond = !objective.is_met(nanos as f64 / 1e9);
            let punctual = latency.lateness(claim).map_or(nanos, |late| nanos - late);
            // A claim that is beyond by the generator's lateness alone says nothing of the cluster.
            let upper_bound = objective.is_met(punctual as f64 / 1e9) || claim.upper_bound && latency.ends_at_ready();
            count.of += 1;
            count.beyond += u64::from(beyond && !upper_bound);
            count.undecided += u64::from(if beyond { upper_bound } else { lower_bound });
        }
    }

    /// How the step ended, whose summary this is.
    #[must_use]
    pub fn ended(&self, summary: &Summary) -> Ended {
        if summary.invalid_reasons.iter().any(hides_the_cluster) {
            return Ended::GeneratorLimit;
        }
        let evidence = self.objectives.iter().zip(&self.counts).enumerate();
        let evidence = evidence.map(|(at, (objective, count))| evidence_of(objective, *count, summary, at)).collect();
        let queue_growing = met_max_in_flight(summary) > 0 || queue_grows(&self.waits, self.queue_limit());
        Ended::Judged { evidence, queue_growing }
    }

    /// The lowest limit of a latency until ready, in seconds.
    fn queue_limit(&self) -> f64 {
        let limits = self
            .objectives
            .iter()
            .filter(|objective| matches!(limited(objective), Limited::Latency(latency, _) if latency.ends_at_ready()));
        limits.map(|objective| objective.limit).min_by(f64::total_cmp).unwrap_or(SHARE_OF_STEP * self.step.duration_s)
    }
}

/// The share of claims that an objective lets be beyond its limit: 0.01 for an upper limit on a p99. `None` where it is
/// about a figure: a mean, a maximum, a count, a limit that no share is allowed to be beyond.
#[must_use]
pub fn allowed_share(objective: &Objective) -> Option<f64> {
    let share = match limited(objective) {
        Limited::Latency(_, percentile) => 1.0 - percentile.quantile(),
        Limited::NotWarm | Limited::NotReady | Limited::ExecFailed => 1.0 - objective.limit,
        Limited::Figure => return None,
    };
    Some((share * 1e9).round() / 1e9)
}

/// Claims that met `load.max_in_flight`: the cluster did not keep up with them.
#[must_use]
pub fn met_max_in_flight(summary: &Summary) -> u64 {
    summary.reasons.get(&End::NotSent(NotSentReason::MaxInFlight).to_string()).copied().unwrap_or(0)
}

fn limited(objective: &Objective) -> Limited {
    let share = objective.limit > 0.0 && objective.limit < 1.0;
    match (Metric::of_name(&objective.metric), objective.comparison) {
        (Some(Metric::Latency(latency, statistic)), Comparison::Less | Comparison::AtMost) => {
            statistic.percentile().map_or(Limited::Figure, |percentile| Limited::Latency(latency, percentile))
        }
        (Some(Metric::Single(Single::WarmFraction)), Comparison::Greater | Comparison::AtLeast) if share => {
            Limited::NotWarm
        }
        (Some(Metric::Single(Single::ReadyFraction)), Comparison::Greater | Comparison::AtLeast) if share => {
            Limited::NotReady
        }
        (Some(Metric::Single(Single::ExecFraction)), Comparison::Greater | Comparison::AtLeast) if share => {
            Limited::ExecFailed
        }
        _ => Limited::Figure,
    }
}

/// `at` is the objective's place in the summary.
fn evidence_of(objective: &Objective, count: Count, summary: &Summary, at: usize) -> Evidence {
    let met = summary.slo.get(at).is_some_and(|result| result.met);
    let Some(allowed) = allowed_share(objective) else { return Evidence::Figure { met } };
    let (outcomes, classes) = (&summary.outcomes, &summary.classes);
    let Count { beyond, undecided, of } = match limited(objective) {
        Limited::NotWarm => {
            let of = Class::ALL.into_iter().map(|class| classes.of(class)).sum();
            Count { beyond: of - classes.warm, undecided: 0, of }
        }
        Limited::NotReady => {
            let of = outcomes.total();
            Count { beyond: of - outcomes.ready, undecided: 0, of }
        }
        Limited::ExecFailed => {
            let (failed, of) = summary.exec.as_ref().map_or((0, 0), |exec| (exec.failed, exec.attempted));
            Count { beyond: failed, undecided: 0, of }
        }
        Limited::Latency(..) | Limited::Figure => count,
    };
    Evidence::Share { beyond, undecided, of, allowed }
}

/// True where a step that is invalid for this reason says nothing of the cluster. Where the watch had gaps, or the
/// generator read late, latencies are upper bounds: a claim whose bound meets a limit meets it, and the others count as
/// undecided.
fn hides_the_cluster(reason: &Word<InvalidReason>) -> bool {
    match reason {
        Word::Known(InvalidReason::WatchGap | InvalidReason::MeasurementError) => false,
        Word::Known(
            InvalidReason::Interrupted
            | InvalidReason::GeneratorLate
            | InvalidReason::AchievedRatio
            | InvalidReason::RunnerLost
            | InvalidReason::CredentialsRefused,
        )
        | Word::Other(_) => true,
    }
}
