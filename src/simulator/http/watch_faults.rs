use crate::faults::{Decision, Decisions, Effect, Faults, WatchFault};
use agent_sandbox_common::clock::monotonic_ns;

/// What a watch may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchAction {
    /// Go on, and ask again at this instant.
    Send(Option<i64>),
    SilentUntil(i64),
    End,
    Gone,
}

/// The faults of one watch: each that begins while it is open hits it or does not, once.
#[derive(Debug)]
pub struct WatchFaults {
    opened_ns: i64,
    decisions: Decisions,
}

impl WatchFaults {
    pub fn new() -> Self {
        Self { opened_ns: monotonic_ns(), decisions: Decisions::default() }
    }

    /// What the watch may do at `now_ns`.
    pub fn next_action(&mut self, faults: &Faults, now_ns: i64) -> WatchAction {
        let mut next: Option<i64> = None;
        for fault in faults.scheduled().filter(|fault| fault.from_ns >= self.opened_ns) {
            let Effect::Watch(effect) = fault.effect else { continue };
            if now_ns < fault.from_ns {
                next = Some(next.map_or(fault.from_ns, |next| next.min(fault.from_ns)));
                continue;
            }
            match (effect, self.decisions.decide(faults, &fault)) {
                (WatchFault::Silence, Decision::Hits | Decision::HitBefore) if now_ns < fault.until_ns => {
                    return WatchAction::SilentUntil(fault.until_ns);
                }
                (WatchFault::End, Decision::Hits) => return WatchAction::End,
                (WatchFault::Gone, Decision::Hits) => return WatchAction::Gone,
                (WatchFault::End | WatchFault::Silence | WatchFault::Gone, _) => {}
            }
        }
        WatchAction::Send(next)
    }
}
