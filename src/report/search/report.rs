use serde::{Deserialize, Serialize};

use super::because::because;
use crate::measure::search::{Answer, Ended, Evidence, Expected, Step, Verdict};
use crate::measure::{Classes, Figures, Latency, Outcomes, Summary};

/// `search.json`: what was searched, each step, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchReport {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// Version of this tool.
    pub tool_version: String,
    /// `simulator` or `cluster`.
    pub target: String,
    /// The objectives.
    pub slo: Vec<String>,
    /// The rate is to be known within this share.
    pub tolerance: f64,
    /// Shape of the arrivals.
    pub arrivals: String,
    /// How long claims are sent and judged in each step, at least.
    pub step_s: f64,
    /// The seeds of all steps come from it; null in files of schema 1.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The time told at the start; null in files of schema 1.
    #[serde(default)]
    pub expected: Option<Expected>,
    /// The answer; null where the search was interrupted.
    pub answer: Option<Answer>,
    /// Why it ended early, where it did.
    pub ended_early: Option<String>,
    /// What may make the answer misleading, in words.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The steps in order.
    pub steps: Vec<SearchStep>,
}

/// One rate tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchStep {
    /// What it was to do: `rate`, `seed`, `warm_up_s` and `duration_s`.
    #[serde(flatten)]
    pub asked: Step,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it was not met: what the objectives had against it, what made it invalid.
    pub because: Vec<String>,
    /// What it says of each objective, in the order of `slo`; empty where it says nothing of the cluster.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// True where claims came faster than the cluster served them.
    #[serde(default)]
    pub queue_growing: bool,
    /// Seconds that it took, the wait for full pools before it included.
    #[serde(default)]
    pub took_s: f64,
    /// The step's own run folder, in the search's.
    pub folder: String,
    /// Claims planned; those of the warm-up are in no figure.
    pub planned: u64,
    /// As a run's.
    pub achieved_ratio: f64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// The ready ones.
    pub classes: Classes,
    /// Time to ready, in seconds.
    pub time_to_ready_s: Option<Figures>,
    /// 99th percentile of the schedule lag, in seconds.
    pub schedule_lag_p99_s: Option<f64>,
    /// The run's warnings.
    pub warnings: Vec<String>,
}

impl SearchStep {
    /// A step that ran.
    #[must_use]
    pub fn new(asked: Step, ended: &Ended, summary: &Summary, folder: String, took_s: f64) -> Self {
        let (evidence, queue_growing) = match ended {
            Ended::Judged { evidence, queue_growing } => (evidence.clone(), *queue_growing),
            Ended::GeneratorLimit | Ended::Failed => (Vec::new(), false),
        };
        Self {
            because: because(ended, summary),
            evidence,
            queue_growing,
            planned: summary.load.planned,
            achieved_ratio: summary.achieved_ratio,
            outcomes: summary.outcomes,
            classes: summary.classes,
            time_to_ready_s: summary.figures(Latency::TimeToReady),
            schedule_lag_p99_s: summary.figures(Latency::ScheduleLag).map(|it| it.p99),
            warnings: summary.warnings.clone(),
            ..Self::without_claims(asked, ended.verdict(), folder, took_s)
        }
    }

    /// A step that failed, and why.
    #[must_use]
    pub fn failed(asked: Step, why: String, folder: String, took_s: f64) -> Self {
        Self { because: vec![why], ..Self::without_claims(asked, Verdict::Failed, folder, took_s) }
    }

    fn without_claims(asked: Step, verdict: Verdict, folder: String, took_s: f64) -> Self {
        Self {
            asked,
            verdict,
            because: Vec::new(),
            evidence: Vec::new(),
            queue_growing: false,
            took_s,
            folder,
            planned: 0,
            achieved_ratio: 0.0,
            outcomes: Outcomes::default(),
            classes: Classes::default(),
            time_to_ready_s: None,
            schedule_lag_p99_s: None,
            warnings: Vec::new(),
        }
    }
}
