use std::collections::VecDeque;

use crate::run::Progress;

/// From one point to the next, seconds.
const EVERY_S: f64 = 1.0;
/// Points kept.
const POINTS: usize = 30;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The 99th percentile lately, a point each second.
#[derive(Debug, Default)]
pub(super) struct Trend {
    points: VecDeque<f64>,
    last_s: f64,
}

impl Trend {
    pub fn add(&mut self, progress: &Progress) {
        // Another step of a search begins at 0 again.
        if progress.elapsed_s < self.last_s {
            *self = Self::default();
        }
        let Some(p99) = progress.p99_now.filter(|_| progress.elapsed_s >= self.last_s + EVERY_S) else { return };
        self.last_s = progress.elapsed_s;
        self.points.push_back(p99);
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
    }

    /// The last points that fit, from 0 to the largest of them or `limit`.
    pub fn sparkline(&self, width: usize, limit: Option<f64>) -> String {
        let shown = self.points.len().min(width);
        let points = self.points.iter().skip(self.points.len() - shown);
        let most = points.clone().copied().fold(limit.unwrap_or(0.0), f64::max);
        if most <= 0.0 {
            return String::new();
        }
        points.map(|point| BLOCKS[((point / most * 7.0).round() as usize).min(7)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_a_second_and_no_more_than_fit() {
        let mut trend = Trend::default();
        for tick in 0..100 {
            let p99_now = Some(f64::from(tick));
            trend.add(&Progress { elapsed_s: f64::from(tick) / 10.0 + 1.0, p99_now, ..Progress::default() });
        }
        assert_eq!(trend.sparkline(30, None).chars().count(), 10);
        assert_eq!(trend.sparkline(3, None), "▆▇█");
        assert_eq!(trend.sparkline(3, Some(1e6)), "▁▁▁");
        trend.add(&Progress::default());
        assert_eq!(trend.sparkline(30, None), "");
    }
}
