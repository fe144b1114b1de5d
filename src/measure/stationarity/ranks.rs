//! The run as a series of ranks: what changes is where its durations lie among all of the run's, whatever their scale.

use crate::measure::series::{Cell, Series};

/// The ranks of one cell's claims.
#[derive(Debug, Clone, Copy)]
pub struct Ranked {
    /// Index of the cell.
    pub cell: usize,
    /// Its claims.
    pub count: f64,
    /// Sum of their ranks: shares of the run's claims that were faster, less one half.
    pub sum: f64,
}

/// The cells that hold claims, in order of time. The ranks of all add up to zero.
pub fn ranked(series: &Series) -> Vec<Ranked> {
    let whole = series.whole();
    let mut below = 0.0;
    let score = |(bin, count): &(u16, u32)| {
        let middle = below + f64::from(*count) / 2.0;
        below += f64::from(*count);
        (*bin, middle / whole.count() as f64 - 0.5)
    };
    let scores: Vec<(u16, f64)> = whole.bins().iter().map(score).collect();
    let score_of = |bin: u16| scores[scores.partition_point(|(other, _)| *other < bin)].1;
    let sum = |cell: &Cell| cell.bins().iter().map(|(bin, count)| f64::from(*count) * score_of(*bin)).sum();
    let cells = series.cells().iter().enumerate().filter(|(_, cell)| cell.count() > 0);
    cells.map(|(index, cell)| Ranked { cell: index, count: cell.count() as f64, sum: sum(cell) }).collect()
}

/// Neighbours joined until there are `most` at most.
pub fn joined(ranked: &[Ranked], most: usize) -> Vec<Ranked> {
    let join = |group: &[Ranked]| Ranked {
        cell: group[0].cell,
        count: group.iter().map(|cell| cell.count).sum(),
        sum: group.iter().map(|cell| cell.sum).sum(),
    };
    ranked.chunks(ranked.len().div_ceil(most).max(1)).map(join).collect()
}
