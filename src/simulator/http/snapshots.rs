use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::Object;

/// Lists that were given in part: what is left of each, as it was when the list began.
#[derive(Debug, Default)]
pub struct Snapshots(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    lists: VecDeque<(u64, Snapshot)>,
}

/// What is left of a list.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub version: u64,
    pub rest: Arc<[Arc<Object>]>,
}

/// Lists that are kept; the oldest goes first, as if compacted.
const MAX_LISTS: usize = 64;

impl Snapshots {
    /// Keeps what is left of a list; gives the token to go on with.
    pub fn keep(&self, snapshot: Snapshot) -> String {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.next += 1;
        let token = inner.next;
        if inner.lists.len() == MAX_LISTS {
            inner.lists.pop_front();
        }
        inner.lists.push_back((token, snapshot));
        format!("list-{token}")
    }

    /// What is left of a list; `None` where it was let go.
    pub fn get(&self, token: &str) -> Option<Snapshot> {
        let number: u64 = token.strip_prefix("list-")?.parse().ok()?;
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.lists.iter().find(|(token, _)| *token == number).map(|(_, snapshot)| snapshot.clone())
    }
}
