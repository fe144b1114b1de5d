//! A server in made-up time: workers that each serve one claim at a time, first come, first served.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, LogNormal};

use crate::measure::search::queue::queue_grows;
use crate::measure::search::{Ended, Evidence, Step};

/// Seconds of a pause.
const PAUSE_S: f64 = 1.0;

#[derive(Clone, Copy)]
pub struct Server {
    pub workers: usize,
    /// Seconds of work for a claim.
    pub service_s: f64,
    /// Spread of its logarithm; 0 is constant.
    pub spread: f64,
    pub poisson: bool,
    /// `time_to_ready.p99` must be below this.
    pub limit_s: f64,
    /// Share of claims that may be beyond.
    pub allowed: f64,
    /// Claims count at this where they were not ready by then.
    pub timeout_s: f64,
    /// The server stands still from here, in seconds of a step, for `PAUSE_S`.
    pub pause_at: Option<f64>,
}

pub const TWO_WORKERS: Server = Server {
    workers: 2,
    service_s: 0.05,
    spread: 0.0,
    poisson: true,
    limit_s: 0.25,
    allowed: 0.01,
    timeout_s: 60.0,
    pause_at: None,
};

impl Server {
    /// Pairs of instant and latency of the claims in `from_s..to_s`.
    pub fn latencies(&self, rate: f64, seed: u64, from_s: f64, to_s: f64) -> Vec<(f64, f64)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let gap = Exp::new(rate).unwrap();
        let service = LogNormal::new(self.service_s.ln(), self.spread).unwrap();
        let mut free = vec![0.0_f64; self.workers];
        let mut now = if self.poisson { 0.0 } else { random.random_range(0.0..1.0) / rate };
        let mut all = Vec::new();
        loop {
            now += if self.poisson { gap.sample(&mut random) } else { 1.0 / rate };
            if now > to_s {
                return all;
            }
            let worker = free.iter_mut().min_by(|one, other| one.total_cmp(other)).unwrap();
            let mut start = now.max(*worker);
            if let Some(pause) = self.pause_at.filter(|pause| (*pause..pause + PAUSE_S).contains(&start)) {
                start = pause + PAUSE_S;
            }
            *worker = start + service.sample(&mut random);
            if now >= from_s {
                all.push((now - from_s, *worker - now));
            }
        }
    }

    pub fn step(&self, step: Step) -> Ended {
        let (from, to) = (step.warm_up_s, step.warm_up_s + step.duration_s);
        let mut all = self.latencies(step.rate, step.seed, from, to);
        let timed_out = all.iter().filter(|one| one.1 >= self.timeout_s).count() as u64;
        for one in &mut all {
            one.1 = one.1.min(self.timeout_s);
        }
        let beyond = all.iter().filter(|one| one.1 >= self.limit_s).count() as u64;
        let undecided = if self.timeout_s < self.limit_s { timed_out } else { 0 };
        let evidence = vec![Evidence::Share { beyond, undecided, of: all.len() as u64, allowed: self.allowed }];
        Ended::Judged { evidence, queue_growing: queue_grows(&all, self.limit_s) }
    }

    pub fn grows(&self, step: Step) -> bool {
        matches!(self.step(step), Ended::Judged { queue_growing: true, .. })
    }

    /// Share of claims beyond the limit in the long run: of about `claims` claims.
    fn share(&self, rate: f64, claims: f64) -> f64 {
        let all = self.latencies(rate, 7, 100.0, 100.0 + claims / rate);
        all.iter().filter(|one| one.1 >= self.limit_s).count() as f64 / all.len() as f64
    }

    /// The highest rate whose long-run p99 is below the limit, by halving.
    pub fn truth(&self, low: f64, high: f64, claims: f64) -> f64 {
        let (mut low, mut high) = (low, high);
        while high / low > 1.0005 {
            let rate = f64::sqrt(low * high);
            if self.share(rate, claims) <= self.allowed { low = rate } else { high = rate }
        }
        low
    }
}
