use std::path::Path;
use std::time::Duration;

use agent_sandbox_bench::config::{self, Config, ConfigError};
use agent_sandbox_made_up::{Disturbance, Weather};
use serde_json::{Value, json};

use crate::random::Random;

/// What a seed stands for.
pub struct Scenario {
    /// The configuration of the run.
    pub config: Config,
    /// The simulator's settings.
    pub settings: Value,
    /// Sandboxes in the pool.
    pub replicas: u32,
    /// The network.
    pub weather: Weather,
    /// When somebody stops the run, from its start.
    pub stop: Option<Duration>,
    /// When the machine of the run is gone, likewise.
    pub crash: Option<Duration>,
    /// When somebody else takes the pool's Lease, likewise.
    pub theft: Option<Duration>,
    /// When that machine is suspended, likewise; for [`SUSPENDED_NS`].
    pub suspend: Option<Duration>,
    /// When somebody sets its wall clock, likewise, and by how much.
    pub wall_step: Option<(Duration, i64)>,
}

/// How long claims are planned for, ms.
const SCHEDULE_MS: u64 = 2000;
/// How long the machine is suspended.
pub const SUSPENDED_NS: i64 = 7_000_000_000;
/// When the last fault of the cluster begins, and how long one lasts, ms.
const LATEST_FAULT_MS: u64 = 3000;
const LONGEST_FAULT_MS: u64 = 1500;

const KINDS: [&str; 21] = [
    "too_many_requests",
    "server_error",
    "latency",
    "connection_reset",
    "watch_drop",
    "watch_silence",
    "watch_gone",
    "duplicate_events",
    "late_events",
    "reordered_events",
    "controller_pause",
    "clock_skew",
    "node_lost",
    "image_pull_stuck",
    "token_expired",
    "server_restart",
    "exec_latency",
    "exec_failure",
    "conflict",
    "slow_node",
    "none",
];

impl Scenario {
    /// # Errors
    /// Where this program draws a configuration that it does not allow.
    pub fn draw(seed: u64, out: &Path) -> Result<Self, ConfigError> {
        let mut random = Random::new(seed);
        let faults: Vec<Value> = (0..random.number(0..=4)).filter_map(|_| fault(&mut random)).collect();
        let config = json!({
            "load": {
                "arrivals": random.one_of(&["constant", "poisson", "burst"]),
                "rate": random.one_of(&[10, 40, 40, 100]),
                "duration": ms(SCHEDULE_MS),
                "seed": seed,
                "ready_timeout": ms(random.one_of(&[500, 3000, 15_000, 30_000])),
                "on_pushback": random.one_of(&["fail", "retry"]),
                "max_in_flight": random.one_of(&[5, 1000, 1000, 1000]),
            },
            "workload": {
                "hold": ms(random.one_of(&[0, 0, 50, 300])),
                "capacity_back": random.happens(0.5),
            },
            "output": { "dir": out, "report": false, "sources": "none" },
        });
        let config = config::from_value(config, &[])?;
        let settings = json!({
            "seed": seed,
            "faults": faults,
            "warm_latency": { "median": ms(random.one_of(&[2, 9, 200])) },
            "claim_workers": random.one_of(&[1, 10, 50]),
        });
        let replicas = random.one_of(&[0, 5, 100, 100, 300]);
        let weather = weather(&mut random);
        let mut now_and_then = || random.happens(0.1).then(|| Duration::from_millis(random.number(0..=4000)));
        let [stop, crash, theft, suspend, step] = std::array::from_fn(|_| now_and_then());
        let wall_step = step.map(|at| (at, (random.number(0..=1_200_000).cast_signed() - 600_000) * 1_000_000));
        Ok(Self { config, settings, replicas, weather, stop, crash, theft, suspend, wall_step })
    }
}

impl Scenario {
    /// Every fault is over by then, from the run's start.
    pub fn longest_fault(&self) -> Duration {
        let ends = self.weather.disturbances.iter().map(|disturbance| match disturbance {
            Disturbance::Partition { until, .. } => *until,
            Disturbance::Reset { at } | Disturbance::HalfOpen { at } => *at,
        });
        ends.max().unwrap_or_default().max(Duration::from_millis(LATEST_FAULT_MS + LONGEST_FAULT_MS))
            + Duration::from_secs(1)
    }
}

/// One, somewhere in the run; the run's beginning is mostly spared, so that there is something to hit.
fn fault(random: &mut Random) -> Option<Value> {
    let kind = random.one_of(&KINDS);
    let mut fault = json!({
        "kind": kind,
        "at": ms(random.number(300..=LATEST_FAULT_MS)),
        "for": ms(random.number(50..=LONGEST_FAULT_MS)),
        "share": random.one_of(&[1.0, 1.0, 0.5, 0.1]),
    });
    match kind {
        "none" => return None,
        "too_many_requests" => fault["retry_after"] = random.one_of(&["0s", "1s"]).into(),
        "server_error" => fault["status"] = random.one_of(&[500, 503, 504]).into(),
        "latency" => fault["add"] = ms(random.number(1..=400)),
        "slow_node" => fault["add"] = ms(random.number(1..=2000)),
        "late_events" | "reordered_events" => fault["by"] = ms(random.number(1..=400)),
        "clock_skew" => fault["by"] = ms(random.number(1000..=600_000)),
        _ => {}
    }
    Some(fault)
}

fn weather(random: &mut Random) -> Weather {
    let latency_ms = random.one_of(&[(0, 0), (0, 1), (1, 3), (0, 40)]);
    let count = random.one_of(&[0, 0, 0, 1, 2]);
    Weather { latency_ms, disturbances: (0..count).map(|_| disturbance(random)).collect() }
}

fn disturbance(random: &mut Random) -> Disturbance {
    let at = Duration::from_millis(random.number(300..=3500));
    let until = |length| at + Duration::from_millis(length);
    match random.number(0..=6) {
        0 | 1 => Disturbance::Partition { from: at, until: until(random.number(20..=2000)) },
        // About as long as a delete is tried for.
        2 => Disturbance::Partition { from: at, until: until(random.number(58_000..=68_000)) },
        3 | 4 => Disturbance::Reset { at },
        _ => Disturbance::HalfOpen { at },
    }
}

fn ms(time: u64) -> Value {
    format!("{time}ms").into()
}
