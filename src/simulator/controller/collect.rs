use std::sync::Arc;

use super::controllers::Controllers;
use crate::kinds::{KindId, PODS};
use crate::pod_grace::grace_seconds;
use crate::store::{Change, Event, Key, Object, State, Timestamp};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

impl Controllers {
    /// The garbage collector: deletes objects whose owners are gone, then owners that waited for their dependents.
    pub(super) fn collect(&mut self, kind: KindId, event: &Event) {
        let metadata = &event.object.metadata;
        if event.change == Change::Deleted {
            let mut state = self.store.lock();
            for (kind, key) in state.dependents(&metadata.uid) {
                disown(&mut state, kind, &key, &metadata.uid);
            }
            for owner in &metadata.owner_references {
                finish_foreground(&mut state, &event.object, owner);
            }
        } else if metadata.deletion_timestamp.is_some() {
            let mut state = self.store.lock();
            if has(&event.object, ORPHAN) {
                release(&mut state, kind, &event.object);
            } else if has(&event.object, FOREGROUND) {
                let dependents = state.dependents(&metadata.uid);
                for (kind, key) in dependents {
                    delete_before_owner(&mut state, kind, &key);
                }
                if state.dependents(&metadata.uid).is_empty() {
                    remove_finalizer(&mut state, kind, &event.key(), FOREGROUND);
                }
            }
        }
    }
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.metadata.finalizers.iter().any(|name| &**name == finalizer)
}

/// Removes an owner that is gone from an object; deletes the object where it has no other.
fn disown(state: &mut State, kind: KindId, key: &Key, owner: &str) {
    let Some(object) = state.get(kind, key) else { return };
    if object.metadata.owner_references.iter().all(|reference| *reference.uid == *owner) {
        delete(state, kind, key);
    } else {
        state.update(kind, key, |object| object.metadata.owner_references.retain(|r| *r.uid != *owner));
    }
}

/// Deletes a dependent of an owner that waits for it: in the foreground where it has dependents itself, as the garbage
/// collector does (`attemptToDeleteItem` in pkg/controller/garbagecollector).
fn delete_before_owner(state: &mut State, kind: KindId, key: &Key) {
    let Some(object) = state.get(kind, key) else { return };
    let is_deleted = object.metadata.deletion_timestamp.is_some();
    let uid = object.metadata.uid.clone();
    let now = state.now();
    if !is_deleted && !has(object, FOREGROUND) && !state.dependents(&uid).is_empty() {
        state.update(kind, key, |object| {
            object.metadata.finalizers.push(FOREGROUND.into());
            object.metadata.deletion_timestamp = Some(now);
        });
    } else {
        delete(state, kind, key);
    }
}

/// Deletes in the background.
pub fn delete(state: &mut State, kind: KindId, key: &Key) {
    let Some(object) = state.get(kind, key) else { return };
    if object.metadata.deletion_timestamp.is_some() {
        return;
    }
    let grace = if kind == PODS { grace_seconds(object, None) } else { 0 };
    if object.metadata.finalizers.is_empty() && grace == 0 {
        state.remove(kind, key);
        return;
    }
    let at = Timestamp(state.now().0.saturating_add(grace));
    state.update(kind, key, |object| {
        object.metadata.deletion_timestamp = Some(at);
        object.metadata.deletion_grace_period_seconds = Some(grace);
    });
}

/// Removes an owner from its dependents, then the owner's finalizer.
fn release(state: &mut State, kind: KindId, owner: &Arc<Object>) {
    for (kind, key) in state.dependents(&owner.metadata.uid) {
        state.update(kind, &key, |object| object.metadata.owner_references.retain(|r| r.uid != owner.metadata.uid));
    }
    remove_finalizer(state, kind, &Key::of(owner), ORPHAN);
}

/// Removes the finalizer of an owner that waited for the last of its dependents.
fn finish_foreground(state: &mut State, gone: &Object, owner: &crate::store::OwnerReference) {
    if !state.dependents(&owner.uid).is_empty() {
        return;
    }
    let found = state.kinds().find(|(_, kind)| kind.kind == owner.kind).map(|(id, kind)| (id, kind.namespaced));
    let Some((kind, namespaced)) = found else { return };
    let namespace = if namespaced { gone.metadata.namespace.clone() } else { "".into() };
    let key = Key::new(namespace, owner.name.clone());
    let waits = state.get(kind, &key).is_some_and(|object| {
        object.metadata.uid == owner.uid && object.metadata.deletion_timestamp.is_some() && has(object, FOREGROUND)
    });
    if waits {
        remove_finalizer(state, kind, &key, FOREGROUND);
    }
}

/// Removes a finalizer; without any left the object is removed.
pub fn remove_finalizer(state: &mut State, kind: KindId, key: &Key, name: &str) {
    let Some(object) = state.get(kind, key) else { return };
    if object.metadata.finalizers.iter().all(|finalizer| &**finalizer == name) {
        state.remove(kind, key);
    } else {
        state.update(kind, key, |object| object.metadata.finalizers.retain(|finalizer| &**finalizer != name));
    }
}
