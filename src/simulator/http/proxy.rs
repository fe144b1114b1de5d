use std::sync::Arc;

use agent_sandbox_common::api::RUNTIME_PORT;
use http::{Request, StatusCode};

use super::body::{Answer, RequestBody};
use super::context::{Call, Context};
use super::runtime::{self, Passed};
use super::status::Failure;
use crate::store::Key;

/// `pods/proxy`: passes a request on to a pod, `[http:]NAME[:PORT]`.
pub async fn proxy(context: &Arc<Context>, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    let target = call.name().strip_prefix("http:").unwrap_or(call.name());
    let (name, port) = target.split_once(':').unwrap_or((target, ""));
    let port = if port.is_empty() { Some(RUNTIME_PORT) } else { port.parse().ok() };
    let port = port.ok_or_else(|| Failure::bad_request(format!("invalid port in {:?}", call.name())))?;
    let key = Key::new(call.place.namespace.as_deref().unwrap_or_default(), name);
    let pod = context.store.lock().get(call.id, &key).cloned().ok_or_else(|| Failure::not_found(&call.kind, name))?;
    // `/api/v1/namespaces/NAMESPACE/pods/NAME/proxy`, and the path of the pod's own server.
    let path = request.uri().path().split('/').filter(|part| !part.is_empty()).skip(7).collect::<Vec<_>>().join("/");
    let passed = Passed { pod, port, path, request, received_ns: call.received.at_ns };
    runtime::answer(context, passed).await.map_err(|error| {
        let message = format!("error trying to reach service: {error}");
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    })
}
