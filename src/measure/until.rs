//! When a run knows a percentile well enough to end: `load.until`.

use agent_sandbox_common::suggest::{did_you_mean, nearest};

use super::interval::{Interval, interval};
use super::series::Series;
use super::{Collector, Latency, Metric, Percentile, UntilSummary};
use crate::config::{self, Config, ConfigError};

/// Claims at a look, over those at the one before.
const GROWTH: f64 = 1.25;
/// Chance, on either side, that the interval of one look misses the truth. A run that ends at the first short enough
/// interval favours intervals that are short by chance. This chance corrects for that: the last interval covers the
/// truth as often as one at 95 %.
const TAIL_OF_A_LOOK: f64 = 0.0175;

/// A percentile at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    value: f64,
    pub interval: Interval,
}

impl Known {
    /// The percentile at `quantile`; `None` of nothing.
    pub fn of(series: &Series, quantile: f64) -> Option<Self> {
        let whole = series.whole();
        let interval = interval(series, quantile, TAIL_OF_A_LOOK, |quantile| whole.quantile(quantile))?;
        Some(Self { value: whole.quantile(quantile)?, interval })
    }

    /// Half the interval's length as a share of the percentile; `None` where an end is missing.
    fn half_width(&self) -> Option<f64> {
        let half = (self.interval.high? - self.interval.low?) / 2.0 / self.value;
        half.is_finite().then_some(half)
    }

    /// Whether half its interval is at most `share` of it, and nothing tells to take it with care.
    pub fn is_within(&self, share: f64) -> bool {
        self.interval.adequate() && self.half_width().is_some_and(|half| half <= share)
    }
}

/// When to look: at sizes of a geometric series, so that looks are few.
#[derive(Debug, Clone, Default)]
pub(super) struct Looks {
    next: u64,
}

impl Looks {
    /// Whether it is time, where the phase is `at_ns` old and has `count` claims.
    pub fn are_due(&mut self, at_ns: i64, count: u64) -> bool {
        let due = at_ns >= config::Until::FIRST_LOOK.nanos() && count >= self.next;
        if due {
            self.next = (count as f64 * GROWTH).ceil() as u64;
        }
        due
    }
}

/// A phase that ends when a percentile is known well enough.
#[derive(Debug, Clone)]
pub struct Until {
    rule: config::Until,
    latency: Latency,
    percentile: Percentile,
    looks: Looks,
    /// When the first claim and the last of those were intended before which all have ended, ns, and how many they are.
    ended: Option<(i64, i64, u64)>,
    enough: Option<Known>,
}

impl Until {
    /// As the configuration wants it; `None` where it does not.
    ///
    /// # Errors
    /// A [`ConfigError`] for a figure that is no percentile of a latency that the run has.
    pub fn new(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some(rule) = config.load.until.clone() else { return Ok(None) };
        let is_there = |latency: &Latency| latency.is_of(config);
        let Some((latency, percentile)) = figure(&rule.figure).filter(|(latency, _)| is_there(latency)) else {
            let latencies = Latency::ALL.into_iter().filter(is_there);
            let of = |latency: Latency| Percentile::ALL.map(|percentile| format!("{latency}.{percentile}"));
            let names: Vec<String> = latencies.flat_map(of).collect();
            let meant = did_you_mean(nearest(&rule.figure, names.iter().map(String::as_str)));
            let allowed =
                format!("LATENCY.PERCENTILE of a latency that this run has, such as time_to_ready.p99{meant}");
            return Err(ConfigError::not_allowed("load.until.figure", format!("\"{}\"", rule.figure), allowed));
        };
        Ok(Some(Self { rule, latency, percentile, looks: Looks::default(), ended: None, enough: None }))
    }

    /// A claim has ended, and so have all before it.
    pub fn ended(&mut self, intended_ns: i64) {
        let (first, _, count) = self.ended.unwrap_or((intended_ns, intended_ns, 0));
        self.ended = Some((first, intended_ns, count + 1));
    }

    /// True once the percentile is known well enough. `phase` counts the claims that have ended; of those only before which
    /// all have ended the look is: the slow ones are the last to end.
    pub fn is_enough(&mut self, phase: &Collector) -> bool {
        if let Some((first, last, count)) = self.ended
            && self.enough.is_none()
            && self.looks.are_due(last - first, count)
        {
            let known = self.known(&phase.series(self.latency).before(last));
            self.enough = known.filter(|known| known.is_within(self.rule.within.fraction()));
        }
        self.enough.is_some()
    }

    /// What became of it, where all claims of `phase` have ended; and why it is not known well enough, where it is not.
    #[must_use]
    pub fn summary(&self, phase: &Collector) -> (UntilSummary, Option<String>) {
        let known = self.enough.or_else(|| self.known(phase.series(self.latency)));
        let within = self.rule.within;
        // An interrupted run may be too short for a look.
        let looked = self.ended.is_some_and(|(first, last, _)| last - first >= config::Until::FIRST_LOOK.nanos());
        let reached = looked && known.is_some_and(|known| known.is_within(within.fraction()));
        let summary = UntilSummary {
            figure: self.rule.figure.clone(),
            within: within.fraction(),
            at_most_s: self.rule.at_most.secs(),
            reached,
            half_width: known.and_then(|known| known.half_width()),
            interval: known.map(|Known { interval, .. }| (interval.low, interval.high)),
        };
        let warning = (!reached).then(|| {
            let figure = &self.rule.figure;
            format!("load.until: the run ended before {figure} was known to {within}: {}", why(known, looked))
        });
        (summary, warning)
    }

