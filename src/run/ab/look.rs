//! The folders of the pairs, as the two sides of a comparison.

use std::path::{Path, PathBuf};

use crate::measure::compare::{RunSample, resolutions};
use crate::report::{AbReport, AbSide, Calibration, CompareReport, PAGE};
use crate::run::RunError;
use crate::run::compare::{CompareOptions, Side, compare_sides, write_sides};

/// What the two sides are called in errors.
const FIELDS: [&str; 2] = ["--base", "--new"];

/// Compares the pairs, of which one at least is to be compared.
pub(super) fn compare_pairs(
    report: &AbReport,
    options: &CompareOptions,
    out_dir: &Path,
) -> Result<CompareReport, RunError> {
    let rules = options.rules.shared_by(report.planned_looks.len());
    compare_sides(sides(report, out_dir)?, &CompareOptions { rules, ..*options })
}

/// Writes the page of the last comparison.
pub(super) fn write_page(report: &AbReport, comparison: &CompareReport, out_dir: &Path) -> Result<(), RunError> {
    let folders = AbSide::ALL.map(|side| folders(report, out_dir, side));
    let [base, new] = folders.each_ref().map(|side| paths(side));
    Ok(write_sides([(FIELDS[0], &base), (FIELDS[1], &new)], comparison, "output.dir", &out_dir.join(PAGE))?)
}

/// How small a difference runs such as these show; `None` where no pair is a measurement.
pub(super) fn calibration(
    report: &AbReport,
    options: &CompareOptions,
    out_dir: &Path,
) -> Result<Option<Calibration>, RunError> {
    if report.comparison.is_none() {
        return Ok(None);
    }
    let runs = sides(report, out_dir)?.into_iter().flat_map(Side::into_runs);
    let samples: Vec<RunSample> = runs.map(|run| run.sample).collect();
    let pair_s = report.took_s / report.pairs().count() as f64;
    Ok(Some(Calibration::of(&resolutions(&samples, &options.rules), pair_s)))
}

fn sides(report: &AbReport, out_dir: &Path) -> Result<[Side; 2], RunError> {
    let side = |side: AbSide| Side::read(FIELDS[side as usize], &paths(&folders(report, out_dir, side)));
    Ok([side(AbSide::Base)?, side(AbSide::New)?])
}

/// The folders of a side, pair by pair.
fn folders(report: &AbReport, out_dir: &Path, side: AbSide) -> Vec<PathBuf> {
    let runs = report.counted().flatten().filter(|run| run.side == side);
    runs.map(|run| out_dir.join(&run.folder)).collect()
}

fn paths(folders: &[PathBuf]) -> Vec<&Path> {
    folders.iter().map(PathBuf::as_path).collect()
}
