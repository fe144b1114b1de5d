use std::cell::RefCell;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::time::{nanoseconds, now_ns};

thread_local! {
    static SKY: RefCell<Option<Sky>> = const { RefCell::new(None) };
}

/// The weather of this thread's network, since its start.
struct Sky {
    start_ns: i64,
    weather: Weather,
    random: ChaCha8Rng,
}

/// How the network behaves.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// What a segment takes at least and at most, ms. Segments of one connection stay in order, those of two do not.
    pub latency_ms: (u64, u64),
    /// What goes wrong, in any order.
    pub disturbances: Vec<Disturbance>,
}

impl Weather {
    /// For how long at most nothing arrives at all.
    #[must_use]
    pub fn longest_partition(&self) -> Duration {
        let lengths = self.disturbances.iter().map(|disturbance| match disturbance {
            Disturbance::Partition { from, until } => until.saturating_sub(*from),
            Disturbance::Reset { .. } | Disturbance::HalfOpen { .. } => Duration::ZERO,
        });
        lengths.max().unwrap_or_default()
    }
}

/// Something that goes wrong in the network; instants count from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing arrives between two instants; what was sent meanwhile arrives afterwards, as TCP sends it again.
    Partition {
        /// The first of them.
        from: Duration,
        /// The last.
        until: Duration,
    },
    /// Each connection is reset.
    Reset {
        /// When.
        at: Duration,
    },
    /// The connections that are open then stay open, and nothing arrives on them any more.
    HalfOpen {
        /// When.
        at: Duration,
    },
}

/// From now on the network of this thread behaves so.
pub(super) fn begin(seed: u64, weather: Weather) {
    SKY.set(Some(Sky { start_ns: now_ns(), weather, random: ChaCha8Rng::seed_from_u64(seed) }));
}

/// When what is sent now arrives.
pub(super) fn arrival_ns() -> i64 {
    SKY.with_borrow_mut(|sky| sky.as_mut().map_or_else(now_ns, Sky::arrival_ns))
}

impl Sky {
    fn arrival_ns(&mut self) -> i64 {
        let mut at_ns = now_ns();
        for disturbance in &self.weather.disturbances {
            if let Disturbance::Partition { from, until } = *disturbance
                && (self.start_ns + nanoseconds(from)..self.start_ns + nanoseconds(until)).contains(&at_ns)
            {
                at_ns = self.start_ns + nanoseconds(until);
            }
        }
        let (least, most) = self.weather.latency_ms;
        at_ns + nanoseconds(Duration::from_millis(self.random.random_range(least..=most)))
    }
}
