use std::sync::Arc;

use agent_sandbox_common::api::RUNTIME_PORT;
use http::{Request, StatusCode};
use serde_json::Value;

use super::body::{Answer, RequestBody};
use super::context::{Call, Context};
use super::kubelet_stats;
use super::runtime::{self, Passed};
use super::status::Failure;
use crate::kinds::{NODES, PODS, SERVICES};
use crate::store::{Key, Object, Selector, State, is_ready};

/// `pods/proxy`, `services/proxy` and `nodes/proxy`.
pub async fn proxy(context: &Arc<Context>, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    if call.id == NODES { kubelet_stats::answer(context, call, &request) } else { to_pod(context, call, request).await }
}

/// Passes a request on to a pod. The name is `[http:]NAME[:PORT]`.
async fn to_pod(context: &Arc<Context>, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    let target = call.name().strip_prefix("http:").unwrap_or(call.name());
    let (name, port) = target.split_once(':').unwrap_or((target, ""));
    let key = Key::new(call.place.namespace.as_deref().unwrap_or_default(), name);
    let (pod, port) = {
        let state = context.store.lock();
        let named = state.get(call.id, &key).cloned().ok_or_else(|| Failure::not_found(&call.kind, name))?;
        if call.id == SERVICES { behind(&state, &named, port)? } else { (named, pod_port(call, port)?) }
    };
    // `/api/v1/namespaces/NAMESPACE/pods/NAME/proxy`, and the path of the pod's own server.
    let path = request.uri().path().split('/').filter(|part| !part.is_empty()).skip(7).collect::<Vec<_>>().join("/");
    let passed = Passed { pod, port, path, request, received_ns: call.received.at_ns };
    runtime::answer(context, passed)
        .await
        .map_err(|error| unavailable(format!("error trying to reach service: {error}")))
}

fn pod_port(call: &Call, port: &str) -> Result<u16, Failure> {
    let number = if port.is_empty() { Ok(RUNTIME_PORT) } else { port.parse() };
    number.map_err(|_| Failure::bad_request(format!("invalid port in {:?}", call.name())))
}

/// The pod behind a Service, and its port for a port of the Service, by number or name; without one, for its only port.
fn behind(state: &State, service: &Object, port: &str) -> Result<(Arc<Object>, u16), Failure> {
    let (name, spec) = (&service.metadata.name, service.parse("spec"));
    let ports: Vec<&Value> = spec["ports"].as_array().into_iter().flatten().collect();
    let is_meant = |one: &&&Value| {
        let number = one["port"].as_u64().map(|number| number.to_string());
        number.as_deref() == Some(port) || one["name"] == port || (port.is_empty() && ports.len() == 1)
    };
    let found = ports.iter().find(is_meant);
    let found = found.ok_or_else(|| unavailable(format!("no service port {port:?} found for service {name:?}")))?;
    let selector = Selector::of(&serde_json::json!({ "matchLabels": spec["selector"] }));
    let mut pods = state.collection(PODS).within(Some(&service.metadata.namespace));
    let pod = pods
        .find(|pod| selector.as_ref().is_some_and(|it| it.matches(&pod.metadata.labels)) && is_ready(pod))
        .filter(|_| spec["selector"].is_object())
        .ok_or_else(|| unavailable(format!("no endpoints available for service {name:?}")))?;
    let target = match &found["targetPort"] {
        Value::String(named) => port_of(pod, named),
        number => number.as_u64().or(found["port"].as_u64()),
    };
    Ok((Arc::clone(pod), target.and_then(|port| u16::try_from(port).ok()).unwrap_or_default()))
}

/// The port of that name of a pod's containers.
fn port_of(pod: &Object, name: &str) -> Option<u64> {
    let spec = pod.parse("spec");
    let containers = spec["containers"].as_array()?.iter();
    containers
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .find(|port| port["name"] == name)?["containerPort"]
        .as_u64()
}

fn unavailable(message: String) -> Failure {
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
}
