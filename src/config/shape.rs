use std::path::{Path, PathBuf};

use agent_sandbox_common::check::{Checked, ensure, positive, some_time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// Claims per second where nothing says otherwise.
pub const DEFAULT_RATE: f64 = 10.0;
const DEFAULT_DURATION: Duration = Duration::from_secs(30);

/// What `load` and each of its phases say of their claims: by which law they arrive, and until when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// The law of the arrivals.
    pub arrivals: Arrivals,
    /// How long claims are sent. Steps of their own, a trace and a total alone say it too.
    pub duration: Option<Duration>,
    /// Claims in all, at most.
    pub total: Option<u64>,
}

/// The law of the arrivals, with the fields that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// One claim each 1/rate.
    Constant {
        /// Claims per second.
        rate: Option<f64>,
    },
    /// Exponential gaps: independent users.
    Poisson {
        /// Claims per second in the mean.
        rate: Option<f64>,
    },
    /// Many at once, repeated. A rate alone: so many each second.
    Burst(Given<Burst>),
    /// A rate that grows or falls linearly. A rate alone: from 0 to it.
    Ramp(Given<Ramp>),
    /// A list of rates. A rate alone: four equal steps up to it.
    Step(Given<Vec<Step>>),
    /// Offsets from a file.
    Trace(PathBuf),
    /// A fixed number of users. A rate alone: so many users, who do not think.
    Closed(Given<Closed>),
}

/// How a shape with fields of its own is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Given<T> {
    /// By claims per second alone.
    Rate(Option<f64>),
    /// By its own fields.
    Own(T),
}

/// Many claims at one instant, repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// Claims at once, above 0.
    pub size: u64,
    /// From one burst to the next.
    pub every: Duration,
}

/// A rate that changes linearly over the duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// Claims per second at the start, 0 or more.
    pub from: f64,
    /// Claims per second at the end, 0 or more.
    pub to: f64,
}

/// A rate held for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Claims per second, 0 or more.
    pub rate: f64,
    /// How long.
    pub duration: Duration,
}

/// Users of a closed loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Users, above 0.
    pub users: u32,
    /// Pause of a user between two claims.
    #[serde(default)]
    pub think: Duration,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self::Constant { rate: None }
    }
}

impl<T: Clone> Given<T> {
    /// The shape's own fields, or what `of` makes of the rate alone.
    pub fn own_or(&self, of: impl FnOnce(f64) -> T) -> T {
        match self {
            Self::Rate(rate) => of(rate.unwrap_or(DEFAULT_RATE)),
            Self::Own(own) => own.clone(),
        }
    }
}

impl<T> Given<T> {
    fn rate(&self) -> Option<f64> {
        if let Self::Rate(rate) = self { Some(rate.unwrap_or(DEFAULT_RATE)) } else { None }
    }

    fn own(&self) -> Option<&T> {
        if let Self::Own(own) = self { Some(own) } else { None }
    }
}

