//! The router of agent-sandbox: it finds a sandbox's pod by headers. Here it has the address of the API server.

use std::sync::Arc;

use agent_sandbox_common::api::{RUNTIME_PORT, key};
use http::{Request, StatusCode};
use serde_json::json;

use super::body::{self, Answer, RequestBody};
use super::context::Context;
use super::received::Received;
use super::runtime::{self, Passed};
use super::status::Failure;
use crate::kinds::{PODS, SANDBOXES};
use crate::store::{Key, Object};

const ID: &str = "x-sandbox-id";

/// Whether a request is meant for the router.
pub fn is_for_router(request: &Request<RequestBody>) -> bool {
    request.headers().contains_key(ID)
}

/// Passes a request on to the pod of the sandbox that its headers name.
pub async fn route(
    context: &Arc<Context>,
    request: Request<RequestBody>,
    received: &Received,
) -> Result<Answer, Failure> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default().to_owned());
    let (id, namespace) =
        (text(ID).unwrap_or_default(), text("x-sandbox-namespace").unwrap_or_else(|| "default".into()));
    let port = text("x-sandbox-port").map_or(Some(RUNTIME_PORT), |port| port.parse().ok().filter(|port| *port > 0));
    let Some(port) = port else { return Ok(refused(StatusCode::BAD_REQUEST, "Invalid port format.")) };
    let no_backend = || refused(StatusCode::BAD_GATEWAY, &format!("Could not connect to the backend sandbox: {id}"));
    let Some(pod) = pod_of(context, &namespace, &id, text("x-sandbox-pod-ip").as_deref()) else {
        return Ok(no_backend());
    };
    let (path, received_ns) = (request.uri().path().to_owned(), received.at_ns);
    let answer = runtime::answer(context, Passed { pod, port, path, request, received_ns }).await;
    Ok(answer.unwrap_or_else(|_| no_backend()))
}

/// The pod of a sandbox; none whose address is another than the one given.
fn pod_of(context: &Context, namespace: &str, sandbox: &str, address: Option<&str>) -> Option<Arc<Object>> {
    let state = context.store.lock();
    let of = Key::new(namespace, sandbox);
    let name = state
        .get(SANDBOXES, &of)
        .and_then(|sandbox| sandbox.metadata.annotations.get(key::POD_NAME).map(str::to_owned));
    let pod = state.get(PODS, &Key::new(namespace, name.as_deref().unwrap_or(sandbox))).cloned()?;
    let own = pod.parse("status")["podIP"].as_str().map(str::to_owned);
    address.is_none_or(|address| own.as_deref() == Some(address)).then_some(pod)
}

fn refused(code: StatusCode, detail: &str) -> Answer {
    body::json(code, &json!({ "detail": detail }))
}
