//! Made-up loads with known truth, for calibrating what is decided from claims.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, LogNormal, StandardNormal};

use super::{Observation, RunSample};

/// Median service time (s) and spread of its logarithm.
const SERVICE: (f64, f64) = (0.05, 0.5);
/// Mean service time over the median.
const MEAN_OF_MEDIAN: f64 = 1.133_148; // exp(0.5^2 / 2)

/// Claims of a burst.
const BURST: usize = 100;

/// A load and the system that serves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// Independent lognormal latencies, 200 claims a second.
    Independent,
    /// Poisson arrivals at `servers` servers of lognormal service, busy for `utilisation` of the time (M/G/c, served in
    /// order: Kiefer and Wolfowitz 1955). It starts empty, as a run does, unless `settled` claims went before.
    Queue {
        /// How many serve.
        servers: usize,
        /// Share of the time a server is busy.
        utilisation: f64,
        /// Claims served before the first that counts.
        settled: usize,
    },
    /// 100 claims at one instant, every 10 s, at 50 servers whose speed is each burst's own (spread 20 %).
    Bursts,
}

/// What differs from the base, and what is the run's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effects {
    /// Factor on every latency.
    pub slower: f64,
    /// Share of claims whose latency doubles.
    pub doubled: f64,
    /// Share of claims that fail.
    pub failed: f64,
    /// Failures come in clumps of this many claims in a row.
    pub clump: usize,
    /// Share of ready claims that start cold; it changes no latency.
    pub cold: f64,
    /// Standard deviation of the logarithm of the run's own factor on every latency.
    pub run_spread: f64,
}

impl Default for Effects {
    fn default() -> Self {
        Self { slower: 1.0, doubled: 0.0, failed: 0.0, clump: 1, cold: 0.1, run_spread: 0.0 }
    }
}

/// A run of `claims` claims.
#[must_use]
pub fn run(model: Model, claims: usize, effects: &Effects, seed: u64) -> RunSample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let normal: f64 = StandardNormal.sample(&mut random);
    let factor = effects.slower * (effects.run_spread * normal).exp();
    let timeout = 30.0;
    let mut run = RunSample::default();
    let mut failing = 0;
    for (at, latency) in latencies(model, claims, &mut random) {
        let doubles = random.random::<f64>() < effects.doubled;
        if failing == 0 && random.random::<f64>() < effects.failed / effects.clump as f64 {
            failing = effects.clump;
        }
        let intended_ns = (at * 1e9) as i64;
        let fails = failing > 0;
        failing = failing.saturating_sub(1);
        let value = if fails { timeout } else { latency * factor * if doubles { 2.0 } else { 1.0 } };
        run.time_to_ready.push(Observation { intended_ns, value, censored: fails });
        run.failed.push(Observation::share(intended_ns, fails));
        if !fails {
            run.cold.push(Observation::share(intended_ns, random.random::<f64>() < effects.cold));
        }
    }
    run
}

/// Intended instant and latency of each claim, s.
fn latencies(model: Model, claims: usize, random: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
    let service = LogNormal::new(SERVICE.0.ln(), SERVICE.1).expect("the spread is finite");
    match model {
        Model::Independent => (0..claims).map(|index| (index as f64 / 200.0, service.sample(random))).collect(),
        Model::Queue { servers, utilisation, settled } => {
            let rate = utilisation * servers as f64 / (SERVICE.0 * MEAN_OF_MEDIAN);
            let mut now = 0.0;
            let arrivals = (0..claims + settled).map(|_| {
                let gap: f64 = Exp1.sample(random);
                now += gap / rate;
                now
            });
            let arrivals: Vec<f64> = arrivals.collect();
            serve(&arrivals, servers, || service.sample(random)).split_off(settled)
        }
        Model::Bursts => (0..claims.div_ceil(BURST)).flat_map(|burst| burst_at(burst as f64 * 10.0, random)).collect(),
    }
}

fn burst_at(instant: f64, random: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
    let service = LogNormal::new(SERVICE.0.ln(), SERVICE.1).expect("the spread is finite");
    let normal: f64 = StandardNormal.sample(random);
    let pace = (0.2 * normal).exp();
    serve(&[instant; BURST], 50, || pace * service.sample(random))
}

/// Each arrival waits for the first server that is free.
fn serve(arrivals: &[f64], servers: usize, mut service: impl FnMut() -> f64) -> Vec<(f64, f64)> {
    let mut free = vec![0.0_f64; servers];
    let mut serve = |at: &f64| {
        let next = free.iter_mut().min_by(|a, b| a.total_cmp(b)).expect("there is a server");
        *next = next.max(*at) + service();
        (*at, *next - at)
    };
    arrivals.iter().map(&mut serve).collect()
}
