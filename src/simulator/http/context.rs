use std::sync::Arc;

use serde_json::Value;

use super::fairness::Seats;
use super::path::Place;
use super::query::Query;
use super::received::Received;
use super::snapshots::Snapshots;
use super::status::Failure;
use crate::access::{Authorizer, Tokens, User};
use crate::faults::Faults;
use crate::files::{Files, PodFiles};
use crate::kinds::{self, Kind, KindId};
use crate::processes::Processes;
use crate::requests::Requests;
use crate::settings::Exec;
use crate::store::{Key, Object, Store};
use crate::truth::Truth;

/// What every request needs.
#[derive(Debug)]
pub struct Context {
    pub store: Arc<Store>,
    pub faults: Arc<Faults>,
    pub truth: Arc<Truth>,
    pub requests: Requests,
    /// The administrator's bearer token.
    pub token: String,
    pub admin: Arc<User>,
    /// The tokens of service accounts.
    pub tokens: Arc<Tokens>,
    /// The processes of pods that have one.
    pub processes: Arc<Processes>,
    pub authorizer: Authorizer,
    pub snapshots: Snapshots,
    /// The command that every exec runs.
    pub exec: Exec,
    /// What commands and uploads have written.
    pub files: Arc<Files>,
    /// Seats of API Priority and Fairness, where they are modelled.
    pub seats: Option<Arc<Seats>>,
    /// Whether connections are TLS, where a token is a must.
    pub tls: bool,
}

/// A request for objects, its kind found.
#[derive(Debug, Clone)]
pub struct Call {
    pub place: Place,
    pub id: KindId,
    pub kind: Arc<Kind>,
    pub query: Query,
    pub content_type: String,
    pub accept: String,
    pub user_agent: String,
    pub user: Arc<User>,
    pub received: Received,
}

impl Call {
    pub fn version(&self) -> &str {
        &self.place.version
    }

    /// The key of the object the path names.
    pub fn key(&self) -> Key {
        Key::new(self.place.namespace.as_deref().unwrap_or_default(), self.place.name.as_deref().unwrap_or_default())
    }

    pub fn name(&self) -> &str {
        self.place.name.as_deref().unwrap_or_default()
    }

    pub fn not_found(&self) -> Failure {
        Failure::not_found(&self.kind, self.name())
    }

    /// The object in the version of the request, as JSON that can be changed.
    pub fn read(&self, object: &Object) -> Value {
        let mut value = object.to_value(&self.kind, self.kind.stored_version());
        self.kind.convert(&mut value, self.kind.stored_version(), self.version());
        value
    }

    pub fn dry_run(&self) -> bool {
        self.query.get("dryRun").is_some()
    }
}

impl Context {
    /// The files of a pod, and of its sandbox's volume.
    pub fn files_of<'a>(&'a self, pod: &'a Object, sandbox: &'a Object) -> PodFiles<'a> {
        PodFiles { files: &self.files, pod: &pod.metadata.uid, sandbox: &sandbox.metadata.uid }
    }

    /// The kind a path speaks of; events have one store and two groups.
    pub fn find(&self, place: &mut Place) -> Result<(KindId, Arc<Kind>), Failure> {
        let state = self.store.lock();
        if place.group == "events.k8s.io" && place.plural == "events" && place.version == "v1" {
            place.version = kinds::NEWER_EVENTS.into();
            return Ok((kinds::EVENTS, state.kind(kinds::EVENTS).clone()));
        }
        let id = state.find_kind(&place.group, &place.plural).ok_or_else(Failure::no_such_path)?;
        let kind = state.kind(id).clone();
        if kind.served(&place.version) { Ok((id, kind)) } else { Err(Failure::no_such_path()) }
    }
}
