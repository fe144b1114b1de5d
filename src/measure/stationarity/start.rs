//! Whether the first part of a run differs from the rest: connections that are made, caches that are cold.

use super::change::level;
use super::ranks::Ranked;
use crate::measure::probability::student_quantile;

/// A warm-up is this part of the run at most.
const PART: usize = 4;
/// How much farther off than any other part of its length a first part must be.
const MARGIN: f64 = 2.0;

/// True where a first part's mean rank is farther from the rest's than chance explains with probability `alpha`. The
/// parts looked at double in length; chance is shared among them.
pub fn differs(ranked: &[Ranked], alpha: f64) -> bool {
    let doubled = std::iter::successors(Some(1), |part| Some(part * 2));
    let parts: Vec<usize> = doubled.take_while(|part| part * PART <= ranked.len()).collect();
    let tail = alpha / parts.len().max(1) as f64 / 2.0;
    parts.iter().any(|part| far(ranked, *part, tail))
}

/// The other parts of the same length say how much such a part varies, however long the run remembers.
fn far(ranked: &[Ranked], part: usize, tail: f64) -> bool {
    let means: Vec<f64> = ranked.chunks_exact(part).map(mean).collect();
    let (first, others) = (means[0], &means[1..]);
    let count = others.len() as f64;
    let middle = others.iter().sum::<f64>() / count;
    let variance = others.iter().map(|other| (other - middle).powi(2)).sum::<f64>() / (count - 1.0);
    let distance = (first - middle).abs();
    // Ranks near saturation are skewed, beyond what Student's t allows for: a part that has nearly its equal among the
    // others is nothing special.
    let alone = others.iter().all(|other| (other - middle).abs() * MARGIN < distance);
    alone && distance > student_quantile(1.0 - tail, count - 1.0) * (variance * (1.0 + 1.0 / count)).sqrt()
}

fn mean(cells: &[Ranked]) -> f64 {
    cells.iter().map(|cell| cell.sum).sum::<f64>() / cells.iter().map(|cell| cell.count).sum::<f64>()
}

/// How many cells may have to be left out, shortest first. First the number that makes the mean of the rest most exact,
/// by the marginal standard error rule (White 1997). Then twice as many and more, for a first part that fades slowly.
pub fn truncations(ranked: &[Ranked]) -> impl Iterator<Item = usize> {
    let most = ranked.len() / PART;
    let error = |from: usize| {
        let rest = &ranked[from..];
        level(rest) / rest.iter().map(|cell| cell.count).sum::<f64>().powi(2)
    };
    let best = (1..=most).min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap_or(1);
    std::iter::successors(Some(best), |before| Some(before * 2)).take_while(move |cells| *cells <= most)
}
