use agent_sandbox_common::words;

use super::{Figure, Verdict};

words! {
    /// What carries the chance in a decision.
    pub enum Unit {
        /// Blocks of claims within the runs.
        Block = "block",
        /// Whole runs.
        Run = "run",
    }
}

/// A figure of one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// Seconds, or a share.
    pub value: f64,
    /// True where the figure is `value` or more.
    pub is_bound: bool,
}

/// What is known of one figure. Changes are relative; of shares, differences.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Which.
    pub figure: Figure,
    /// Over all claims of the base; `None` of too few.
    pub base: Option<Value>,
    /// Of the new side.
    pub new: Option<Value>,
    /// What decided it.
    pub unit: Unit,
    /// Blocks of base and new that hold a claim.
    pub blocks: [usize; 2],
    /// Chance of a false difference in this figure.
    pub level: f64,
    /// New from base: of all claims by blocks, of the runs' mean figure (geometric; of shares arithmetic) by runs.
    pub change: Option<f64>,
    /// Where the change lies; an end is `None` where nothing bounds it.
    pub interval: [Option<f64>; 2],
    /// The smallest worsening that would have been found eight times of ten.
    pub smallest_effect: Option<f64>,
    /// What is decided.
    pub verdict: Verdict,
    /// If there is no verdict: how many more runs of this length each side needs, when the claims show it.
    pub more_runs: Option<usize>,
}

/// Two sides side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Chance of a false difference over all figures, which share it (Bonferroni).
    pub level: f64,
    /// Runs of base and new.
    pub runs: [usize; 2],
    /// True where there are too few runs to know how much runs of one system differ.
    pub run_spread_unknown: bool,
    /// A figure each.
    pub judgements: Vec<Judgement>,
}

impl Comparison {
    /// The verdict of all: worse where a figure is; else better where one is; else the same where all figures are that
    /// decide; else the first doubt of these.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.judgements.iter().any(|one| one.verdict == verdict).then_some(verdict);
        let doubt = self.deciding().map(|one| one.verdict).find(|verdict| *verdict != Verdict::Same);
        any(Verdict::Worse).or_else(|| any(Verdict::Better)).or(doubt).unwrap_or(Verdict::Same)
    }

    /// How many more runs of this length each side needs until all deciding figures have a verdict.
    #[must_use]
    pub fn more_runs(&self) -> Option<usize> {
        self.deciding().filter_map(|one| one.more_runs).max()
    }

    fn deciding(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|one| one.figure.decides())
    }
}
