use crate::config::Share;

/// When the claims of a run are due, as phase after phase adds its own.
pub(super) struct Instants {
    due: Vec<i64>,
    share: Option<Share>,
    /// Claims of all phases so far, other shares' too.
    whole: u64,
    /// Start of the phase that is being added, ns from the run's start.
    start_ns: i64,
    /// Claims that the phase may still add.
    left: u64,
    /// Last instant of the phase, other shares' too, ns from its start.
    last_ns: i64,
    /// True once the phase had more to add than its total.
    cut: bool,
}

/// What a phase has added.
pub(super) struct Added {
    pub last_ns: i64,
    pub cut: bool,
}

impl Instants {
    /// Room for `claims`; of them it keeps the share's.
    pub fn new(claims: u64, share: Option<Share>) -> Self {
        let parts = share.map_or(1, |share| u64::from(share.parts));
        let due = Vec::with_capacity(claims.div_ceil(parts) as usize);
        Self { due, share, whole: 0, start_ns: 0, left: 0, last_ns: 0, cut: false }
    }

    /// Adds a phase that starts at `start_ns` and has `total` claims, at most.
    pub fn phase(&mut self, start_ns: i64, total: Option<u64>, add: impl FnOnce(&mut Self)) -> Added {
        (self.start_ns, self.left, self.last_ns, self.cut) = (start_ns, total.unwrap_or(u64::MAX), 0, false);
        add(self);
        Added { last_ns: self.last_ns, cut: self.cut }
    }

    /// Adds instants, ns from the phase's start, rising, until its total.
    pub fn extend(&mut self, instants: impl Iterator<Item = i64>) {
        for at in instants {
            if self.left == 0 {
                self.cut = true;
                return;
            }
            if self.share.is_none_or(|share| share.owns(self.whole)) {
                self.due.push(self.start_ns.saturating_add(at));
            }
            self.whole += 1;
            self.left -= 1;
            self.last_ns = at;
        }
    }

    pub fn len(&self) -> usize {
        self.due.len()
    }

    pub fn into_due(self) -> Vec<i64> {
        self.due
    }
}

/// Most claims that are due within a window of so many ns.
pub(crate) fn most_within(due: &[i64], window_ns: i64) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (at, instant) in due.iter().enumerate() {
        while instant - due[first] >= window_ns {
            first += 1;
        }
        most = most.max(at + 1 - first);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_cuts_and_a_share_keeps_its_part() {
        let mut instants = Instants::new(8, Some(Share { part: 2, parts: 2 }));
        let added = instants.phase(0, Some(3), |it| it.extend([0, 1, 2].into_iter()));
        assert_eq!((added.last_ns, added.cut), (2, false));
        let added = instants.phase(100, Some(3), |it| it.extend([5, 6, 7, 8].into_iter()));
        assert_eq!((added.last_ns, added.cut), (7, true));
        assert_eq!(instants.into_due(), [1, 105, 107]);
    }

    #[test]
    fn claims_within_a_window() {
        let due = [0, 500_000_000, 999_999_999, 1_000_000_000, 5_000_000_000];
        assert_eq!([1_000_000_000, 10_000_000_000, 1].map(|window| most_within(&due, window)), [3, 5, 1]);
        assert_eq!(most_within(&[], 1), 0);
    }
}
