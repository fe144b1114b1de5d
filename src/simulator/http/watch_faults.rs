use std::collections::HashMap;

use crate::faults::Faults;
use crate::settings::FaultKind;
use agent_sandbox_common::clock::monotonic_ns;

/// What a watch may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on, and ask again at this instant.
    Speak(Option<i64>),
    SilentUntil(i64),
    End,
    Gone,
}

const KINDS: [FaultKind; 3] = [FaultKind::WatchDrop, FaultKind::WatchSilence, FaultKind::WatchGone];

/// One watch's fate: each fault that begins while it is open hits it or does not, once.
#[derive(Debug)]
pub struct WatchFaults {
    opened_ns: i64,
    /// By the fault's place in the schedule and the instant it begins: the clock may be restarted.
    decided: HashMap<(usize, i64), bool>,
    any: bool,
}

impl WatchFaults {
    pub fn new(faults: &Faults) -> Self {
        let any = faults.scheduled(&KINDS).next().is_some();
        Self { opened_ns: monotonic_ns(), decided: HashMap::new(), any }
    }

    /// What the watch may do at `now_ns`.
    pub fn judge(&mut self, faults: &Faults, now_ns: i64) -> Verdict {
        if !self.any {
            return Verdict::Speak(None);
        }
        let mut next: Option<i64> = None;
        for fault in faults.scheduled(&KINDS).filter(|fault| fault.from_ns >= self.opened_ns) {
            if now_ns < fault.from_ns {
                next = Some(next.map_or(fault.from_ns, |next| next.min(fault.from_ns)));
                continue;
            }
            let known = self.decided.get(&(fault.index, fault.from_ns)).copied();
            let hit = known.unwrap_or_else(|| faults.happens(fault.index));
            self.decided.insert((fault.index, fault.from_ns), hit);
            match fault.fault.kind {
                FaultKind::WatchSilence if hit && now_ns < fault.until_ns => {
                    return Verdict::SilentUntil(fault.until_ns);
                }
                FaultKind::WatchDrop if hit && known.is_none() => return Verdict::End,
                FaultKind::WatchGone if hit && known.is_none() => return Verdict::Gone,
                _ => {}
            }
        }
        Verdict::Speak(next)
    }
}
