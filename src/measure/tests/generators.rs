//! Synthetic runs: claims with intended instants (ns) and latencies (ns).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Exp1, LogNormal};

/// Median service time and the spread of its logarithm.
pub const MEDIAN_S: f64 = 0.05;
pub const SIGMA: f64 = 0.5;
/// Mean service time.
pub const SERVICE_S: f64 = MEDIAN_S * 1.133_148; // exp(0.5^2 / 2)

#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub at_ns: i64,
    pub nanos: i64,
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub fn service() -> LogNormal<f64> {
    LogNormal::new(MEDIAN_S.ln(), SIGMA).unwrap()
}

fn ns(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

/// Independent latencies at Poisson instants.
pub fn iid(seed: u64, claims: usize, rate: f64) -> Vec<Claim> {
    let (mut rng, gap, service) = (rng(seed), Exp::new(rate).unwrap(), service());
    let mut at = 0.0;
    (0..claims)
        .map(|_| {
            at += gap.sample(&mut rng);
            Claim { at_ns: ns(at), nanos: ns(service.sample(&mut rng)) }
        })
        .collect()
}

/// First come, first served by `servers`, at instants and service times that the caller draws.
pub struct Queue {
    free: Vec<f64>,
}

impl Queue {
    pub fn new(servers: usize) -> Self {
        Self { free: vec![0.0; servers] }
    }

    /// Time in the system of an arrival at `at`.
    pub fn serve(&mut self, at: f64, service: f64) -> f64 {
        let first = (0..self.free.len()).min_by(|a, b| self.free[*a].total_cmp(&self.free[*b])).unwrap();
        self.free[first] = self.free[first].max(at) + service;
        self.free[first] - at
    }
}

/// M/G/20 in its steady state: the queue runs for 20,000 claims before the first that counts.
pub fn queue(seed: u64, claims: usize, rho: f64) -> Vec<Claim> {
    const BEFORE: usize = 20_000;
    let (mut rng, service) = (rng(seed), service());
    let gap = Exp::new(20.0 * rho / SERVICE_S).unwrap();
    let (mut at, mut queue, mut start) = (0.0, Queue::new(20), 0.0);
    let mut all = Vec::with_capacity(claims);
    for claim in 0..claims + BEFORE {
        at += gap.sample(&mut rng);
        let nanos = ns(queue.serve(at, service.sample(&mut rng)));
        if claim == BEFORE {
            start = at;
        }
        if claim >= BEFORE {
            all.push(Claim { at_ns: ns(at - start), nanos });
        }
    }
    all
}

/// Poisson arrivals at 20 idle servers for `seconds`: claims a second, and a factor on the service times, by instant.
pub fn changing(seed: u64, seconds: f64, rate: impl Fn(f64) -> f64, slower: impl Fn(f64) -> f64) -> Vec<Claim> {
    let (mut rng, service, mut queue, mut at) = (rng(seed), service(), Queue::new(20), 0.0);
    let mut all = Vec::new();
    while at < seconds {
        let gap: f64 = Exp1.sample(&mut rng);
        at += gap / rate(at);
        all.push(Claim { at_ns: ns(at), nanos: ns(queue.serve(at, service.sample(&mut rng) * slower(at))) });
    }
    all
}

/// `claims` at one instant before `servers` idle servers.
pub fn burst(seed: u64, claims: usize, servers: usize) -> Vec<Claim> {
    let (mut rng, service) = (rng(seed), service());
    let mut queue = Queue::new(servers);
    (0..claims).map(|_| Claim { at_ns: 0, nanos: ns(queue.serve(0.0, service.sample(&mut rng))) }).collect()
}

/// Nearest rank, in seconds.
pub fn quantile(values: &mut [f64], quantile: f64) -> f64 {
    let rank = ((quantile * values.len() as f64).ceil() as usize).max(1) - 1;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}
