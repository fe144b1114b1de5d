//! One side of a comparison: the runs of a figure's population, sorted and cut into blocks.

use super::Observation;
use super::blocks::Blocks;
use super::quantile::Sorted;

/// One run.
pub struct Series<'a> {
    pub observations: &'a [Observation],
    pub sorted: Sorted,
    pub blocks: Blocks,
}

/// All runs of a side.
pub struct Side<'a> {
    pub runs: Vec<Series<'a>>,
    /// The observations of all runs.
    pub sorted: Sorted,
}

/// What a run's own claims say of a score's mean.
pub struct Within {
    /// Mean score of each run, and how many claims it has.
    pub runs: Vec<(f64, f64)>,
    /// Variance of a sum of scores over the number of claims in it: autocorrelation counted.
    pub variance: f64,
    /// The same, were claims independent.
    pub plain: f64,
    /// Blocks, less one for each run.
    pub df: f64,
}

impl<'a> Side<'a> {
    /// `shortest_ns` is the least length of a block in each run, where another latency has measured it. Otherwise it is
    /// the run's own median, because claims that are under way together share a queue.
    pub fn new(runs: &[&'a [Observation]], shortest_ns: Option<&[i64]>) -> Self {
        let series = |(place, observations): (usize, &&'a [Observation])| {
            let sorted = Sorted::new(observations.iter());
            let median = (sorted.median_of_known() * 1e9) as i64;
            let (shortest, scores) = match shortest_ns {
                Some(lengths) => (lengths[place], vec![observations.iter().map(|one| one.value).collect()]),
                None => (median, memories(observations, &sorted)),
            };
            let blocks = Blocks::cut(observations, &scores, shortest.max(1));
            Series { observations, sorted, blocks }
        };
        let sorted = Sorted::new(runs.iter().copied().flatten());
        Self { runs: runs.iter().enumerate().map(series).collect(), sorted }
    }

    /// Blocks that hold a claim, over all runs.
    pub fn blocks(&self) -> usize {
        self.runs.iter().map(|run| run.blocks.filled).sum()
    }

    /// Blocks of the run that has fewest.
    pub fn fewest_blocks(&self) -> usize {
        self.runs.iter().map(|run| run.blocks.filled).min().unwrap_or(0)
    }

    /// Lengths of the runs' blocks.
    pub fn block_lengths(&self) -> Vec<i64> {
        self.runs.iter().map(|run| run.blocks.length_ns).collect()
    }

    /// The variance of a score within runs: block sums around each run's own mean. Claims are never taken for more regular
    /// than independent ones.
    pub fn within(&self, score: impl Fn(f64) -> f64) -> Within {
        let (mut squares, mut plain, mut claims, mut df) = (0.0, 0.0, 0.0, 0.0);
        let run = |run: &Series| {
            let count = run.observations.len() as f64;
            let mean = run.observations.iter().map(|one| score(one.value)).sum::<f64>() / count;
            let mut sums = vec![0.0; run.blocks.count];
            for (one, block) in run.observations.iter().zip(&run.blocks.of) {
                let deviation = score(one.value) - mean;
                sums[*block as usize] += deviation;
                plain += deviation * deviation;
            }
            let blocks = run.blocks.filled as f64;
            squares += sums.iter().map(|sum| sum * sum).sum::<f64>() * blocks / (blocks - 1.0).max(1.0);
            claims += count;
            df += blocks - 1.0;
            (mean, count)
        };
        let runs = self.runs.iter().map(run).collect();
        Within { runs, variance: squares.max(plain) / claims, plain: plain / claims, df }
    }
}

/// Series whose memory the blocks must hold: the level, and what lies beyond the middle and in the tail.
fn memories(observations: &[Observation], sorted: &Sorted) -> Vec<Vec<f64>> {
    let beyond = |quantile: f64| {
        let limit = sorted.at_rank(sorted.rank(quantile)).map_or(0.0, |(value, _)| value);
        observations.iter().map(|one| f64::from(u8::from(one.value > limit))).collect()
    };
    let level = observations.iter().map(|one| one.value.max(1e-9).ln()).collect();
    vec![level, beyond(0.5), beyond(0.9), beyond(0.99)]
}
