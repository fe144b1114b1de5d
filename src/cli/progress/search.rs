use std::time::Instant;

use crate::measure::search::{Expected, Verdict};
use crate::report::{Line, Tone};

/// The progress of a search.
#[derive(Debug)]
pub(super) struct SearchStatus {
    begun: Instant,
    expected: Expected,
    place: usize,
    rate: f64,
    verdicts: Vec<Verdict>,
}

impl SearchStatus {
    pub fn new(expected: Expected) -> Self {
        Self { begun: Instant::now(), expected, place: 0, rate: 0.0, verdicts: Vec::new() }
    }

    pub fn begin(&mut self, place: usize, rate: f64) {
        (self.place, self.rate) = (place, rate);
    }

    pub fn end(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }

    /// `step 4 at 40.0 claims/s  2 met, 1 missed  about 5 min left`.
    pub fn line(&self) -> Line {
        self.line_after(self.begun.elapsed().as_secs_f64())
    }

    fn line_after(&self, elapsed_s: f64) -> Line {
        let step = format!("step {} at {:.1} claims/s", self.place, self.rate);
        let count = |verdict: &Verdict| self.verdicts.iter().filter(|it| *it == verdict).count();
        let verdicts = Verdict::ALL.iter().filter(|verdict| count(verdict) > 0);
        let verdicts: Vec<String> =
            verdicts.map(|verdict| format!("{} {}", count(verdict), verdict.name().replace('_', " "))).collect();
        let so_far = if verdicts.is_empty() { String::new() } else { format!("  so far {}", verdicts.join(", ")) };
        Line::new(Tone::Strong, step)
            .and(Tone::Plain, so_far)
            .and(Tone::Dim, format!("  {}", self.left(elapsed_s)))
            .hanging(2)
    }

    fn left(&self, elapsed_s: f64) -> String {
        let Expected { about_s, most_s, .. } = self.expected;
        if elapsed_s < about_s {
            return format!("about {} left", span(about_s - elapsed_s));
        }
        format!("at most {} left", span((most_s - elapsed_s).max(0.0)))
    }
}

fn span(seconds: f64) -> String {
    if seconds < 120.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Screen;

    #[test]
    fn it_says_the_step_what_is_known_and_what_is_left() {
        let mut status = SearchStatus::new(Expected { steps: 16, about_s: 700.0, most_s: 5000.0 });
        status.begin(1, 20.0);
        let told = |status: &SearchStatus, after| Screen::from(status.line_after(after)).plain(None);
        assert_eq!(told(&status, 0.0), "step 1 at 20.0 claims/s  about 12 min left\n");
        for verdict in [Verdict::Met, Verdict::QueueGrowing, Verdict::Met] {
            status.end(verdict);
        }
        status.begin(4, 33.3);
        assert_eq!(told(&status, 650.0), "step 4 at 33.3 claims/s  so far 2 met, 1 queue growing  about 50 s left\n");
        assert_eq!(
            told(&status, 800.0),
            "step 4 at 33.3 claims/s  so far 2 met, 1 queue growing  at most 70 min left\n"
        );
    }
}
