use std::path::Path;

use super::headline::headline;
use super::invalid;
use super::run_end::RunEnd;
use crate::report::screen::{Line, Screen, Tone};

/// What stays on the screen: why the run is invalid, the verdict again, what the exit code means, where the results lie.
pub(super) fn ending(run: &RunEnd, screen: &mut Screen) {
    let summary = run.summary;
    screen.gap();
    screen.extend(invalid::reasons(summary, run.validity));
    screen.push(headline(summary));
    screen.push(exit_line(run.ending.exit_code, meaning(run)));
    screen.push(results_line(run.ending.results));
}

/// `exit 4: an objective was missed`.
pub(in crate::report) fn exit_line(code: i32, meaning: &str) -> Line {
    let tone = if code == 0 { Tone::Good } else { Tone::Bad };
    Line::new(tone, format!("exit {code}: ")).and(Tone::Plain, meaning).hanging(2)
}

/// Where the results lie.
pub(in crate::report) fn results_line(folder: &Path) -> Line {
    Line::new(Tone::Plain, format!("results in {}", folder.display()))
}

fn meaning(run: &RunEnd) -> &'static str {
    let slo = &run.summary.slo;
    match run.ending.exit_code {
        130 => "interrupted; what was claimed is released, and what was measured is written",
        3 => "invalid as a measurement: the figures are partly the generator's own, not the target's",
        4 if slo.iter().all(|objective| objective.met) => "valid, but an objective is undecided (slo_undecided: fail)",
        4 => "valid, but an objective was missed",
        0 if slo.is_empty() => {
            "done and valid; no objective (slo) was given, so neither slow nor failed claims change the exit code"
        }
        0 => "done and valid, every objective met",
        _ => "the run failed",
    }
}
