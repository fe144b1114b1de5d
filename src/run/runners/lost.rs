use std::collections::HashSet;

use crate::config::Share;
use crate::load::{Names, Plan, lost_record};
use crate::measure::ClaimRecord;

/// What a runner took with it.
pub(super) struct Lost<'a> {
    pub runner: u32,
    pub share: Share,
    /// Claims whose end it had told, by their place in its share.
    pub told: &'a HashSet<u64>,
    /// Until when it may have sent, ns from the run's start; what was due by then counts as sent.
    pub sent_until_ns: i64,
    /// Now.
    pub at_ns: i64,
}

impl Lost<'_> {
    /// A record for each claim of its share that it told nothing of: `failed(runner_lost)` where it may have been sent,
    /// `not_sent(runner_lost)` where it cannot have been.
    pub fn records(&self, plan: &Plan, names: &Names) -> Vec<ClaimRecord> {
        let mine = (0..plan.due.len() as u64).filter_map(|index| self.share.nth(index).map(|nth| (index, nth)));
        let untold = mine.filter(|(_, nth)| !self.told.contains(nth));
        let record = |(index, _): (u64, u64)| {
            let sent = plan.due[index as usize] <= self.sent_until_ns;
            lost_record(plan, names, index, self.runner, sent, self.at_ns)
        };
        untold.map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config;
    use crate::measure::End;

    #[test]
    fn what_is_not_told_of_is_failed_or_not_sent() {
        let config = config::from_value(json!({"load": {"rate": 10, "duration": "1s"}}), &[]).unwrap();
        let plan = Plan::new(&config.load, 1).unwrap();
        let told = HashSet::from([0, 2]);
        let share = Share { part: 2, parts: 2 };
        let lost = Lost { runner: 1, share, told: &told, sent_until_ns: 300_000_000, at_ns: 500_000_000 };
        let records = lost.records(&plan, &Names::new("abcdefgh", None));
        let told: Vec<_> = records.iter().map(|it| (it.index, it.end.clone(), it.runner)).collect();
        assert_eq!(
            told,
            [
                (3, End::runner_lost(true), Some(1)),
                (7, End::runner_lost(false), Some(1)),
                (9, End::runner_lost(false), Some(1))
            ]
        );
        assert_eq!(records[0].name, "asb-abcdefgh-3");
    }
}
