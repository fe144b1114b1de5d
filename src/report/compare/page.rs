use serde::Serialize;

use super::compared::Compared;
use super::headline::source;
use super::plots::plots;
use super::report::CompareReport;
use super::wording::{self, change, effect, interval, sample, value};
use crate::config::ConfigError;
use crate::measure::Summary;
use crate::measure::compare::{Judgement, Verdict as Decision};
use crate::report::page::{capitalized, render, spaced};
use crate::report::verdict::{Verdict, verdict};

/// Change at the ends of the scale on which intervals are drawn.
const SCALE: f64 = 0.5;
/// A drawn interval's least width, in percent of the scale.
const THINNEST: f64 = 1.5;

#[derive(Serialize)]
struct Page<'a> {
    verdict: Verdict,
    config_differences: Vec<String>,
    environment: Option<String>,
    level: f64,
    margin: f64,
    share_margin: f64,
    run_spread: f64,
    rows: Vec<Row>,
    runs: Vec<Side<'a>>,
}

#[derive(Serialize)]
struct Row {
    metric: String,
    base: String,
    new: String,
    change: String,
    interval: String,
    smallest_effect: String,
    sample: String,
    word: &'static str,
    tone: &'static str,
    /// Where the interval lies on a scale from -50 % to +50 %, start and width in percent of it; none of shares, which
    /// differ by points.
    bar: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'static str,
    folder: &'a str,
    verdicts: Vec<Verdict>,
    summaries: &'a [Summary],
}

/// The page of a comparison, base first.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn compare_html(sides: &[Compared; 2], report: &CompareReport) -> Result<String, ConfigError> {
    let runs = sides.iter().zip(["base", "new"]).map(|(one, name)| Side {
        name,
        folder: &one.folder,
        verdicts: one.summaries.iter().map(|summary| verdict(summary, &one.validity, true, 0)).collect(),
        summaries: &one.summaries,
    });
    let (comparison, rules) = (&report.comparison, &report.rules);
    let page = Page {
        verdict: judge(report),
        config_differences: report.config_differences.iter().map(super::ConfigDifference::text).collect(),
        environment: report.environment_text(),
        level: comparison.level,
        margin: rules.margin,
        share_margin: rules.share_margin,
        run_spread: rules.run_spread,
        rows: comparison.judgements.iter().map(|one| row(one, comparison.runs)).collect(),
        runs: runs.collect(),
    };
    render("compare.html", &plots(sides), &page)
}

fn judge(report: &CompareReport) -> Verdict {
    let tone = match report.comparison.verdict() {
        Decision::Worse => "bad",
        Decision::Better | Decision::Same => "good",
        Decision::CannotTell(_) => "warn",
    };
    let text = capitalized(report.headline());
    let mut reasons: Vec<String> =
        Some(source(&report.comparison)).filter(|text| !text.is_empty()).into_iter().collect();
    let doubtful = |run: &&super::ComparedRun| !run.valid || run.interrupted;
    let invalid = report.runs.iter().flatten().filter(doubtful);
    reasons.extend(invalid.map(|run| format!("{} is {}", run.folder.display(), run.validity())));
    Verdict { tone, text, reasons }
}

fn row(one: &Judgement, runs: [usize; 2]) -> Row {
    let figure = one.figure;
    let (word, tone) = wording::verdict(one);
    Row {
        metric: figure.name(),
        base: value(figure, one.base, spaced),
        new: value(figure, one.new, spaced),
        change: change(figure, one.change),
        interval: interval(figure, one.interval),
        smallest_effect: effect(figure, one.smallest_effect),
        sample: sample(one, runs),
        word,
        tone,
        bar: bar(one),
    }
}

/// What lies beyond the scale stands at its end, as an end that nothing bounds.
fn bar(one: &Judgement) -> Option<[f64; 2]> {
    if one.figure.is_share() || one.interval == [None, None] {
        return None;
    }
    let place = |value: f64| ((value.clamp(-SCALE, SCALE) + SCALE) / (2.0 * SCALE) * 1e4).round() / 100.0;
    let low = place(one.interval[0].unwrap_or(-SCALE)).min(100.0 - THINNEST);
    let high = place(one.interval[1].unwrap_or(SCALE)).max(THINNEST);
    Some([low, (high - low).max(THINNEST)])
}
