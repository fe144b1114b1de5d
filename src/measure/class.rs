use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

words! {
    /// Where the sandbox of a ready claim came from.
    pub enum Class {
        /// From the pool, and Ready when the claim was bound to it.
        Warm = "warm",
        /// From the pool, but not Ready when the claim was bound to it.
        WarmUnready = "warm_unready",
        /// Made for the claim.
        Cold = "cold",
    }
}

/// Ready claims by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// From the pool, and Ready when the claim was bound to it.
    pub warm: u64,
    /// From the pool, but not Ready when the claim was bound to it.
    pub warm_unready: u64,
    /// Made for the claim.
    pub cold: u64,
}

impl Classes {
    /// Claims of one class.
    #[must_use]
    pub const fn of(&self, class: Class) -> u64 {
        match class {
            Class::Warm => self.warm,
            Class::WarmUnready => self.warm_unready,
            Class::Cold => self.cold,
        }
    }

    /// The count of one class.
    pub const fn of_mut(&mut self, class: Class) -> &mut u64 {
        match class {
            Class::Warm => &mut self.warm,
            Class::WarmUnready => &mut self.warm_unready,
            Class::Cold => &mut self.cold,
        }
    }

    /// Adds the claims of another count.
    pub fn add(&mut self, other: &Self) {
        for class in Class::ALL {
            *self.of_mut(class) += other.of(class);
        }
    }

    /// Share of the ready claims that were warm; `None` where none was ready.
    #[must_use]
    pub fn warm_fraction(&self) -> Option<f64> {
        let all: u64 = Class::ALL.into_iter().map(|class| self.of(class)).sum();
        (all > 0).then(|| self.warm as f64 / all as f64)
    }
}
