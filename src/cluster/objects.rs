use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use agent_sandbox_common::api::key;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIResource, APIResourceList};
use kube::api::{DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;

use super::ClusterError;
use super::object::{Reference, text};

/// How often a request is sent that the server is too busy for, and the pauses between.
const TRIES: u32 = 5;
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The dynamic API: any kind the server serves, as JSON values.
pub(crate) struct Objects {
    client: kube::Client,
    /// Kinds of each group version asked for so far.
    kinds: Mutex<HashMap<String, Vec<APIResource>>>,
}

impl Objects {
    pub(crate) fn new(client: &kube::Client) -> Self {
        Self { client: client.clone(), kinds: Mutex::default() }
    }

    pub(crate) fn client(&self) -> &kube::Client {
        &self.client
    }

    /// The object, or `None` if it, or its kind, is not there.
    pub(crate) async fn get(&self, at: &Reference) -> Result<Option<Value>, ClusterError> {
        let Some(request) = self.request(&at.api_version, &at.kind, at.namespace.as_deref()).await? else {
            return Ok(None);
        };
        let request = built(request.get(&at.name, &GetParams::default()));
        absent_is_none(format!("getting {at}"), self.send(request?).await)
    }

    /// Server-side apply. `force`: what others set in fields of ours is ours again.
    pub(crate) async fn apply(&self, object: &Value, force: bool) -> Result<Value, ClusterError> {
        let at = Reference::of(object);
        let request = self.needed(&at).await?;
        let parameters = PatchParams { force, ..PatchParams::apply(key::MANAGER) };
        let request = built(request.patch(&at.name, &parameters, &Patch::Apply(object)))?;
        self.send(request).await.map_err(|error| ClusterError::request(format!("applying {at}"), &error))
    }

    /// A JSON merge patch.
    pub(crate) async fn merge(&self, at: &Reference, patch: &Value) -> Result<Value, ClusterError> {
        let request = self.needed(at).await?;
        let parameters = PatchParams { field_manager: Some(key::MANAGER.into()), ..PatchParams::default() };
        let request = built(request.patch(&at.name, &parameters, &Patch::Merge(patch)))?;
        self.send(request).await.map_err(|error| ClusterError::request(format!("patching {at}"), &error))
    }

    /// A JSON merge patch of the status.
    pub(crate) async fn merge_status(&self, at: &Reference, patch: &Value) -> Result<Value, ClusterError> {
        let request = self.needed(at).await?;
        let parameters = PatchParams { field_manager: Some(key::MANAGER.into()), ..PatchParams::default() };
        let request = built(request.patch_subresource("status", &at.name, &parameters, &Patch::Merge(patch)))?;
        let what = format!("patching the status of {at}");
        self.send(request).await.map_err(|error| ClusterError::request(what, &error))
    }

    /// Makes an object that nothing is expected to stand in the place of; the answer of a review comes this way too.
    pub(crate) async fn create(&self, object: &Value) -> Result<Value, ClusterError> {
        let at = Reference::of(object);
        let what = format!("creating {at}");
        let request = self.needed(&at).await?;
        let body = serde_json::to_vec(object).map_err(|error| unexpected(&what, &error))?;
        let request = built(request.create(&PostParams::default(), body))?;
        self.send(request).await.map_err(|error| ClusterError::request(what, &error))
    }

    /// Deletes; false if it was not there. What it owns goes after it.
    pub(crate) async fn delete(&self, at: &Reference) -> Result<bool, ClusterError> {
        self.delete_with(at, &DeleteParams::background()).await
    }

    /// Deletes an object that was read, and has not changed since: status 409 where it has.
    pub(crate) async fn delete_unchanged(&self, at: &Reference, object: &Value) -> Result<bool, ClusterError> {
        let version = text(object, "/metadata/resourceVersion").to_owned();
        let preconditions = Preconditions { resource_version: Some(version), uid: None };
        self.delete_with(at, &DeleteParams::background().preconditions(preconditions)).await
    }

    async fn delete_with(&self, at: &Reference, parameters: &DeleteParams) -> Result<bool, ClusterError> {
        let Some(request) = self.request(&at.api_version, &at.kind, at.namespace.as_deref()).await? else {
            return Ok(false);
        };
        let request = built(request.delete(&at.name, parameters))?;
        let answer = self.send::<Value>(request).await;
        Ok(absent_is_none(format!("deleting {at}"), answer)?.is_some())
    }

    /// All objects of a kind, in one namespace or in all; none if the kind is not served.
    pub(crate) async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        parameters: &ListParams,
    ) -> Result<Vec<Value>, ClusterError> {
        self.listed(api_version, kind, namespace, parameters).await.map(|(objects, _)| objects)
    }

    /// A page of the objects of a kind in all namespaces, and the token of the next, where there is one.
    pub(crate) async fn page(
        &self,
        api_version: &str,
        kind: &str,
        parameters: &ListParams,
    ) -> Result<(Vec<Value>, Option<String>), ClusterError> {
        self.listed(api_version, kind, None, parameters).await
    }

    async fn listed(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        parameters: &ListParams,
    ) -> Result<(Vec<Value>, Option<String>), ClusterError> {
        let Some(request) = self.request(api_version, kind, namespace).await? else { return Ok((Vec::new(), None)) };
        let request = built(request.list(parameters))?;
        let answer = self.send::<Value>(request).await;
        let mut list = absent_is_none(format!("listing {kind}"), answer)?.unwrap_or_default();
        let next = text(&list, "/metadata/continue").to_owned();
        let mut objects = match list["items"].take() {
            Value::Array(objects) => objects,
            _ => Vec::new(),
        };
        for object in &mut objects {
            object["apiVersion"] = api_version.into();
            object["kind"] = kind.into();
        }
        Ok((objects, Some(next).filter(|next| !next.is_empty())))
    }

    /// How many objects of a kind there are in all namespaces, by one short answer.
    pub(crate) async fn count(&self, api_version: &str, kind: &str) -> Result<u64, ClusterError> {
        let Some(request) = self.request(api_version, kind, None).await? else { return Ok(0) };
        let request = built(request.list(&ListParams::default().limit(1)))?;
        let answer = self.send::<Value>(request).await;
        let list = absent_is_none(format!("counting {kind}s"), answer)?.unwrap_or_default();
        let seen = list["items"].as_array().map_or(0, Vec::len) as u64;
        Ok(seen + list.pointer("/metadata/remainingItemCount").and_then(Value::as_u64).unwrap_or(0))
    }

    /// The kinds of a group version; none if it is not served.
    pub(crate) async fn kinds(&self, api_version: &str) -> Result<Vec<APIResource>, ClusterError> {
        if let Some(known) = self.cache().get(api_version) {
            return Ok(known.clone());
        }
        let root = root(api_version);
        let request = http::Request::get(format!("/{root}/{api_version}")).body(Vec::new());
        let request = request.map_err(|error| unexpected("building a request", &error))?;
        let what = format!("asking for the kinds of {api_version}");
        let list: Option<APIResourceList> = absent_is_none(what, self.send(request).await)?;
        // What is not served yet may be soon: only what is there is remembered.
        let Some(list) = list else { return Ok(Vec::new()) };
        self.cache().insert(api_version.to_owned(), list.resources.clone());
        Ok(list.resources)
    }

    /// Forgets the kinds of `group`, whose definitions were changed.
    pub(crate) fn forget(&self, group: &str) {
        self.cache().retain(|api_version, _| !api_version.starts_with(group));
    }

    /// Sends. A request refused with 429 is sent again when the server says, as Kubernetes' own clients do: 429 means
    /// that nothing was done. A CRD's storage is not ready for a moment after a change.
    async fn send<T: DeserializeOwned>(&self, request: http::Request<Vec<u8>>) -> kube::Result<T> {
        for _ in 1..TRIES {
            match self.client.request(request.clone()).await {
                Err(kube::Error::Api(status)) if status.code == 429 => {
                    let asked = status.details.as_ref().map_or(0, |details| details.retry_after_seconds.into());
                    sleep(Duration::from_secs(asked).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
                }
                answer => return answer,
            }
        }
        self.client.request(request).await
    }

    async fn request(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
    ) -> Result<Option<Request>, ClusterError> {
        let kinds = self.kinds(api_version).await?;
        let resource = kinds.iter().find(|resource| resource.kind == kind && !resource.name.contains('/'));
        Ok(resource.map(|resource| Request::new(path(api_version, resource, namespace))))
    }

    async fn needed(&self, at: &Reference) -> Result<Request, ClusterError> {
        let request = self.request(&at.api_version, &at.kind, at.namespace.as_deref()).await?;
        request.ok_or_else(|| ClusterError::Missing {
            what: format!("the kind {} of {}", at.kind, at.api_version),
            next: "this cluster does not serve it: is its version new enough?".into(),
        })
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<APIResource>>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn root(api_version: &str) -> &'static str {
    if api_version.contains('/') { "apis" } else { "api" }
}

/// Path of a kind's collection. A namespaced kind without a namespace: all of them, or `default` where one is needed.
fn path(api_version: &str, resource: &APIResource, namespace: Option<&str>) -> String {
    let root = root(api_version);
    match namespace {
        Some(namespace) if resource.namespaced => {
            format!("/{root}/{api_version}/namespaces/{namespace}/{}", resource.name)
        }
        _ => format!("/{root}/{api_version}/{}", resource.name),
    }
}

fn built(
    request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<http::Request<Vec<u8>>, ClusterError> {
    request.map_err(|error| unexpected("building a request", &error))
}

fn unexpected(what: &str, error: &dyn std::error::Error) -> ClusterError {
    ClusterError::Request { what: what.to_owned(), status: 0, message: error.to_string() }
}

fn absent_is_none<T>(what: String, answer: Result<T, kube::Error>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(ClusterError::request(what, &error)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::json;
    use tower::service_fn;

    use super::*;

    /// A cluster that serves Pods and refuses the first `busy` requests; how many it got is counted.
    fn cluster(busy: u32) -> (Objects, Arc<AtomicU32>) {
        let got = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&got);
        let service = service_fn(move |request: http::Request<kube::client::Body>| {
            let (status, body) = if counted.fetch_add(1, Ordering::Relaxed) < busy {
                (429, json!({"kind": "Status", "status": "Failure", "code": 429}))
            } else if request.uri().path() == "/api/v1" {
                let pods = json!({"name": "pods", "kind": "Pod", "namespaced": true, "singularName": "", "verbs": []});
                (200, json!({"groupVersion": "v1", "resources": [pods]}))
            } else {
                (200, json!({"items": [{}]}))
            };
            let body = kube::client::Body::from(body.to_string().into_bytes());
            async move { http::Response::builder().status(status).body(body) }
        });
        (Objects::new(&kube::Client::new(service, "default")), got)
    }

    #[tokio::test]
    async fn what_a_busy_server_refuses_is_sent_again() {
        let (objects, got) = cluster(TRIES - 1);
        let pods = objects.list("v1", "Pod", None, &ListParams::default()).await.unwrap();
        assert_eq!((pods.len(), got.load(Ordering::Relaxed)), (1, TRIES + 1));
        let (objects, got) = cluster(u32::MAX);
        let error = objects.list("v1", "Pod", None, &ListParams::default()).await.unwrap_err();
        assert_eq!((error.status(), got.load(Ordering::Relaxed)), (Some(429), TRIES));
    }
}
