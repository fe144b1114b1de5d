use std::time::Duration;

use rand_distr::{Distribution as _, Exp1, LogNormal, Uniform};

use super::random::{Purpose, Random};
use crate::settings::{Distribution, Latency};

/// A stream of service times.
#[derive(Debug)]
pub struct ServiceTime {
    latency: Latency,
    random: Random,
}

impl ServiceTime {
    pub fn new(latency: Latency, seed: u64, purpose: Purpose) -> Self {
        Self { latency, random: Random::new(seed, purpose) }
    }

    /// The next one.
    pub fn draw(&mut self) -> Duration {
        let median = Duration::from(self.latency.median).as_secs_f64();
        let stream = &mut self.random.0;
        let factor = match self.latency.distribution {
            Distribution::Constant => 1.0,
            // The median of the unit exponential is ln 2.
            Distribution::Exponential => {
                let unit: f64 = Exp1.sample(stream);
                unit / std::f64::consts::LN_2
            }
            Distribution::Uniform => Uniform::new(0.0, 2.0).map_or(1.0, |uniform| uniform.sample(stream)),
            Distribution::Lognormal => {
                LogNormal::new(0.0, self.latency.sigma).map_or(1.0, |normal| normal.sample(stream))
            }
        };
        Duration::try_from_secs_f64(median * factor).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distribution_keeps_its_median() {
        use Distribution::*;
        for distribution in [Lognormal, Exponential, Constant, Uniform] {
            let latency =
                Latency { distribution, ..Latency::of_median(agent_sandbox_common::Duration::from_millis(10)) };
            let mut times = ServiceTime::new(latency, 7, Purpose::WarmLatency);
            let mut drawn: Vec<f64> = (0..4001).map(|_| times.draw().as_secs_f64()).collect();
            drawn.sort_by(f64::total_cmp);
            assert!((0.0093..0.0107).contains(&drawn[2000]), "{distribution:?}: {}", drawn[2000]);
        }
    }

    #[test]
    fn one_seed_one_sequence() {
        let draw = |seed| {
            let latency = Latency::of_median(agent_sandbox_common::Duration::from_millis(5));
            let mut times = ServiceTime::new(latency, seed, Purpose::WarmLatency);
            (0..50).map(|_| times.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
