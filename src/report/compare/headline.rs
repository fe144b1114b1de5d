//! The verdict of a comparison in one line.

use super::report::CompareReport;
use super::wording::{doubt, told};
use crate::config::Percentage;
use crate::measure::compare::{Comparison, Doubt, Judgement, Verdict};

impl CompareReport {
    /// `slower by 8.1 to 13.7 %`, `same within 5 %` or `cannot tell: 3 more runs of this length`. Where there are too few
    /// runs to know how much runs of one system differ, it says so, and what was taken for it.
    #[must_use]
    pub fn headline(&self) -> String {
        let comparison = &self.comparison;
        let verdict = match comparison.verdict() {
            Verdict::Same => format!("same within {}", percent(self.rules.margin)),
            Verdict::CannotTell(why) => format!("cannot tell: {}", cannot_tell(comparison, why)),
            Verdict::Worse | Verdict::Better => leading(comparison).map_or_else(String::new, told),
        };
        if comparison.run_spread_unknown {
            format!("{verdict}; spread of runs unknown, limit {}", percent(self.rules.run_spread))
        } else {
            verdict
        }
    }
}

/// The figures whose sizes the headline gives: `by time_to_ready.p50, the first of 7 figures that are worse`; empty
/// where none differs.
pub(super) fn source(comparison: &Comparison) -> String {
    let Some(first) = leading(comparison) else { return String::new() };
    let alike = comparison.judgements.iter().filter(|one| one.verdict == first.verdict).count();
    let word = if first.verdict == Verdict::Worse { "worse" } else { "better" };
    format!("by {}, the first of {alike} figures that are {word}", first.figure.name())
}

/// The first figure that differs as the verdict of all says.
fn leading(comparison: &Comparison) -> Option<&Judgement> {
    let verdict = comparison.verdict();
    let differs = matches!(verdict, Verdict::Worse | Verdict::Better);
    comparison.judgements.iter().find(|one| differs && one.verdict == verdict)
}

pub(super) fn percent(fraction: f64) -> String {
    Percentage::of(fraction).map_or_else(|| fraction.to_string(), |percentage| percentage.to_string())
}

fn cannot_tell(comparison: &Comparison, why: Doubt) -> String {
    match comparison.more_runs() {
        Some(1) => "1 more run of this length".into(),
        Some(runs) => format!("{runs} more runs of this length"),
        None => doubt(why).into(),
    }
}
