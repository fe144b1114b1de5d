use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};
#[cfg(not(feature = "made-up"))]
use std::sync::Condvar as Written;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(feature = "made-up")]
use tokio::sync::Notify as Written;

use super::{Change, Collection, Event, Key, Metadata, Object, Timestamp, Waits, is_ready, mode_asked, truth_uid};
use crate::clock::Clock;
use crate::kinds::{self, CLAIMS, CUSTOM_RESOURCE_DEFINITIONS, Kind, KindId, PODS, SANDBOXES};
use crate::random::Random;
use crate::truth::Truth;
use agent_sandbox_common::clock::monotonic_ns;

/// The state of the cluster behind one lock, held for a microsecond or so by each write.
#[derive(Debug)]
pub struct Store {
    state: Mutex<State>,
    /// Wakes the controllers.
    written: Written,
}

/// Everything the cluster knows.
#[derive(Debug)]
pub struct State {
    version: u64,
    collections: Vec<Collection>,
    by_resource: HashMap<(Arc<str>, Arc<str>), KindId>,
    /// Who is owned, by the owner's uid.
    dependents: HashMap<Arc<str>, BTreeSet<(KindId, Key)>>,
    /// Writes the controllers have not seen yet.
    inbox: Vec<(KindId, Event)>,
    controllers_wait: bool,
    /// Collections written under the present lock.
    touched: Vec<KindId>,
    pub clock: Arc<Clock>,
    pub random: Random,
    truth: Arc<Truth>,
    pub waits: Arc<Waits>,
}

impl Store {
    pub fn new(clock: Arc<Clock>, random: Random, truth: Arc<Truth>) -> Self {
        let mut state = State {
            version: 1,
            collections: Vec::new(),
            by_resource: HashMap::new(),
            dependents: HashMap::new(),
            inbox: Vec::new(),
            controllers_wait: false,
            touched: Vec::new(),
            clock,
            random,
            truth,
            waits: Arc::default(),
        };
        for kind in kinds::built_in() {
            state.add_kind(kind);
        }
        Self { state: Mutex::new(state), written: Written::default() }
    }

    /// The state, for reading and writing. Watches and controllers that wait for a write wake when the guard is dropped.
    pub fn lock(&self) -> Guard<'_> {
        Guard { store: self, state: Some(self.state.lock().unwrap_or_else(PoisonError::into_inner)) }
    }

    /// As [`Store::take_written`], for a task.
    #[cfg(feature = "made-up")]
    pub async fn take_written_later(&self, timeout: Duration, events: &mut Vec<(KindId, Event)>) {
        let must_wait = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.controllers_wait = state.inbox.is_empty();
            state.controllers_wait
        };
        if must_wait {
            let _ = tokio::time::timeout(timeout, self.written.notified()).await;
        }
        self.take_written(Duration::ZERO, events);
    }

    /// Takes what was written since the last call into `events`; waits for a write, `timeout` at most.
    #[cfg_attr(feature = "made-up", expect(unused_variables, reason = "one thread cannot wait for itself"))]
    pub fn take_written(&self, timeout: Duration, events: &mut Vec<(KindId, Event)>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        #[cfg(not(feature = "made-up"))]
        if state.inbox.is_empty() && !timeout.is_zero() {
            state.controllers_wait = true;
            state = self.written.wait_timeout(state, timeout).unwrap_or_else(PoisonError::into_inner).0;
            state.controllers_wait = false;
        }
        std::mem::swap(&mut state.inbox, events);
    }

    /// Ends a wait in [`Store::take_written`].
    #[cfg(not(feature = "made-up"))]
    pub fn wake_controllers(&self) {
        self.written.notify_all();
    }
}

/// A lock on the [`State`].
pub struct Guard<'a> {
    store: &'a Store,
    state: Option<MutexGuard<'a, State>>,
}

impl Deref for Guard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.state.as_ref().expect("there until it is dropped")
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.state.as_mut().expect("there until it is dropped")
    }
}

impl Drop for Guard<'_> {
    /// Unlocks before it wakes a waiter, which would only wait for the lock.
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        if state.touched.is_empty() {
            return;
        }
        let version = state.version;
        let touched = std::mem::take(&mut state.touched);
        let senders: Vec<_> = touched.iter().map(|kind| state.collections[kind.0].latest.clone()).collect();
        let wake = std::mem::take(&mut state.controllers_wait);
        drop(state);
        for latest in senders {
            // To wake costs the same where no watch waits.
            if latest.receiver_count() > 0 {
                latest.send_replace(version);
            }
        }
        if wake {
            self.store.written.notify_one();
        }
    }
}

