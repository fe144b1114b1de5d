use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_sandbox_common::clock::monotonic_ns;

use super::Key;

/// What a claim waits for. A later one takes the place of an earlier one, never the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// A seat of API Priority and Fairness.
    Seat,
    /// The server to store it.
    Create,
    /// A controller that takes it up.
    Queue,
    /// The controller's work on it.
    Work,
    /// A pooled sandbox.
    Candidate,
    /// The controller's next try after a write of it was answered with 409.
    Retry,
    /// A node for its Pod.
    Scheduling,
    /// Its Pod to be Ready.
    PodStart,
    /// Its own status to say that it is Ready.
    StatusWrite,
    /// The watches to tell it.
    Delivery,
}

/// What one claim waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimWaits {
    /// In order of time, each from an instant, `CLOCK_MONOTONIC` nanoseconds, to the next one's.
    pub waits: Vec<(Wait, i64)>,
    /// The node of its Pod.
    pub node: Option<Arc<str>>,
}

/// What claims wait for from their creation to Ready, as the server's writes show it, whoever makes them.
#[derive(Debug, Default)]
pub struct Waits {
    are_kept: AtomicBool,
    claims: Mutex<HashMap<Key, ClaimWaits>>,
}

impl Waits {
    /// Keeps them from now on; each is to be taken by [`Waits::take`].
    pub fn keep(&self) {
        self.are_kept.store(true, Ordering::Relaxed);
    }

    /// Those of a claim, which are kept no longer; `None` of one that was never created.
    pub fn take(&self, namespace: &str, name: &str) -> Option<ClaimWaits> {
        self.lock().remove(&Key::new(namespace, name))
    }

    pub(crate) fn are_kept(&self) -> bool {
        self.are_kept.load(Ordering::Relaxed)
    }

    /// A claim was just stored whose request came at `received_ns`, and had a seat at `seated_ns`, where seats are modelled.
    pub(crate) fn begin(&self, claim: Key, received_ns: i64, seated_ns: Option<i64>) {
        if !self.are_kept() {
            return;
        }
        let seat = seated_ns.map(|_| (Wait::Seat, received_ns));
        let rest = [(Wait::Create, seated_ns.unwrap_or(received_ns)), (Wait::Queue, monotonic_ns())];
        let waits = seat.into_iter().chain(rest).collect();
        self.lock().insert(claim, ClaimWaits { waits, node: None });
    }

    /// The claim waits for this from now on.
    pub(crate) fn enter(&self, claim: &Key, wait: Wait) {
        if let Some(claim) = self.lock().get_mut(claim)
            && claim.real().is_some_and(|last| wait > last)
        {
            claim.waits.push((wait, monotonic_ns()));
        }
    }

    /// A write that the claim waits for was answered with 409.
    pub(crate) fn refused(&self, claim: &Key) {
        if let Some(claim) = self.lock().get_mut(claim)
            && claim.last().is_some_and(|last| ![Wait::Retry, Wait::Delivery].contains(&last))
        {
            claim.waits.push((Wait::Retry, monotonic_ns()));
        }
    }

    /// The controller tries again, where a write was refused.
    pub(crate) fn resume(&self, claim: &Key) {
        if let Some(claim) = self.lock().get_mut(claim)
            && claim.last() == Some(Wait::Retry)
            && let Some(before) = claim.real()
        {
            claim.waits.push((before, monotonic_ns()));
        }
    }

    /// The claim's Pod is on a node.
    pub(crate) fn placed(&self, claim: &Key, node: &str) {
        if let Some(claim) = self.lock().get_mut(claim) {
            claim.node.get_or_insert_with(|| node.into());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, ClaimWaits>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClaimWaits {
    fn last(&self) -> Option<Wait> {
        self.waits.last().map(|(wait, _)| *wait)
    }

    /// The last that is no retry.
    fn real(&self) -> Option<Wait> {
        self.waits.iter().map(|(wait, _)| *wait).rfind(|wait| *wait != Wait::Retry)
    }
}

#[cfg(test)]
mod tests {
    use super::Wait::{Create, Delivery, Queue, Retry, Seat, Work};
    use super::*;

    fn kinds(waits: &Waits, name: &str) -> Vec<Wait> {
        waits.take("n", name).unwrap().waits.iter().map(|(wait, _)| *wait).collect()
    }

    #[test]
    fn waits_follow_one_another_and_a_retry_comes_back_to_what_was() {
        let (waits, claim) = (Waits::default(), Key::new("n", "a"));
        waits.begin(claim.clone(), 1, None);
        assert_eq!(waits.take("n", "a"), None, "nobody asked for them");
        waits.keep();
        waits.begin(claim.clone(), 1, Some(2));
        waits.enter(&claim, Work);
        waits.refused(&claim);
        waits.refused(&claim);
        waits.resume(&claim);
        waits.resume(&claim);
        waits.enter(&claim, Queue);
        waits.enter(&claim, Delivery);
        waits.refused(&claim);
        assert_eq!(kinds(&waits, "a"), [Seat, Create, Queue, Work, Retry, Work, Delivery]);
        assert_eq!(waits.take("n", "a"), None, "each is taken once");
    }
}