impl Arrivals {
    /// Claims per second that are asked for; `None` where the shape's own fields, or a trace, say more than one rate.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        match self {
            Self::Constant { rate } | Self::Poisson { rate } => Some(rate.unwrap_or(DEFAULT_RATE)),
            Self::Burst(given) => given.rate(),
            Self::Ramp(given) => given.rate(),
            Self::Step(given) => given.rate(),
            Self::Trace(_) => None,
            Self::Closed(given) => given.rate(),
        }
    }

    /// The rate of a shape that is nothing but a rate, which a search can drive.
    pub fn rate_mut(&mut self) -> Option<&mut Option<f64>> {
        match self {
            Self::Constant { rate } | Self::Poisson { rate } => Some(rate),
            Self::Burst(_) | Self::Ramp(_) | Self::Step(_) | Self::Trace(_) | Self::Closed(_) => None,
        }
    }

    /// True where chance alone sends more than the rate in some second.
    #[must_use]
    pub fn is_random(&self) -> bool {
        match self {
            Self::Poisson { .. } => true,
            Self::Constant { .. }
            | Self::Burst(_)
            | Self::Ramp(_)
            | Self::Step(_)
            | Self::Trace(_)
            | Self::Closed(_) => false,
        }
    }

    /// True where the rate is the same throughout, so that the system can be in a steady state.
    #[must_use]
    pub fn is_steady(&self) -> bool {
        match self {
            Self::Constant { .. } | Self::Poisson { .. } => true,
            Self::Burst(_) | Self::Ramp(_) | Self::Step(_) | Self::Trace(_) | Self::Closed(_) => false,
        }
    }

    /// True where users wait for their claims; all other shapes have a schedule.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Closed(_) => true,
            Self::Constant { .. }
            | Self::Poisson { .. }
            | Self::Burst(_)
            | Self::Ramp(_)
            | Self::Step(_)
            | Self::Trace(_) => false,
        }
    }

    /// The file that holds the instants, where a file does.
    #[must_use]
    pub fn trace(&self) -> Option<&Path> {
        if let Self::Trace(file) = self { Some(file) } else { None }
    }

    fn validate(&self, at: &str) -> Checked {
        self.rate().map_or(Ok(()), |rate| positive(&format!("{at}.rate"), rate))?;
        match self {
            Self::Constant { .. } | Self::Poisson { .. } | Self::Trace(_) => Ok(()),
            Self::Burst(given) => given.own().map_or(Ok(()), |burst| burst.validate(&format!("{at}.burst"))),
            Self::Ramp(given) => given.own().map_or(Ok(()), |ramp| ramp.validate(&format!("{at}.ramp"))),
            Self::Step(given) => {
                let mut steps = given.own().into_iter().flatten().enumerate();
                steps.try_for_each(|(index, step)| step.validate(&format!("{at}.steps[{index}]")))
            }
            Self::Closed(given) => given.own().map_or(Ok(()), |closed| closed.validate(&format!("{at}.closed"))),
        }
    }
}

impl Shape {
    /// How long claims are sent, where neither a total alone nor the shape's own fields say it.
    #[must_use]
    pub fn duration_or_default(&self) -> Duration {
        self.duration.unwrap_or(DEFAULT_DURATION)
    }

    /// The total where it alone ends the claims.
    #[must_use]
    pub fn total_alone(&self) -> Option<u64> {
        self.total.filter(|_| self.duration.is_none())
    }

    pub(super) fn validate(&self, at: &str) -> Checked {
        self.duration.map_or(Ok(()), |duration| some_time(&format!("{at}.duration"), duration))?;
        ensure(self.total != Some(0), &format!("{at}.total"), 0, "1 or more")?;
        self.arrivals.validate(at)
    }
}

impl Burst {
    fn validate(&self, at: &str) -> Checked {
        ensure(self.size > 0, &format!("{at}.size"), 0, "1 or more")?;
        some_time(&format!("{at}.every"), self.every)
    }
}

impl Ramp {
    fn validate(&self, at: &str) -> Checked {
        rate_or_none(&format!("{at}.from"), self.from)?;
        rate_or_none(&format!("{at}.to"), self.to)?;
        ensure(self.from + self.to > 0.0, at, "0 to 0", "a rate above 0 at one end")
    }
}

impl Step {
    fn validate(&self, at: &str) -> Checked {
        rate_or_none(&format!("{at}.rate"), self.rate)?;
        some_time(&format!("{at}.duration"), self.duration)
    }
}

impl Closed {
    fn validate(&self, at: &str) -> Checked {
        ensure((1..=1_000_000).contains(&self.users), &format!("{at}.users"), self.users, "1 to 1000000")
    }
}

fn rate_or_none(field: &str, value: f64) -> Checked {
    ensure((0.0..=1e6).contains(&value), field, value, "0 to 1000000 claims/s")
}
