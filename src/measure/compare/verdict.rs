use agent_sandbox_common::words;
use serde::Serialize;

/// What is decided of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "doubt", rename_all = "snake_case")]
pub enum Verdict {
    /// More: slower, or a larger share. The whole interval is above zero, and not all of it within the margin.
    Worse,
    /// Less.
    Better,
    /// The whole interval is within the margin.
    Same,
    /// The runs do not say.
    CannotTell(Doubt),
}

words! {
    /// Why a figure cannot be told.
    pub enum Doubt {
        /// Fewer claims than the figure rests on, on a side at least.
        TooFewClaims = "too_few_claims",
        /// Fewer than eight blocks in a run, and too few runs to decide by runs.
        TooFewBlocks = "too_few_blocks",
        /// The difference is below what runs of one system may differ by, and there are too few runs to measure that.
        RunSpreadUnknown = "run_spread_unknown",
        /// The interval holds both no change and changes beyond the margin; it has no end where censored claims leave it open.
        TooWide = "too_wide",
    }
}

/// What is asked of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Chance of a false difference over all figures.
    pub level: f64,
    /// Relative change of latencies and CPU that does not matter.
    pub margin: f64,
    /// Absolute change of shares that does not matter.
    pub share_margin: f64,
    /// Relative difference that two runs of one system may have, where too few runs show it.
    pub run_spread: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { level: 0.01, margin: 0.05, share_margin: 0.005, run_spread: 0.1 }
    }
}

/// Decides by the interval of the change, of which an end is infinite where nothing bounds it. `spread` is how much runs
/// of one system may differ; zero where the interval holds that already.
pub fn decide(low: f64, high: f64, margin: f64, spread: f64) -> Verdict {
    if low - spread >= -margin && high + spread <= margin {
        Verdict::Same
    } else if low > spread {
        Verdict::Worse
    } else if high < -spread {
        Verdict::Better
    } else if low > 0.0 || high < 0.0 || (low >= -margin && high <= margin) {
        Verdict::CannotTell(Doubt::RunSpreadUnknown)
    } else {
        Verdict::CannotTell(Doubt::TooWide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_decided_against_zero_and_the_margin() {
        let open = f64::INFINITY;
        let too_wide = Verdict::CannotTell(Doubt::TooWide);
        let unknown = Verdict::CannotTell(Doubt::RunSpreadUnknown);
        for (low, high, spread, verdict) in [
            (0.01, 0.08, 0.0, Verdict::Worse),
            (-0.09, -0.01, 0.0, Verdict::Better),
            (0.01, 0.04, 0.0, Verdict::Same),
            (0.0, 0.0, 0.0, Verdict::Same),
            (-0.01, 0.06, 0.0, too_wide),
            (0.02, open, 0.0, Verdict::Worse),
            (-open, open, 0.0, too_wide),
            (0.0, 0.0, 0.1, unknown),
            (0.02, 0.2, 0.1, unknown),
            (0.11, 0.2, 0.1, Verdict::Worse),
            (-0.2, -0.11, 0.1, Verdict::Better),
            (-0.2, 0.2, 0.1, too_wide),
        ] {
            assert_eq!(decide(low, high, 0.05, spread), verdict, "{low} to {high}, {spread}");
        }
    }
}
