use std::collections::BTreeMap;

use super::calibration::Calibration;
use super::report::{AbEnd, AbLook, AbReport, AbRun};
use crate::report::compare::compare_text;
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::text::{Ending, exit_line, results_line};
use crate::report::units::seconds;

/// A run that has just ended: `new-3   VALID  p50 12.3ms, took 31 s`.
#[must_use]
pub fn ab_run_line(run: &AbRun) -> Line {
    let (tone, validity) = match &run.invalid {
        None => (Tone::Good, "VALID".to_owned()),
        Some(why) => (Tone::Bad, format!("INVALID: {why}")),
    };
    let p50 = run.p50_s.map_or_else(|| "-".into(), seconds);
    Line::new(Tone::Plain, format!("{:<8}", run.folder.display()))
        .and(tone, validity)
        .and(Tone::Plain, format!("  p50 {p50}, took {:.0} s", run.took_s))
        .hanging(8)
}

/// A look that was just taken: `after 5 pairs: cannot tell: 2 more runs of this length`.
#[must_use]
pub fn ab_look_line(look: &AbLook) -> Line {
    Line::new(Tone::Strong, format!("after {}: {}", pairs(look.pairs), look.headline)).hanging(2)
}

/// The whole text at the end: what `compare` prints, and the runs that led to it.
#[must_use]
pub fn ab_text(report: &AbReport, ending: &Ending, look: &Look) -> Screen {
    let mut screen = match (report.without_verdict(), &report.comparison) {
        (None, Some(comparison)) => compare_text(comparison, ending.exit_code, ending.verbose, look),
        (why, _) => no_verdict(why.unwrap_or_default(), ending),
    };
    if let Some(calibration) = &report.calibration {
        calibrated(calibration, &mut screen);
    }
    screen.push(Line::new(Tone::Dim, course(report)).hanging(2));
    screen.push(results_line(ending.results));
    screen
}

fn no_verdict(why: &str, ending: &Ending) -> Screen {
    let mut screen = Screen::from(Line::new(Tone::Bad, format!("NO VERDICT: {why}")).hanging(2));
    screen.push(exit_line(ending.exit_code, "there is no verdict; the runs that ended are written"));
    screen
}

/// `12 pairs in 130 s, 1 of them INVALID; comparisons: 2, each at level 0.25 %; ended because: all looks were taken`.
fn course(report: &AbReport) -> String {
    let invalid = report.pairs().filter(|pair| pair.iter().any(|run| run.invalid.is_some())).count();
    let left_out = if invalid == 0 { String::new() } else { format!(", {invalid} of them INVALID") };
    let why = match report.ended {
        Some(AbEnd::Told) => "the runs tell",
        Some(AbEnd::AtMost) => "the time was over (--at-most)",
        Some(AbEnd::Looks) => "all looks were taken",
        Some(AbEnd::Invalid) => "too many pairs in a row are INVALID",
        Some(AbEnd::Interrupted) | None => "interrupted",
    };
    format!(
        "{} in {:.0} s{left_out}; comparisons: {}, each at level {} %; ended because: {why}",
        pairs(report.pairs().count()),
        report.took_s,
        report.looks.len(),
        report.level_of_a_look * 100.0,
    )
}

fn pairs(count: usize) -> String {
    if count == 1 { "1 pair".into() } else { format!("{count} pairs") }
}

/// The smallest difference of each figure, a line for each look.
fn calibrated(calibration: &Calibration, screen: &mut Screen) {
    screen.gap();
    if calibration.spread.is_empty() {
        screen.say("smallest difference: not known, because every percentile is a lower bound or there is one run");
        return;
    }
    let of = |figures: &BTreeMap<String, f64>| {
        let each = figures.iter().map(|(name, value)| {
            let short = name.rsplit('.').next().unwrap_or_default();
            format!("{short} {:.1} %", value * 100.0)
        });
        each.collect::<Vec<_>>().join(", ")
    };
    screen.say("time_to_ready: the smallest slowdown that is found eight times of ten");
    for look in &calibration.looks {
        let head = format!("  {:>2} pairs, about {:>5.0} s: ", look.pairs, look.about_s);
        screen.push(Line::new(Tone::Plain, head).and(Tone::Strong, of(&look.smallest)).hanging(4));
    }
    let spread = format!("  from the spread of the runs: {}", of(&calibration.spread));
    screen.push(Line::new(Tone::Dim, spread).hanging(4));
}
