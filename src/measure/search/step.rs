//! What a step is asked to do, and what it may say.

use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

/// A step to run: claims at `rate` for `duration_s`, after `warm_up_s` at the same rate that counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Claims per second.
    pub rate: f64,
    /// Seed of its arrivals; no two steps of a search share one.
    #[serde(default)]
    pub seed: u64,
    /// Seconds at the start whose claims are sent but not judged: the queue starts empty, and that is not the long run.
    #[serde(default)]
    pub warm_up_s: f64,
    /// Seconds of claims that are judged.
    #[serde(default)]
    pub duration_s: f64,
}

/// What a step says of one objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// The objective limits a share of the claims: p99 below a limit means that at most 1 % of them reach it.
    Share {
        /// Claims that are beyond the limit for certain.
        beyond: u64,
        /// Claims of which it is not known: lower bounds within the limit, and upper bounds beyond it.
        undecided: u64,
        /// Claims judged.
        of: u64,
        /// Share that may be beyond: 0.01 for p99. Above 0, below 1.
        allowed: f64,
    },
    /// The objective is about one figure of the step, such as a mean or a count.
    Figure {
        /// True where the figure is known to meet it.
        met: bool,
    },
}

/// How a step ended, as the run reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ended {
    /// The load was sent; a piece of evidence for each objective, in the same order in each step.
    Judged {
        /// By objective.
        evidence: Vec<Evidence>,
        /// True where the queue grew, or claims met `load.max_in_flight`.
        queue_growing: bool,
    },
    /// The generator could not send the load: nothing is known of the cluster.
    GeneratorLimit,
    /// The run failed.
    Failed,
}

words! {
    /// A step in one word.
    pub enum Verdict {
        /// Every objective was met.
        Met = "met",
        /// An objective was missed.
        Missed = "missed",
        /// Claims came faster than the cluster served them.
        QueueGrowing = "queue_growing",
        /// Too few claims for the percentile, or bounds on the wrong side of the limit: neither met nor missed.
        Undecided = "undecided",
        /// The generator could not send the load.
        GeneratorLimit = "generator_limit",
        /// The run failed.
        Failed = "failed",
    }
}

impl Evidence {
    /// Met, missed or undecided. A share needs so many claims that one of them may be beyond: 100 for p99.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Figure { met: true } => Verdict::Met,
            Self::Figure { met: false } => Verdict::Missed,
            Self::Share { beyond, undecided, of, allowed } => {
                let may = may_be_beyond(of, allowed);
                match (beyond > may, beyond + undecided > may, may) {
                    (true, ..) => Verdict::Missed,
                    (false, false, 1..) => Verdict::Met,
                    _ => Verdict::Undecided,
                }
            }
        }
    }
}

impl Ended {
    /// The step in one word: the worst of its objectives.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::GeneratorLimit => Verdict::GeneratorLimit,
            Self::Failed => Verdict::Failed,
            Self::Judged { evidence, queue_growing } => {
                let has = |verdict| evidence.iter().any(|one| one.verdict() == verdict);
                match (has(Verdict::Missed), queue_growing, has(Verdict::Undecided)) {
                    (true, ..) => Verdict::Missed,
                    (_, true, _) => Verdict::QueueGrowing,
                    (_, _, true) => Verdict::Undecided,
                    _ => Verdict::Met,
                }
            }
        }
    }
}

/// Nearest rank: of n claims, floor(n * allowed) may be beyond. The last digit of 0.01 must not matter.
#[must_use]
pub fn may_be_beyond(of: u64, allowed: f64) -> u64 {
    (of as f64 * allowed + 1e-9).floor() as u64
}
