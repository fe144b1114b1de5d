use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::claim_queue::ClaimId;
use crate::kinds::KindId;
use crate::store::Key;

/// What is to be done at an instant.
#[derive(Debug)]
pub enum Task {
    /// A claim worker ends its work on a claim.
    Bind(ClaimId),
    /// A claim that waited is looked at again.
    Retry(ClaimId),
    /// A claim may have expired.
    Expire(Key),
    /// A pod's image is there.
    Pulled(Key, Arc<str>),
    /// A pod gets its addresses.
    Network(Key, Arc<str>, Ipv4Addr),
    /// A pod's containers become ready.
    Start(Key, Arc<str>),
    /// A pod's containers exit by themselves, with this code.
    Exit(Key, Arc<str>, i32),
    /// A deleted pod's containers end.
    End(Key, Arc<str>),
    /// A pool's next batch is due.
    Refill(Key),
    PoolStatus(Key),
    /// A Deployment, a `DaemonSet` or a CRD becomes ready.
    RollOut(KindId, Key),
    /// A deleted namespace may be empty.
    Finalize(Arc<str>),
    /// Processes of pods may have ended.
    PollProcesses,
}

/// Tasks by the instant they are due, in the order they were given where instants are equal.
#[derive(Debug, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    given: u64,
}

#[derive(Debug)]
struct Timer {
    due_ns: i64,
    order: u64,
    task: Task,
}

impl Timers {
    pub fn add(&mut self, due_ns: i64, task: Task) {
        self.given += 1;
        self.heap.push(Reverse(Timer { due_ns, order: self.given, task }));
    }

    /// When the first is due.
    pub fn next(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse(timer)| timer.due_ns)
    }

    /// The first, if it is due.
    pub fn pop(&mut self, now_ns: i64) -> Option<Task> {
        if self.next()? > now_ns {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer.task)
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due_ns, self.order).cmp(&(other.due_ns, other.order))
    }
}
