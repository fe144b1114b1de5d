//! Whether and when the run changes.

use super::ranks::Ranked;

/// Steps that the test looks at. More steps would not make it sharper.
pub const STEPS: usize = 256;
/// Neither part is shorter than this part of the run.
const EDGE: usize = 10;

/// The statistic of Shao and Zhang 2010 (JASA 105, 1228) for a change of level, without the part that a drift within
/// either side of it has. It is the largest gap between the ranks before and after an instant, divided by how much the
/// ranks vary about a straight line on either side. It needs no estimate of the autocorrelation, which the change
/// itself would spoil.
pub fn statistic(ranked: &[Ranked]) -> f64 {
    let least = (ranked.len() / EDGE).max(3);
    let mut gap = 0.0;
    let mut largest: f64 = 0.0;
    for step in 1..=ranked.len().saturating_sub(least) {
        gap += ranked[step - 1].sum;
        if step >= least {
            let (before, after) = ranked.split_at(step);
            let wander = wander(before) + wander(after);
            largest = largest.max(if gap == 0.0 { 0.0 } else { ranked.len() as f64 * gap * gap / wander });
        }
    }
    largest
}

/// Squared sums of what a straight line leaves of the ranks.
fn wander(cells: &[Ranked]) -> f64 {
    let moments = Moments::of(cells);
    let (mean, slope) = moments.line();
    let middle = moments.time / moments.count;
    let mut sum = 0.0;
    let add = |cell: &Ranked| {
        sum += cell.sum - cell.count * (mean + slope * (cell.cell as f64 - middle));
        sum * sum
    };
    cells.iter().map(add).sum()
}

/// Index of the step from which the ranks are no longer level. It is the best fit of a level before it and any straight
/// line after it, so it finds both a sudden change and the start of a drift.
pub fn instant(ranked: &[Ranked]) -> usize {
    let left = |from: usize| {
        let (before, after) = ranked.split_at(from);
        level(before) + line(after)
    };
    (0..ranked.len().saturating_sub(2)).min_by(|a, b| left(*a).total_cmp(&left(*b))).unwrap_or(0)
}

/// Squared distances of the cells' mean ranks from their mean.
pub fn level(cells: &[Ranked]) -> f64 {
    Moments::of(cells).level()
}

/// Squared distances of the cells' mean ranks from a straight line.
fn line(cells: &[Ranked]) -> f64 {
    let moments = Moments::of(cells);
    let (_, slope) = moments.line();
    moments.level() - slope * slope * moments.spread()
}

/// Weighted sums for a least squares fit over time.
#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
    time: f64,
    times: f64,
    product: f64,
}

impl Moments {
    fn of(cells: &[Ranked]) -> Self {
        cells.iter().fold(Self::default(), |moments, cell| {
            let time = cell.cell as f64;
            Self {
                count: moments.count + cell.count,
                sum: moments.sum + cell.sum,
                squares: moments.squares + cell.sum * cell.sum / cell.count,
                time: moments.time + cell.count * time,
                times: moments.times + cell.count * time * time,
                product: moments.product + time * cell.sum,
            }
        })
    }

    /// Mean, and change from one cell to the next.
    fn line(&self) -> (f64, f64) {
        let shared = self.product - self.time * self.sum / self.count;
        let slope = if self.spread() > 0.0 { shared / self.spread() } else { 0.0 };
        (self.sum / self.count, slope)
    }

    fn spread(&self) -> f64 {
        self.times - self.time * self.time / self.count
    }

    fn level(&self) -> f64 {
        if self.count > 0.0 { self.squares - self.sum * self.sum / self.count } else { 0.0 }
    }
}
