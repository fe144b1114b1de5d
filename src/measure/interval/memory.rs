//! How much one claim tells about the next: the independent claims that a series is worth at a quantile.

use crate::measure::probability::student_quantile;
use crate::measure::series::{Cell, Series};

/// Batches at least; fewer say too little about their own variance.
const FEWEST_BATCHES: usize = 8;
/// Standard errors from which the correlation of neighbouring batches counts. Low, as unseen correlation makes an
/// interval too short, and one that is only seemingly there makes batches longer than they need be.
const NOTICED: f64 = 1.0;
/// Standard errors from which the longest batches are surely correlated.
const SURE: f64 = 1.645;
/// Correlation of the longest batches that is corrected for, at most; estimates from 8 batches go no further.
const CORRECTED: f64 = 0.8;
/// Claims less than which a batch does not differ from what is expected.
const ROUNDING: f64 = 1e-9;
/// Degrees of freedom at which Student's t is the normal.
const MANY: f64 = 1e6;

/// What the autocorrelation of a series leaves of its claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// Variance of the count of claims beyond the quantile, over that of independent claims; 1 at least.
    pub inflation: f64,
    /// Degrees of freedom of that estimate, for Student's t.
    pub freedom: f64,
    /// True where even the longest batches are not independent: the run is short against its own memory.
    pub short: bool,
}

impl Memory {
    /// The part of `effective` claims that makes up for an uncertain inflation: Student's t in place of the normal.
    pub fn discounted(&self, effective: f64, tail: f64) -> f64 {
        let ratio = student_quantile(1.0 - tail, MANY) / student_quantile(1.0 - tail, self.freedom);
        (effective * ratio * ratio).max(1.0)
    }
}

/// The memory at `quantile`; `None` where fewer than two cells hold claims.
///
/// A tail has its slow times in clumps, and a run that happens to hold few of them shows neither their length nor their
/// number. So the memory is the greater one of two: at the quantile, and where twice as many claims lie beyond. The
/// second is the better known, and memory fades with the distance from the median.
pub fn memory(series: &Series, whole: &Cell, quantile: f64) -> Option<Memory> {
    let at = memory_at(series, whole, quantile)?;
    let nearer = 1.0 - 2.0 * (1.0 - quantile);
    let nearer = if nearer > 0.5 { memory_at(series, whole, nearer)? } else { at };
    Some(if nearer.inflation > at.inflation { nearer } else { at })
}

/// From how many claims beyond the quantile each cell holds.
fn memory_at(series: &Series, whole: &Cell, quantile: f64) -> Option<Memory> {
    let deviations = deviations(series.cells(), whole, 1.0 - quantile);
    memory_of(&deviations, whole.count() as f64 * quantile * (1.0 - quantile))
}

/// The memory of the cells' sums, less their expectation. `independent` is the variance that their total would have if
/// the claims were independent. By batch means (Schmeiser 1982), with the shortest batches whose neighbours are
/// uncorrelated (Law and Carson 1979).
pub fn memory_of(deviations: &[f64], independent: f64) -> Option<Memory> {
    let mut length = 1;
    while deviations.len() >= length * 2 * FEWEST_BATCHES {
        length *= 2;
    }
    let mut batches = Batches::of(deviations, length)?;
    while length > 1 && !batches.correlated(NOTICED) {
        length /= 2;
        match Batches::of(deviations, length)? {
            shorter if shorter.correlated(NOTICED) => break,
            shorter => batches = shorter,
        }
    }
    Some(batches.memory(independent))
}

/// For each cell, from the first to the last that holds claims: the claims beyond the quantile, less their expected
/// number. The claims of the quantile's own bin count as beyond by the share that makes the sum zero.
fn deviations(cells: &[Cell], whole: &Cell, beyond: f64) -> Vec<f64> {
    let mut left = whole.count() as f64 * beyond;
    let (mut edge, mut share) = (0, 1.0);
    for (bin, count) in whole.bins().iter().rev() {
        (edge, share) = (*bin, (left / f64::from(*count)).min(1.0));
        left -= f64::from(*count);
        if left <= 0.0 {
            break;
        }
    }
    let deviation = |cell: &Cell| {
        let above = cell.bins().iter().rev().take_while(|(bin, _)| *bin >= edge);
        let above: f64 = above.map(|(bin, count)| f64::from(*count) * if *bin == edge { share } else { 1.0 }).sum();
        above - cell.count() as f64 * beyond
    };
    let held = |cell: &&Cell| cell.count() > 0;
    let skipped = cells.iter().take_while(|cell| !held(cell)).count();
    let last = cells.iter().rposition(|cell| held(&cell)).map_or(skipped, |last| last + 1);
    cells[skipped..last].iter().map(deviation).collect()
}

/// Sums over batches of cells.
struct Batches {
    count: f64,
    squares: f64,
    fourths: f64,
    correlation: f64,
}

impl Batches {
    fn of(deviations: &[f64], length: usize) -> Option<Self> {
        let sums: Vec<f64> = deviations.chunks(length).map(|batch| batch.iter().sum()).collect();
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        let products: f64 = sums.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let fourths = sums.iter().map(|sum| sum.powi(4)).sum();
        // A batch without claims is no evidence of calm, unless all are alike: then nothing varies.
        let held = sums.iter().filter(|sum| sum.abs() > ROUNDING).count();
        let count = if held == 0 { sums.len() } else { held };
        let correlation = if held == 0 { 0.0 } else { products / squares };
        (count > 1).then_some(Self { count: count as f64, squares, fourths, correlation })
    }

    /// The sums add up to zero, which makes neighbours of independent claims look opposed by 1 / count.
    fn correlated(&self, errors: f64) -> bool {
        self.correlation + 1.0 / self.count > errors / self.count.sqrt()
    }

    fn memory(&self, independent: f64) -> Memory {
        let plain = self.squares * self.count / (self.count - 1.0) / independent;
        // Where the batches do not vary more than independent claims would, their correlation is chance.
        let varied = plain > 1.0 + (2.0 / self.count).sqrt();
        let correlation = self.correlation + (1.0 + 3.0 * self.correlation) / self.count;
        let correlation = if varied && self.correlated(NOTICED) { correlation.clamp(0.0, CORRECTED) } else { 0.0 };
        let inflation = (plain * (1.0 + correlation) / (1.0 - correlation)).max(1.0);
        Memory { inflation, freedom: self.freedom(), short: varied && self.correlated(SURE) }
    }

    /// Degrees of freedom: the number of batches less one, or fewer when a few batches hold most of the variance. For a
    /// mean of squares whose kurtosis is k it is 2 `count` / (k - 1).
    fn freedom(&self) -> f64 {
        let most = self.count - 1.0;
        let kurtosis = self.count * self.fourths / (self.squares * self.squares);
        if kurtosis > 1.0 { (2.0 * self.count / (kurtosis - 1.0)).clamp(1.0, most) } else { most }
    }
}