    fn known(&self, series: &Series) -> Option<Known> {
        Known::of(series, self.percentile.quantile())
    }
}

/// How well a percentile is known, and what is in the way.
fn why(known: Option<Known>, looked: bool) -> String {
    let Some(known) = known else { return "no claim has it".into() };
    let width = known.half_width().map(|half| format!("it is known to {:.1} %", half * 100.0));
    let doubt = known.interval.doubt.map(|doubt| doubt.to_string());
    let early = (!looked).then(|| "it ended before the first look".into());
    width.into_iter().chain(doubt).chain(early).collect::<Vec<_>>().join("; ")
}

fn figure(name: &str) -> Option<(Latency, Percentile)> {
    match Metric::of_name(name)? {
        Metric::Latency(latency, statistic) => Some((latency, statistic.percentile()?)),
        Metric::Single(_)
        | Metric::Outcome(_)
        | Metric::Class(_)
        | Metric::Exec(_)
        | Metric::Step(..)
        | Metric::Reason(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::measure::ClaimRecord;
    use crate::measure::Timeouts;

    fn until(figure: &str, workload: &Value) -> Result<Option<Until>, ConfigError> {
        let rule = json!({"figure": figure, "within": "5%", "at_most": "10m"});
        let config = json!({"load": {"until": rule}, "workload": workload});
        Until::new(&config::from_value(config, &[]).unwrap())
    }

    /// Ten claims a second that take 50 to 60 ms; returns when it was enough, in seconds.
    fn play(until: &mut Until, seconds: u64) -> (Option<u64>, Collector) {
        let mut collector = Collector::new(Timeouts::ready(1_000_000_000));
        for index in 0..seconds * 10 {
            let at = 5_000_000_000 + index as i64 * 100_000_000;
            let took = 50_000_000 + index as i64 * 7_919_777 % 10_000_000;
            collector.record(&ClaimRecord::of_ready(index, at, at + took));
            until.ended(at);
            if until.is_enough(&collector) {
                return (Some(index / 10), collector);
            }
        }
        (None, collector)
    }

    #[test]
    fn the_figure_is_a_percentile_that_the_run_has() {
        for (figure, workload) in [
            ("time_to_ready.p99", json!({})),
            ("time_to_first_exec.p50", json!({"exec": "true"})),
            ("time_to_capacity_back.p90", json!({"capacity_back": true})),
        ] {
            assert!(until(figure, &workload).unwrap().is_some(), "{figure}");
        }
        for figure in ["p99", "time_to_ready.mean", "time_to_ready.max", "outcomes.failed", "time_to_first_exec.p50"] {
            let error = until(figure, &json!({})).unwrap_err().to_string();
            assert!(error.starts_with(&format!("load.until.figure: got \"{figure}\", allowed: LATENCY.")), "{error}");
        }
        assert!(Until::new(&Config::default()).unwrap().is_none());
    }

    #[test]
    fn no_look_is_before_a_minute_of_the_phase() {
        let mut until = until("time_to_ready.p50", &json!({})).unwrap().unwrap();
        let (enough, collector) = play(&mut until, 100);
        assert_eq!(enough, Some(60));
        let (summary, warning) = until.summary(&collector);
        assert!(summary.reached && summary.half_width.is_some_and(|half| half <= 0.05), "{summary:?}");
        assert_eq!(warning, None);
    }

    #[test]
    fn what_is_not_known_by_the_end_says_why() {
        let mut until = until("time_to_ready.p999", &json!({})).unwrap().unwrap();
        let (enough, collector) = play(&mut until, 100);
        assert_eq!(enough, None);
        let (summary, warning) = until.summary(&collector);
        assert!(!summary.reached && summary.half_width.is_none(), "{summary:?}");
        let words =
            "load.until: the run ended before time_to_ready.p999 was known to 5 %: only 1 of 1000 claims lie beyond it";
        assert!(warning.as_ref().is_some_and(|warning| warning.starts_with(words)), "{warning:?}");
        let nothing = until.summary(&Collector::new(Timeouts::ready(1))).1;
        assert!(nothing.is_some_and(|warning| warning.ends_with("5 %: no claim has it")));
    }

    #[test]
    fn a_run_of_less_than_a_minute_knows_nothing_well_enough() {
        let mut until = until("time_to_ready.p50", &json!({})).unwrap().unwrap();
        let (_, collector) = play(&mut until, 50);
        let (summary, warning) = until.summary(&collector);
        assert!(!summary.reached && summary.half_width.is_some_and(|half| half <= 0.05), "{summary:?}");
        assert!(warning.is_some_and(|warning| warning.ends_with("it ended before the first look")));
    }

    #[test]
    fn a_claim_that_has_not_ended_holds_up_the_look() {
        let mut until = until("time_to_ready.p50", &json!({})).unwrap().unwrap();
        let (_, collector) = play(&mut until.clone(), 59);
        until.ended(5_000_000_000);
        assert!(!until.is_enough(&collector));
    }
}
