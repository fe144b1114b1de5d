//! What each open-loop shape makes of its fields: claims, length and instants, in one place each.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};

use super::instants::Instants;
use crate::config::{Arrivals, Burst, Closed, DEFAULT_RATE, Duration, Ramp, Shape, Step};

const SECOND_NS: f64 = 1e9;
/// A rate such as 0.1 has no exact float: without the allowance 0.1 x 30 would be 2 claims.
const ROUNDING: f64 = 1e-9;

/// An open-loop shape with its defaults filled in. No clock, no network: the same seed gives the same instants.
pub(super) trait Formula {
    /// Claims, at most, before a total cuts them.
    fn claims(&self) -> f64;
    /// When the next phase starts, ns from this one's start; later where the last claim is.
    fn length_ns(&self) -> f64;
    /// Adds when each claim is due, ns from the phase's start, rising. `left_over` is the part of a claim that the phase
    /// before has left over; what this one leaves over is returned.
    fn add_to(&self, instants: &mut Instants, left_over: f64) -> f64;
}

/// How a shape is played.
pub(super) enum Playing<'a> {
    Open(Box<dyn Formula + 'a>),
    Closed(Closed),
}

/// What randomness a phase has: `stream` keeps the phases of one seed apart.
#[derive(Clone, Copy, Default)]
pub(super) struct Draw {
    pub seed: u64,
    pub stream: u64,
}

/// The formula of a shape. `trace` holds the offsets of its trace file.
pub(super) fn playing<'a>(shape: &Shape, trace: &'a [i64], draw: Draw) -> Playing<'a> {
    let duration = shape.duration_or_default();
    Playing::Open(match &shape.arrivals {
        Arrivals::Constant { rate } => Box::new(Constant::of(shape, rate.unwrap_or(DEFAULT_RATE))),
        Arrivals::Poisson { rate } => Box::new(Poisson::of(shape, rate.unwrap_or(DEFAULT_RATE), draw)),
        Arrivals::Burst(burst) => {
            let once_a_second = |rate: f64| Burst { size: (rate.round() as u64).max(1), every: Duration::from_secs(1) };
            Box::new(Bursts::of(shape, burst.own_or(once_a_second)))
        }
        Arrivals::Ramp(ramp) => Box::new(Slope { ramp: ramp.own_or(|rate| Ramp { from: 0.0, to: rate }), duration }),
        Arrivals::Step(steps) => Box::new(Steps(steps.own_or(|rate| four_up_to(rate, duration)))),
        Arrivals::Trace(_) => Box::new(Replay { trace, until: shape.duration }),
        Arrivals::Closed(closed) => {
            let user_each = |rate: f64| Closed { users: rate.ceil() as u32, think: Duration::ZERO };
            return Playing::Closed(closed.own_or(user_each));
        }
    })
}

/// Claims, and the part of one that is left over.
fn whole_and_rest(claims: f64) -> (u64, f64) {
    let whole = (claims + ROUNDING).floor();
    (whole as u64, (claims - whole).max(0.0))
}

/// First claim at 0, then each 1/rate; `floor(rate x duration)` claims, or a total alone.
struct Constant {
    rate: f64,
    /// Claims, with their fraction.
    area: f64,
    length_ns: f64,
}

impl Constant {
    fn of(shape: &Shape, rate: f64) -> Self {
        let duration = shape.duration_or_default();
        match shape.total_alone() {
            Some(total) => Self { rate, area: total as f64, length_ns: total as f64 / rate * SECOND_NS },
            None => Self { rate, area: rate * duration.secs(), length_ns: duration.nanos() as f64 },
        }
    }
}

impl Formula for Constant {
    fn claims(&self) -> f64 {
        self.area
    }

    fn length_ns(&self) -> f64 {
        self.length_ns
    }

    /// Computed from the index, so that no error adds up.
    fn add_to(&self, instants: &mut Instants, left_over: f64) -> f64 {
        let gap = SECOND_NS / self.rate;
        let (count, rest) = whole_and_rest(self.area + left_over);
        instants.extend((0..count).map(|index| ((index as f64 - left_over).max(0.0) * gap) as i64));
        rest
    }
}

/// Exponential gaps: a Poisson process observed until its n-th arrival, or until `until_ns` where a duration and a total
/// are both given.
struct Poisson {
    mean: Constant,
    until_ns: f64,
    draw: Draw,
}

impl Poisson {
    fn of(shape: &Shape, rate: f64, draw: Draw) -> Self {
        let mean = Constant::of(shape, rate);
        match (shape.total, shape.duration) {
            (Some(total), Some(_)) => {
                Self { until_ns: mean.length_ns, mean: Constant { area: total as f64, ..mean }, draw }
            }
            _ => Self { mean, until_ns: f64::INFINITY, draw },
        }
    }
}

impl Formula for Poisson {
    /// Within a time, 7 standard deviations above the mean.
    fn claims(&self) -> f64 {
        let mean = self.mean.rate * self.until_ns / SECOND_NS;
        self.mean.claims().min(mean + 7.0 * mean.sqrt() + 7.0)
    }

