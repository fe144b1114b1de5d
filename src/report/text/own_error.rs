use crate::measure::{Latency, Percentile, Summary};
use crate::report::units::seconds;

/// What the generator itself may have added to the figure that decides.
pub(in crate::report) fn own_error(summary: &Summary) -> Option<String> {
    let figures = summary.figures(Latency::TimeToReady)?;
    let error = figures.error_s?;
    let of = |percentile: Percentile| {
        let share = 100.0 * error.of(percentile) / figures.get(percentile.statistic());
        format!("{percentile} {} ({share:.1} %)", seconds(error.of(percentile)))
    };
    let all = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99].map(of);
    Some(format!("time_to_ready is too high by at most: {}", all.join(", ")))
}
