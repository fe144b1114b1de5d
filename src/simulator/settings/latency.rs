use agent_sandbox_common::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service time: a distribution around a median.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the times are below it.
    pub median: Duration,
    /// Shape around the median.
    #[serde(default)]
    pub distribution: Distribution,
    /// `lognormal`: standard deviation of the logarithm. The others ignore it.
    #[serde(default = "default_sigma")]
    pub sigma: f64,
}

impl Latency {
    /// The default distribution around `median`.
    #[must_use]
    pub fn of_median(median: Duration) -> Self {
        Self { median, distribution: Distribution::default(), sigma: default_sigma() }
    }
}

fn default_sigma() -> f64 {
    0.25
}

/// Shape of a service time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Right-skewed, as service times are.
    #[default]
    Lognormal,
    /// Memoryless.
    Exponential,
    /// Always the median.
    Constant,
    /// From 0 to twice the median.
    Uniform,
}
