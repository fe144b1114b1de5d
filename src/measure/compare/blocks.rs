//! A run cut into blocks of equal length in time.
//!
//! Claims close in time share a queue, so they are no independent samples; blocks longer than the queue remembers are.
//! A burst is one block, however many claims it has.

use super::Observation;
use super::block_length::block_length;

/// Cells in which the autocorrelation is measured; a block is one of them or more.
const CELLS: usize = 1024;
/// Blocks are this much longer than those of least error: their means must be nearly independent far out in the tails.
const CAUTION: f64 = 2.0;

/// Which block each observation of a run is in.
#[derive(Debug)]
pub struct Blocks {
    /// A place for each observation.
    pub of: Vec<u32>,
    /// Blocks, of which those at the end may be empty.
    pub count: usize,
    /// Blocks that hold a claim.
    pub filled: usize,
    /// How long one is.
    pub length_ns: i64,
}

impl Blocks {
    /// Cuts a run. `scores` are series with one number for each observation: the block is as long as the one with the
    /// longest memory asks for, and no shorter than `shortest_ns`.
    pub fn cut(run: &[Observation], scores: &[Vec<f64>], shortest_ns: i64) -> Self {
        let (first, last) = run.iter().fold((i64::MAX, i64::MIN), |(first, last), observation| {
            (first.min(observation.intended_ns), last.max(observation.intended_ns))
        });
        let span = last.saturating_sub(first).max(0).saturating_add(1);
        let cells = run.len().clamp(1, CELLS).min(span as usize);
        let cell_ns = span / cells as i64 + 1;
        let cell_of = |observation: &Observation| (observation.intended_ns.saturating_sub(first) / cell_ns) as usize;
        let longest = scores.iter().map(|scores| {
            let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
            let mut sums = vec![0.0; cells];
            run.iter().zip(scores).for_each(|(observation, score)| sums[cell_of(observation)] += score - mean);
            block_length(&sums)
        });
        let longest = (longest.fold(1.0, f64::max) * CAUTION).ceil() as i64;
        let length_ns = longest.saturating_mul(cell_ns).max(shortest_ns);
        let of: Vec<u32> = run.iter().map(|one| (one.intended_ns.saturating_sub(first) / length_ns) as u32).collect();
        let count = of.iter().max().map_or(0, |last| *last as usize + 1);
        let mut holds = vec![false; count];
        for block in &of {
            holds[*block as usize] = true;
        }
        let filled = holds.iter().filter(|holds| **holds).count();
        Self { of, count, filled, length_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instants: impl Iterator<Item = i64>) -> Vec<Observation> {
        instants.map(|intended_ns| Observation::share(intended_ns, false)).collect()
    }

    #[test]
    fn a_burst_is_one_block_and_bursts_apart_are_as_many() {
        let burst = at((0..100).map(|_| 7));
        assert_eq!(Blocks::cut(&burst, &[vec![0.0; 100]], 1).filled, 1);
        let bursts = at((0..3000).map(|index| index / 100 * 10_000_000_000));
        assert_eq!(Blocks::cut(&bursts, &[vec![0.0; 3000]], 1).filled, 30);
    }

    #[test]
    fn a_block_is_no_shorter_than_asked_and_holds_what_is_remembered() {
        let run = at((0..1000).map(|index| index * 1_000_000));
        assert_eq!(Blocks::cut(&run, &[vec![0.0; 1000]], 100_000_000).count, 10);
        let waves = (0..1000).map(|index| f64::from(u8::from(index / 50 % 2 == 0))).collect();
        let blocks = Blocks::cut(&run, &[waves], 1);
        assert!(blocks.length_ns > 50_000_000, "{blocks:?}");
    }
}