    fn length_ns(&self) -> f64 {
        self.mean.length_ns
    }

    fn add_to(&self, instants: &mut Instants, left_over: f64) -> f64 {
        let (count, rest) = whole_and_rest(self.mean.area + left_over);
        let mut random = ChaCha8Rng::seed_from_u64(self.draw.seed);
        random.set_stream(self.draw.stream);
        let mut at = 0.0;
        let mut next = || {
            let gap: f64 = Exp1.sample(&mut random);
            at += gap * SECOND_NS / self.mean.rate;
            at
        };
        let all = (0..count).map(|_| next());
        instants.extend(all.take_while(|at| *at < self.until_ns).map(|at| at as i64));
        rest
    }
}

/// `size` claims at once, the first at 0.
struct Bursts {
    burst: Burst,
    count: u64,
    length_ns: f64,
}

impl Bursts {
    fn of(shape: &Shape, burst: Burst) -> Self {
        let (every, duration) = (burst.every.nanos(), shape.duration_or_default().nanos());
        match shape.total_alone().map(|total| total.div_ceil(burst.size)) {
            Some(count) => Self { burst, count, length_ns: count as f64 * every as f64 },
            None => Self { burst, count: (duration as u64).div_ceil(every as u64), length_ns: duration as f64 },
        }
    }
}

impl Formula for Bursts {
    fn claims(&self) -> f64 {
        self.count as f64 * self.burst.size as f64
    }

    fn length_ns(&self) -> f64 {
        self.length_ns
    }

    fn add_to(&self, instants: &mut Instants, _: f64) -> f64 {
        let Burst { size, every } = self.burst;
        let one = |at: u64| std::iter::repeat_n(at as i64 * every.nanos(), size as usize);
        instants.extend((0..self.count).flat_map(one));
        0.0
    }
}

/// Claim k is due where the area under the rate reaches k: `from t + (to - from) t^2 / 2T = k`.
struct Slope {
    ramp: Ramp,
    duration: Duration,
}

impl Formula for Slope {
    fn claims(&self) -> f64 {
        f64::midpoint(self.ramp.from, self.ramp.to) * self.duration.secs()
    }

    fn length_ns(&self) -> f64 {
        self.duration.nanos() as f64
    }

    fn add_to(&self, instants: &mut Instants, left_over: f64) -> f64 {
        let Ramp { from, to } = self.ramp;
        let slope = (to - from) / self.duration.secs();
        let instant = |k: f64| {
            // The root written without cancellation, so that a slope of 0 needs no case of its own.
            let root = (from * from + 2.0 * slope * k).max(0.0).sqrt();
            if k <= 0.0 { 0.0 } else { 2.0 * k / (from + root) }
        };
        let (count, rest) = whole_and_rest(self.claims() + left_over);
        instants.extend((0..count).map(|k| (instant(k as f64 - left_over) * SECOND_NS) as i64));
        rest
    }
}

/// Claim k is due where the area under the rates reaches k: a step goes on with the part of a claim that the one before
/// has left over.
struct Steps(Vec<Step>);

fn four_up_to(rate: f64, duration: Duration) -> Vec<Step> {
    let quarter = Duration::from_nanos((duration.nanos() / 4) as u64);
    (1..=4).map(|at| Step { rate: rate * f64::from(at) / 4.0, duration: quarter }).collect()
}

impl Formula for Steps {
    fn claims(&self) -> f64 {
        self.0.iter().map(|step| step.rate * step.duration.secs()).sum()
    }

    fn length_ns(&self) -> f64 {
        self.0.iter().map(|step| step.duration.nanos() as f64).sum()
    }

    fn add_to(&self, instants: &mut Instants, left_over: f64) -> f64 {
        let (all, rest) = whole_and_rest(self.claims() + left_over);
        let (mut start_ns, mut area, mut next) = (0, left_over, 0);
        for step in &self.0 {
            let area_after = area + step.rate * step.duration.secs();
            let after = ((area_after - ROUNDING).ceil() as u64).min(all);
            let offset = |k: u64| (k as f64 - area).max(0.0) * SECOND_NS / step.rate;
            instants.extend((next..after).map(|k| start_ns + offset(k) as i64));
            (start_ns, area, next) = (start_ns + step.duration.nanos(), area_after, after.max(next));
        }
        rest
    }
}

/// The offsets of a trace, until the phase's own end if it has one.
struct Replay<'a> {
    trace: &'a [i64],
    until: Option<Duration>,
}

impl Formula for Replay<'_> {
    fn claims(&self) -> f64 {
        self.trace.len() as f64
    }

    fn length_ns(&self) -> f64 {
        self.until.map_or(0, Duration::nanos) as f64
    }

    fn add_to(&self, instants: &mut Instants, _: f64) -> f64 {
        let until = self.until.map_or(i64::MAX, Duration::nanos);
        instants.extend(self.trace.iter().copied().take_while(|at| *at < until));
        0.0
    }
}
