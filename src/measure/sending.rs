//! Whether the gaps between creates, as they were sent, follow the law that was asked for.

use std::fmt;

use crate::config::Arrivals;

/// Bins of the distribution of gaps.
const BINS: usize = 1024;
/// Share of gaps that may be out of place. A test alone would find the least deviation in a million claims.
const TOLERATED: f64 = 0.05;
/// Kolmogorov's statistic exceeds this by chance once in 100 times.
const KOLMOGOROV: f64 = 1.628;

/// How gaps are meant to be spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Law {
    /// Exponential.
    Poisson,
    /// All alike.
    Constant,
}

/// The gaps between the creates of a phase, in constant memory.
#[derive(Debug, Clone)]
pub struct Sending {
    law: Law,
    /// Claims a second that were asked for.
    rate: f64,
    last_ns: Option<i64>,
    /// Gaps by the share of intended gaps that are shorter.
    bins: Vec<u64>,
}

impl Sending {
    /// None yet, of a load of these arrivals; `None` where their gaps have no law.
    #[must_use]
    pub fn of(arrivals: &Arrivals) -> Option<Self> {
        let law = match arrivals {
            Arrivals::Poisson { .. } => Law::Poisson,
            Arrivals::Constant { .. } => Law::Constant,
            Arrivals::Burst(_) | Arrivals::Ramp(_) | Arrivals::Step(_) | Arrivals::Trace(_) | Arrivals::Closed(_) => {
                return None;
            }
        };
        Some(Self { law, rate: arrivals.rate()?, last_ns: None, bins: vec![0; BINS] })
    }

    /// Adds the create that was sent next, at `at_ns`.
    pub fn record(&mut self, at_ns: i64) {
        if let Some(last_ns) = self.last_ns.replace(at_ns) {
            // The length in mean gaps.
            let gap = (at_ns - last_ns).max(0) as f64 / 1e9 * self.rate;
            let place = match self.law {
                Law::Poisson => -(-gap).exp_m1(),
                Law::Constant => gap / 2.0,
            };
            self.bins[((place * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
    }

    /// That the load was not the one asked for, where it was not.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let share = 100.0 * self.off()?;
        Some(format!(
            "{} arrivals: {share:.0} % of the gaps between creates are out of place: the load was not the one asked for",
            self.law
        ))
    }

    /// Share of gaps out of place. For Poisson: the Kolmogorov-Smirnov distance from exponential gaps at the intended
    /// rate. For constant arrivals: the share that is more than half a gap too short or too long. `None` when there are
    /// no gaps.
    fn out_of_place(&self) -> Option<f64> {
        let gaps = self.gaps();
        let share = match self.law {
            Law::Poisson => self.distance(gaps),
            Law::Constant => 1.0 - self.bins[BINS / 4..BINS * 3 / 4].iter().sum::<u64>() as f64 / gaps,
        };
        (gaps > 0.0).then_some(share)
    }

    /// The share, where it is neither tolerable nor chance: of Poisson gaps once in 100 runs at most.
    fn off(&self) -> Option<f64> {
        let chance = match self.law {
            Law::Poisson => KOLMOGOROV / self.gaps().sqrt(),
            Law::Constant => 0.0,
        };
        self.out_of_place().filter(|share| *share > TOLERATED.max(chance))
    }

    fn gaps(&self) -> f64 {
        self.bins.iter().sum::<u64>() as f64
    }

    fn distance(&self, gaps: f64) -> f64 {
        let mut below = 0;
        let at = |(bin, count): (usize, &u64)| {
            below += count;
            (below as f64 / gaps - (bin + 1) as f64 / BINS as f64).abs()
        };
        self.bins.iter().enumerate().map(at).fold(0.0, f64::max)
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poisson => "poisson",
            Self::Constant => "constant",
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp1};

    use super::*;

    /// 20,000 instants at 200 a second, in seconds.
    fn intended(law: Law, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut now = 0.0;
        let next = |_| {
            let gap: f64 = if law == Law::Poisson { Exp1.sample(&mut random) } else { 1.0 };
            now += gap / 200.0;
            now
        };
        (0..20_000).map(next).collect()
    }

    fn none(law: Law) -> Sending {
        let rate = Some(200.0);
        let arrivals = if law == Law::Poisson { Arrivals::Poisson { rate } } else { Arrivals::Constant { rate } };
        Sending::of(&arrivals).unwrap()
    }

    fn sending(law: Law, sent: impl Iterator<Item = f64>) -> Sending {
        let mut sending = none(law);
        sent.for_each(|at| sending.record((at * 1e9) as i64));
        sending
    }

    #[test]
    fn what_is_sent_as_intended_is_not_off() {
        for law in [Law::Poisson, Law::Constant] {
            for seed in 0..50 {
                let sending = sending(law, intended(law, seed).into_iter());
                assert_eq!(sending.off(), None, "{law:?} {:?}", sending.out_of_place());
            }
        }
    }

    #[test]
    fn a_sender_that_stops_25_ms_in_60_is_off() {
        let held = |at: f64| if at % 0.06 < 0.025 { at - at % 0.06 + 0.025 } else { at };
        for law in [Law::Poisson, Law::Constant] {
            let off = sending(law, intended(law, 0).into_iter().map(held)).off();
            assert!(off.is_some_and(|share| share > 0.2), "{law:?} {off:?}");
            let warning = sending(law, intended(law, 0).into_iter().map(held)).warning();
            assert!(warning.is_some_and(|warning| warning.starts_with(&format!("{law} arrivals: "))));
        }
    }

    #[test]
    fn the_wrong_law_and_the_wrong_rate_are_off() {
        assert!(sending(Law::Poisson, intended(Law::Constant, 0).into_iter()).off().is_some_and(|off| off > 0.6));
        assert!(sending(Law::Constant, intended(Law::Poisson, 0).into_iter()).off().is_some_and(|off| off > 0.5));
        assert!(sending(Law::Poisson, intended(Law::Poisson, 0).into_iter().map(|at| at * 1.25)).off().is_some());
    }

    #[test]
    fn nothing_is_not_off() {
        assert_eq!(none(Law::Poisson).off(), None);
    }
}
