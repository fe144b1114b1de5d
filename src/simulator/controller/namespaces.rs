use std::sync::Arc;
use std::time::Duration;

use super::collect;
use super::controllers::Controllers;
use super::timers::Task;
use crate::kinds::{CONFIG_MAPS, KindId, NAMESPACES, SERVICE_ACCOUNTS};
use crate::store::{Change, Event, Key, Metadata, Object};

/// A deleted namespace is looked at this often.
const FINALIZE_EVERY: Duration = Duration::from_millis(20);

impl Controllers {
    pub(super) fn namespace_changed(&mut self, event: &Event) {
        let name = &event.object.metadata.name;
        if event.change == Change::Added {
            let mut state = self.store.lock();
            for (kind, object) in [(SERVICE_ACCOUNTS, "default"), (CONFIG_MAPS, "kube-root-ca.crt")] {
                if state.get(kind, &Key::new(name.clone(), object)).is_none() {
                    let metadata = Metadata { name: object.into(), namespace: name.clone(), ..Metadata::default() };
                    state.create(kind, Object::new(metadata));
                }
            }
        }
        let deleted = |object: &Object| object.metadata.deletion_timestamp.is_some();
        if event.change != Change::Deleted && deleted(&event.object) && !event.previous.as_deref().is_some_and(deleted)
        {
            self.after(Duration::ZERO, Task::Finalize(name.clone()));
        }
    }

    /// Deletes what is in a deleted namespace; removes it once it is empty.
    pub(super) fn finalize_namespace(&mut self, namespace: &Arc<str>) {
        let mut state = self.store.lock();
        let kinds: Vec<KindId> = state.kinds().filter(|(_, kind)| kind.namespaced).map(|(id, _)| id).collect();
        let mut left = false;
        for kind in kinds {
            let keys: Vec<Key> = state.collection(kind).within(Some(namespace)).map(|object| Key::of(object)).collect();
            for key in keys {
                collect::delete(&mut state, kind, &key);
                left |= state.get(kind, &key).is_some();
            }
        }
        if left {
            drop(state);
            return self.after(FINALIZE_EVERY, Task::Finalize(namespace.clone()));
        }
        let key = Key::new("", namespace.clone());
        let waits = state.get(NAMESPACES, &key).is_some_and(|object| !object.metadata.finalizers.is_empty());
        if !waits {
            state.remove(NAMESPACES, &key);
        }
    }
}
