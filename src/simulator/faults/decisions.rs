use std::collections::HashMap;

use super::{Faults, Scheduled};

/// Which faults hit the one that asks: each is decided once.
#[derive(Debug, Default)]
pub struct Decisions {
    /// By the fault's place in the schedule and the instant it begins: the clock may be restarted.
    decided: HashMap<(usize, i64), bool>,
}

/// Whether a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It does, as was decided just now.
    Hits,
    /// It does, as was decided before.
    HitBefore,
    Misses,
}

impl Decisions {
    /// Whether `fault`, which has begun, hits.
    pub fn decide(&mut self, faults: &Faults, fault: &Scheduled) -> Decision {
        let id = (fault.index, fault.from_ns);
        match self.decided.get(&id) {
            Some(true) => Decision::HitBefore,
            Some(false) => Decision::Misses,
            None => {
                let hits = faults.hits(fault.index);
                self.decided.insert(id, hits);
                if hits { Decision::Hits } else { Decision::Misses }
            }
        }
    }
}
