use std::fmt;

use agent_sandbox_common::words;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

words! {
    /// A figure of a distribution.
    pub enum Statistic {
        /// Values.
        Count = "count",
        /// Values that are lower bounds.
        Censored = "censored",
        /// Smallest.
        Min = "min",
        /// Arithmetic mean.
        Mean = "mean",
        /// Median.
        P50 = "p50",
        /// 90th percentile.
        P90 = "p90",
        /// 95th percentile.
        P95 = "p95",
        /// 99th percentile.
        P99 = "p99",
        /// 99.9th percentile.
        P999 = "p999",
        /// Largest.
        Max = "max",
    }
}

impl Statistic {
    /// True for what is a duration, and not a number of values.
    #[must_use]
    pub fn is_duration(self) -> bool {
        !matches!(self, Self::Count | Self::Censored)
    }

    /// The percentile it is, if it is one.
    #[must_use]
    pub fn percentile(self) -> Option<Percentile> {
        Percentile::ALL.into_iter().find(|percentile| percentile.name() == self.name())
    }
}

words! {
    /// A percentile that results hold.
    pub enum Percentile {
        /// Median.
        P50 = "p50",
        /// 90th.
        P90 = "p90",
        /// 95th.
        P95 = "p95",
        /// 99th.
        P99 = "p99",
        /// 99.9th.
        P999 = "p999",
    }
}

impl Percentile {
    /// As a figure.
    #[must_use]
    pub fn statistic(self) -> Statistic {
        match self {
            Self::P50 => Statistic::P50,
            Self::P90 => Statistic::P90,
            Self::P95 => Statistic::P95,
            Self::P99 => Statistic::P99,
            Self::P999 => Statistic::P999,
        }
    }

    /// The share of the values at or below it.
    #[must_use]
    pub fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
        }
    }
}

/// Something of each percentile; an object by their names in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles<T> {
    /// Median.
    pub p50: T,
    /// 90th.
    pub p90: T,
    /// 95th.
    pub p95: T,
    /// 99th.
    pub p99: T,
    /// 99.9th.
    pub p999: T,
}

impl<T: Copy> Percentiles<T> {
    /// What `of` says of each.
    pub fn each(mut of: impl FnMut(Percentile) -> T) -> Self {
        Self {
            p50: of(Percentile::P50),
            p90: of(Percentile::P90),
            p95: of(Percentile::P95),
            p99: of(Percentile::P99),
            p999: of(Percentile::P999),
        }
    }

    /// That of one percentile.
    #[must_use]
    pub fn of(&self, percentile: Percentile) -> T {
        match percentile {
            Percentile::P50 => self.p50,
            Percentile::P90 => self.p90,
            Percentile::P95 => self.p95,
            Percentile::P99 => self.p99,
            Percentile::P999 => self.p999,
        }
    }
}

/// A set of figures; a list of their names in files.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics(u16);

impl Statistics {
    /// Whether `statistic` is in it.
    #[must_use]
    pub fn contains(self, statistic: Statistic) -> bool {
        self.0 & (1 << statistic as u16) != 0
    }

    /// Those in it, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Statistic> {
        Statistic::ALL.into_iter().filter(move |statistic| self.contains(*statistic))
    }
}

impl FromIterator<Statistic> for Statistics {
    fn from_iter<I: IntoIterator<Item = Statistic>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, statistic| set | (1 << statistic as u16)))
    }
}

impl fmt::Debug for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Statistics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Statistics;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of figures, such as [p99, mean, max]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Statistics, A::Error> {
                let all = std::iter::from_fn(|| names.next_element::<Statistic>().transpose());
                all.collect::<Result<Statistics, _>>()
            }
        }
        deserializer.deserialize_seq(Names)
    }
}
