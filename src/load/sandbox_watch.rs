//! What sessions that suspend a Sandbox, or resume it, are shown of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A Sandbox as the watch showed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SandboxSeen {
    /// When, ns of the run.
    pub at: i64,
    /// True where it may have been so well before.
    pub upper_bound: bool,
    /// The condition Ready.
    pub ready: Option<Observed>,
    /// The condition Suspended, which the first API has not.
    pub suspended: Option<Observed>,
    /// The first address of its pod.
    pub pod_ip: Option<Box<str>>,
}

/// A condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observed {
    /// Whether it is True.
    pub is: bool,
    /// The generation of the spec that it was computed from; 0 where it does not say.
    pub generation: i64,
}

impl Observed {
    /// Whether it is of the spec of `generation`, or of a later one.
    pub fn is_of(self, generation: i64) -> bool {
        self.generation == 0 || self.generation >= generation
    }
}

/// The sessions that follow a Sandbox, by the uid of the claim that has it, or its own where it is bare.
#[derive(Debug, Default)]
pub(crate) struct SandboxWatch(Mutex<HashMap<Box<str>, UnboundedSender<SandboxSeen>>>);

impl SandboxWatch {
    /// Everything that is shown of the Sandbox from now on.
    pub fn follow(&self, uid: &str) -> UnboundedReceiver<SandboxSeen> {
        let (sender, receiver) = unbounded_channel();
        self.lock().insert(uid.into(), sender);
        receiver
    }

    /// Shows it to the session that follows it.
    pub fn show(&self, uid: &str, seen: impl FnOnce() -> SandboxSeen) {
        let mut all = self.lock();
        if all.get(uid).is_some_and(|session| session.send(seen()).is_err()) {
            all.remove(uid); // the session has ended
        }
    }

    /// It is gone.
    pub fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, UnboundedSender<SandboxSeen>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
