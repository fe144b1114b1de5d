use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::{History, Key, Object};
use crate::kinds::Kind;

/// All objects of a kind, and what happened to them.
#[derive(Debug)]
pub struct Collection {
    pub kind: Arc<Kind>,
    pub objects: BTreeMap<Key, Arc<Object>>,
    pub history: History,
    /// The resource version of the last write.
    pub written: u64,
    /// Carries the resource version of the last write: watches wait for it to change.
    pub latest: watch::Sender<u64>,
}

impl Collection {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind: Arc::new(kind),
            objects: BTreeMap::new(),
            history: History::default(),
            written: 0,
            latest: watch::Sender::new(0),
        }
    }

    /// The objects of a namespace, or of all where it is `None`, in order.
    pub fn within<'a>(&'a self, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Arc<Object>> {
        let from = Key::new(namespace.unwrap_or_default(), "");
        self.objects
            .range(from..)
            .take_while(move |(key, _)| namespace.is_none_or(|namespace| *key.namespace == *namespace))
            .map(|(_, object)| object)
    }
}
