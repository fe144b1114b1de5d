//! The durations of one latency in order of their claims' intended instants, in bounded memory.

mod cell;

pub use cell::Cell;

/// Cells of a series at most, unless asked for more. Half as many are enough for the variance of a sum.
const CELLS: usize = 512;
/// Length of the first cells; it doubles whenever the run outgrows them.
const FIRST_WIDTH_NS: i64 = 1_000_000;

/// A run's time cut into cells of equal length, each with the durations of the claims intended in it, by bins.
///
/// Claims may be recorded in any order. The cells are as many as asked for at most, whatever the run's length, and a
/// cell holds a few hundred bins at most.
#[derive(Debug, Clone)]
pub struct Series {
    most: usize,
    width_ns: i64,
    cells: Vec<Cell>,
}

impl Default for Series {
    fn default() -> Self {
        Self::with_cells(CELLS)
    }
}

impl Series {
    /// An empty series of `most` cells at most, and half as many at least once it runs for long: they say when a change
    /// came.
    #[must_use]
    pub fn with_cells(most: usize) -> Self {
        Self { most, width_ns: FIRST_WIDTH_NS, cells: Vec::new() }
    }

    /// Adds the duration of a claim that was intended `at_ns` after the start; one that is censored ranks as the
    /// largest.
    pub fn record(&mut self, at_ns: i64, nanos: i64, censored: bool) {
        while at_ns.max(0) / self.width_ns >= self.most as i64 {
            self.widen();
        }
        let cell = (at_ns.max(0) / self.width_ns) as usize;
        if cell >= self.cells.len() {
            self.cells.resize_with(cell + 1, Cell::default);
        }
        self.cells[cell].record(nanos, censored);
    }

    /// Adds another series of the same run.
    pub fn merge(&mut self, other: &Self) {
        while self.width_ns < other.width_ns {
            self.widen();
        }
        let ratio = (self.width_ns / other.width_ns) as usize;
        self.cells.resize_with(self.cells.len().max(other.cells.len().div_ceil(ratio)), Cell::default);
        for (index, cell) in other.cells.iter().enumerate() {
            self.cells[index / ratio].merge(cell);
        }
    }

    fn widen(&mut self) {
        self.width_ns *= 2;
        let pairs = std::mem::take(&mut self.cells);
        self.cells = pairs
            .chunks(2)
            .map(|pair| {
                let mut cell = pair[0].clone();
                pair[1..].iter().for_each(|other| cell.merge(other));
                cell
            })
            .collect();
    }

    /// Durations recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.cells.iter().map(Cell::count).sum()
    }

    /// Length of a cell.
    #[must_use]
    pub fn width_ns(&self) -> i64 {
        self.width_ns
    }

    /// The cells in order of time, from the start.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cells that end at or before `end_ns`: those whose claims have all ended, where none intended earlier has
    /// not.
    #[must_use]
    pub fn before(&self, end_ns: i64) -> Self {
        let whole = (end_ns.max(0) / self.width_ns) as usize;
        self.cut(0, whole)
    }

    /// The cells of a range of indices; they count from its start.
    #[must_use]
    pub fn cut(&self, from: usize, to: usize) -> Self {
        let cells = self.cells[from.min(self.cells.len())..to.min(self.cells.len())].to_vec();
        Self { most: self.most, width_ns: self.width_ns, cells }
    }

    /// All durations in one cell.
    #[must_use]
    pub fn whole(&self) -> Cell {
        Cell::of(&self.cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_widen_and_lose_nothing() {
        let mut series = Series::default();
        for claim in 0..5000_i64 {
            series.record((claim * 7919 % 5000) * 100_000_000, claim * 1_000_000, claim % 100 == 0);
        }
        assert_eq!(series.count(), 5000);
        assert!(series.cells().len() <= CELLS && series.cells().len() * 4 > CELLS);
        assert!(series.whole().quantile(0.5).is_some_and(|p50| (p50 - 2.52).abs() < 0.02));
        assert_eq!(series.whole().quantile(0.995), Some(f64::INFINITY));
        let (mut halves, mut late) = (Series::default(), Series::default());
        for claim in 0..5000_i64 {
            let half = if claim % 2 == 0 { &mut halves } else { &mut late };
            half.record((claim * 7919 % 5000) * 100_000_000, claim * 1_000_000, claim % 100 == 0);
        }
        halves.merge(&late);
        assert!(halves.cells().iter().zip(series.cells()).all(|(merged, whole)| merged.bins() == whole.bins()));
    }
}
