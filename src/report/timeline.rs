use std::collections::BTreeMap;

use super::level::Level;
use super::plot::{Axis, Limit, Plot, Series, Style, Unit, extent, secs};
use super::survey::Survey;
use crate::measure::{ClaimRecord, Classes, Latency, PoolSample, Timeouts};

/// Windows at most: a line through more of them is no clearer.
const MOST: i64 = 120;
/// Windows at least, before
const FEWEST: i64 = 12;
/// there are this many claims in one: a percentile of two claims is noise.
const FILL: i64 = 20;
/// Lengths that a reader can count in, seconds.
const LENGTHS: [f64; 14] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// A run over time, in windows of equal length.
pub(super) struct Timeline {
    pub length_ns: i64,
    windows: Vec<Window>,
    /// Windows in which a claim was intended; the rest only see them end.
    intended: usize,
    in_flight: Level,
    alive: Level,
}

/// A run of a million claims has three million of the values: seconds, to seven digits.
#[derive(Default)]
struct Window {
    planned: u64,
    sent: u64,
    ready: u64,
    classes: Classes,
    not_ready: u64,
    time_to_ready: Vec<f32>,
    lag: Vec<f32>,
    wait: Vec<f32>,
}

impl Timeline {
    /// Windows for `count` claims intended until `last_intended_ns`, the last of which ends at `last_ns`.
    pub fn new(last_ns: i64, last_intended_ns: i64, count: u64) -> Self {
        let filled = (last_intended_ns / count.max(1) as i64 * FILL).min(last_intended_ns / FEWEST);
        let fits = |length: &&f64| (**length * 1e9) as i64 > filled.max(last_ns / MOST);
        let length_ns = LENGTHS.iter().find(fits).map_or(last_ns / MOST + 1, |length| (*length * 1e9) as i64);
        let windows: Vec<Window> = (0..=last_ns / length_ns).map(|_| Window::default()).collect();
        let intended = (last_intended_ns / length_ns) as usize + 1;
        let level = || Level::new(length_ns, windows.len());
        Self { length_ns, intended, in_flight: level(), alive: level(), windows }
    }

    /// Windows for the claims of a survey, none of them counted yet.
    pub fn of(survey: &Survey) -> Self {
        Self::new(survey.last_ns, survey.last_intended_ns, survey.count)
    }

    pub fn record(&mut self, claim: &ClaimRecord, timeouts: &Timeouts) {
        self.at(claim.intended_ns, |window| window.take(claim, timeouts));
        claim.sent_ns.into_iter().for_each(|sent| self.at(sent, |window| window.sent += 1));
        claim.ready_ns.into_iter().for_each(|ready| self.at(ready, |window| window.ready += 1));
        self.in_flight.count(claim.sent_ns, Some(claim.ended_ns));
        let created = claim.acknowledged_ns.or(claim.bound_ns).or(claim.ready_ns);
        self.alive.count(created, claim.released_ns.or(claim.deleted_ns));
    }

    fn at(&mut self, instant: i64, change: impl FnOnce(&mut Window)) {
        let last = self.windows.len() - 1;
        change(&mut self.windows[((instant.max(0) / self.length_ns) as usize).min(last)]);
    }

    fn starts(&self, count: usize) -> Vec<f64> {
        (0..count).map(|at| secs(at as i64 * self.length_ns)).collect()
    }

    /// "1 s windows".
    pub fn grain(&self) -> String {
        format!("{} s windows", secs(self.length_ns))
    }

    /// Where windows of intended instants start, and where the last ends.
    pub fn intended(&self) -> (Vec<f64>, f64) {
        (self.starts(self.intended), secs(self.length_ns * self.intended as i64))
    }

    /// A percentile of the time to ready in each window.
    pub fn time_to_ready(&mut self, quantile: f64) -> Vec<Option<f64>> {
        self.windows[..self.intended].iter_mut().map(|window| rank(&mut window.time_to_ready, quantile)).collect()
    }

    /// Ready claims a second.
    pub fn ready_rate(&self) -> Vec<Option<f64>> {
        self.rate(|window| window.ready)
    }

    fn rate(&self, count: impl Fn(&Window) -> u64) -> Vec<Option<f64>> {
        let length = secs(self.length_ns);
        self.windows.iter().map(|window| Some(count(window) as f64 / length)).collect()
    }

    /// Where all windows start, and the axis they lie on.
    pub fn whole(&self) -> (Vec<f64>, Axis) {
        (self.starts(self.windows.len()), Axis::time(secs(self.length_ns * self.windows.len() as i64)))
    }

    pub fn rates(&self) -> Plot {
        let (xs, x) = self.whole();
        let series = vec![
            Series::new("planned", "plain", Style::Wide, self.rate(|window| window.planned)),
            Series::new("sent", "second", Style::Step, self.rate(|window| window.sent)),
            Series::new("ready", "first", Style::Step, self.ready_rate()),
        ];
        let about = format!("Claims a second, each counted when it happened; {}.", self.grain());
        let y = Axis::linear("claims a second", Unit::PerSecond, &series);
        Plot::new("rate", "Planned, sent and ready", about, [x, y], xs, series)
    }