impl State {
    /// The resource version of the last write.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn add_kind(&mut self, kind: Kind) -> KindId {
        let id = KindId(self.collections.len());
        self.by_resource.insert((kind.group.clone(), kind.plural.clone()), id);
        self.collections.push(Collection::new(kind));
        id
    }

    /// Puts another row in the place of a kind, such as one that is served from now on.
    pub fn replace_kind(&mut self, id: KindId, kind: Kind) {
        self.collections[id.0].kind = Arc::new(kind);
    }

    pub fn find_kind(&self, group: &str, plural: &str) -> Option<KindId> {
        self.by_resource.get(&(group.into(), plural.into())).copied()
    }

    pub fn kind(&self, id: KindId) -> &Arc<Kind> {
        &self.collections[id.0].kind
    }

    pub fn kinds(&self) -> impl Iterator<Item = (KindId, &Arc<Kind>)> {
        self.collections.iter().enumerate().map(|(at, collection)| (KindId(at), &collection.kind))
    }

    pub fn collection(&self, id: KindId) -> &Collection {
        &self.collections[id.0]
    }

    pub fn objects(&self, id: KindId) -> &BTreeMap<Key, Arc<Object>> {
        &self.collections[id.0].objects
    }

    pub fn get(&self, kind: KindId, key: &Key) -> Option<&Arc<Object>> {
        self.objects(kind).get(key)
    }

    /// Forgets the history of every kind.
    pub fn compact(&mut self) {
        let version = self.version;
        self.collections.iter_mut().for_each(|collection| collection.history.compact(version));
    }

    /// The server's wall clock, skew and all.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.wall().as_second())
    }

    /// Stores a new object under a new uid.
    pub fn create(&mut self, kind: KindId, mut object: Object) -> Arc<Object> {
        object.metadata.uid = self.random.uid();
        object.metadata.creation_timestamp = Some(self.now());
        object.metadata.generation = u64::from(self.kind(kind).counts_generations);
        self.store(kind, object)
    }

    /// Stores an object in the place of the one of the same key, if there is one.
    pub fn store(&mut self, kind: KindId, mut object: Object) -> Arc<Object> {
        self.version += 1;
        object.metadata.resource_version = self.version;
        let (key, object) = (Key::of(&object), Arc::new(object));
        let previous = self.collections[kind.0].objects.insert(key.clone(), object.clone());
        self.index_owners(kind, &key, previous.as_deref(), Some(&object));
        let change = if previous.is_some() { Change::Modified } else { Change::Added };
        self.record(kind, change, object.clone(), previous);
        object
    }

    /// Changes an object, if it is there.
    pub fn update(&mut self, kind: KindId, key: &Key, change: impl FnOnce(&mut Object)) -> Option<Arc<Object>> {
        let mut object = Object::clone(self.get(kind, key)?);
        change(&mut object);
        Some(self.store(kind, object))
    }

    /// Removes an object, if it is there, and gives its last state.
    pub fn remove(&mut self, kind: KindId, key: &Key) -> Option<Arc<Object>> {
        let previous = self.collections[kind.0].objects.remove(key)?;
        self.version += 1;
        let mut last = Object::clone(&previous);
        last.metadata.resource_version = self.version;
        let last = Arc::new(last);
        self.index_owners(kind, key, Some(&previous), None);
        self.record(kind, Change::Deleted, last.clone(), Some(previous));
        Some(last)
    }

    /// The objects that name `uid` as an owner.
    pub fn dependents(&self, uid: &str) -> Vec<(KindId, Key)> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    fn record(&mut self, kind: KindId, change: Change, object: Arc<Object>, previous: Option<Arc<Object>>) {
        let told = is_in_truth(kind, &object.metadata);
        let becomes_ready = told && becomes_ready(&object, previous.as_deref());
        let event = Event { change, object, previous, written_ns: monotonic_ns(), becomes_ready };
        match kind {
            _ if told && change == Change::Deleted => self.truth.deleted(&event.object.metadata.uid),
            CUSTOM_RESOURCE_DEFINITIONS => self.serve(&event),
            SANDBOXES => {
                if let Some(change) = mode_asked(&event) {
                    self.truth.mode_written(&truth_uid(&event.object), change, event.written_ns);
                }
            }
            _ => {}
        }
        if self.waits.are_kept() {
            self.note_wait(kind, &event);
        }
        self.inbox.push((kind, event.clone()));
        let collection = &mut self.collections[kind.0];
        collection.written = event.resource_version();
        collection.history.push(event);
        if !self.touched.contains(&kind) {
            self.touched.push(kind);
        }
    }

    /// Serves what a `CustomResourceDefinition` defines from its write on, or stops serving it.
    fn serve(&mut self, definition: &Event) {
        let Some(mut kind) = kinds::custom_kind(definition.object.parse("spec")) else { return };
        if definition.change == Change::Deleted {
            kind.versions.iter_mut().for_each(|version| version.served = false);
        }
        let known = self.find_kind(&kind.group, &kind.plural);
        if let Some(id) = known.filter(|_| definition.change == Change::Deleted) {
            // With its definition go all objects of a kind.
            let keys: Vec<Key> = self.objects(id).keys().cloned().collect();
            for key in keys {
                self.remove(id, &key);
            }
        }
        match known {
            Some(id) if self.kind(id).custom => self.replace_kind(id, kind),
            Some(_) => {}
            None => {
                self.add_kind(kind);
            }
        }
    }

    fn index_owners<'a>(&mut self, kind: KindId, key: &Key, before: Option<&'a Object>, after: Option<&'a Object>) {
        let owners = |object: Option<&'a Object>| object.map_or(&[][..], |object| &object.metadata.owner_references);
        let (before, after) = (owners(before), owners(after));
        if before == after {
            return;
        }
        for owner in before {
            if let Some(list) = self.dependents.get_mut(&owner.uid) {
                list.remove(&(kind, key.clone()));
                if list.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
        for owner in after {
            self.dependents.entry(owner.uid.clone()).or_default().insert((kind, key.clone()));
        }
    }
}

/// Whether the truth says what becomes of an object: of claims, and of Sandboxes and Pods that nothing controls.
pub fn is_in_truth(kind: KindId, metadata: &Metadata) -> bool {
    kind == CLAIMS || ([SANDBOXES, PODS].contains(&kind) && metadata.controlled_by().is_none())
}

fn becomes_ready(object: &Object, previous: Option<&Object>) -> bool {
    let status = |object: &Object| object.section("status").cloned();
    let (now, before) = (status(object), previous.and_then(status));
    let unchanged = match (&now, &before) {
        (Some(now), Some(before)) => Arc::ptr_eq(now, before),
        (None, _) => true,
        _ => false,
    };
    !unchanged && is_ready(object) && !previous.is_some_and(is_ready)
}