    /// The fewest Ready sandboxes of all pools in each window, and how many there should be.
    fn pool_levels(&self, samples: &[PoolSample]) -> [Vec<Option<f64>>; 2] {
        let mut now = BTreeMap::new();
        let mut next = samples.iter().peekable();
        let sums = (0..self.windows.len() as i64).map(|window| {
            let mut lowest: Option<u64> = None;
            while let Some(sample) = next.next_if(|sample| sample.at_ns < (window + 1) * self.length_ns) {
                now.insert((&sample.namespace, &sample.name), (sample.ready, sample.wanted));
                let ready = now.values().map(|(ready, _)| ready).sum();
                lowest = Some(lowest.map_or(ready, |lowest| lowest.min(ready)));
            }
            let known = (!now.is_empty()).then(|| now.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)));
            known.map(|(ready, wanted)| (lowest.unwrap_or(ready) as f64, wanted as f64))
        });
        let (ready, wanted) = sums.map(|both: Option<(f64, f64)>| (both.map(|it| it.0), both.map(|it| it.1))).unzip();
        [ready, wanted]
    }

    pub fn levels(&mut self, pools: &[PoolSample]) -> Plot {
        let (xs, x) = self.whole();
        let [ready, wanted] = self.pool_levels(pools);
        let mut series = vec![
            Series::new("in flight", "first", Style::Step, self.in_flight.peaks()),
            Series::new("alive", "second", Style::Step, self.alive.peaks()),
        ];
        if !pools.is_empty() {
            series.push(Series::new("ready in the pool", "warm", Style::Step, ready));
            series.push(Series::new("wanted there", "plain", Style::Dashed, wanted));
        }
        let about = format!(
            "In flight: sent, and not yet known how it ended. Alive: created and not yet released. The most of \
                 them, and the fewest in the pool, in each of the {}.",
            self.grain()
        );
        let y = Axis::linear("claims", Unit::Count, &series);
        Plot::new("in-flight", "In flight, alive, and the pool", about, [x, y], xs, series)
    }

    pub fn classes(&self) -> Plot {
        let (xs, end) = self.intended();
        let count = |count: fn(&Window) -> u64| {
            self.windows[..self.intended].iter().map(|window| Some(count(window) as f64)).collect::<Vec<_>>()
        };
        let series = vec![
            Series::new("warm", "warm", Style::Stack, count(|window| window.classes.warm)),
            Series::new("warm unready", "warm-unready", Style::Stack, count(|window| window.classes.warm_unready)),
            Series::new("cold", "cold", Style::Stack, count(|window| window.classes.cold)),
            Series::new("not ready", "bad", Style::Stack, count(|window| window.not_ready)),
        ];
        let about = format!("What became of the claims intended in each of the {}.", self.grain());
        let y = Axis::linear("claims", Unit::Count, &series);
        Plot::new("classes", "Warm, cold, or not ready", about, [Axis::time(end), y], xs, series)
    }

    /// How late the generator was; `most` is what its lag may be.
    pub fn generator(&mut self, most: Limit) -> Plot {
        let (xs, end) = self.intended();
        let intended = self.intended;
        let mut all = |values: fn(&mut Window) -> &mut Vec<f32>, quantile| {
            let windows = self.windows[..intended].iter_mut();
            windows.map(|window| rank(values(window), quantile)).collect::<Vec<_>>()
        };
        let series = vec![
            Series::new("schedule lag, p50", "plain", Style::Line, all(|window| &mut window.lag, 0.5)),
            Series::new("schedule lag, max", "second", Style::Line, all(|window| &mut window.lag, 1.0)),
            Series::new("schedule lag, p99", "first", Style::Line, all(|window| &mut window.lag, 0.99)),
            Series::new("connection wait, p99", "third", Style::Dashed, all(|window| &mut window.wait, 0.99)),
        ];
        let (low, high) =
            extent(series.iter().flat_map(|one| one.values.iter().copied().flatten())).unwrap_or((0.0, 1.0));
        let about = format!(
            "Schedule lag runs from when a claim was intended to when it was handed to the HTTP client; connection \
                 wait from there to its first byte. Both are in every time to ready; {}.",
            self.grain()
        );
        let y = Axis::seconds("seconds", low, high);
        Plot::new("schedule-lag", "Schedule lag and connection wait", about, [Axis::time(end), y], xs, series)
            .with_limits(vec![most])
    }
}

impl Window {
    fn take(&mut self, claim: &ClaimRecord, timeouts: &Timeouts) {
        self.planned += 1;
        match claim.ready_class() {
            Some(class) => *self.classes.of_mut(class) += 1,
            None => self.not_ready += 1,
        }
        let seconds = |nanos: i64| secs(nanos) as f32;
        self.time_to_ready.extend(Latency::TimeToReady.of(claim, timeouts).map(|(nanos, _)| seconds(nanos)));
        self.lag.extend(claim.handed_over_ns.map(|at| seconds(at - claim.intended_ns)));
        let wait = claim.sent_ns.zip(claim.handed_over_ns);
        self.wait.extend(wait.map(|(sent, handed_over)| seconds(sent - handed_over)));
    }
}

/// Nearest rank, seconds; `None` of nothing.
fn rank(values: &mut [f32], quantile: f64) -> Option<f64> {
    let rank = ((quantile * values.len() as f64).ceil() as usize).max(1);
    let at = |values: &mut [f32]| *values.select_nth_unstable_by(rank - 1, f32::total_cmp).1;
    (!values.is_empty()).then(|| f64::from(at(values).max(0.0)))
}
