use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde_json::Value;

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::Failure;
use crate::store::{Key, Object};

/// GET of a pod's log: one line from its start, as no container but a runner's runs here.
pub fn log(context: &Arc<Context>, call: &Call) -> Result<Answer, Failure> {
    let state = context.store.lock();
    let pod = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    // Listening starts under the same lock: nothing that happens to the pod is missed.
    let latest = state.collection(call.id).latest.subscribe();
    drop(state);
    let container = container(call, &pod)?;
    if call.query.is_true("previous") {
        let message = format!("previous terminated container {container:?} in pod {:?} not found", call.name());
        return Err(Failure::bad_request(message));
    }
    let text = match context.processes.log(&pod.metadata.uid) {
        Some(text) => text,
        None => said(call, &pod, &container)?,
    };
    if call.query.is_true("follow") {
        return Ok(follow(context, call, &pod, latest, text));
    }
    Ok(body::text(text))
}

/// The container that is asked for, or the only one.
pub fn container(call: &Call, pod: &Object) -> Result<String, Failure> {
    let spec = pod.parse("spec");
    let names: Vec<&str> =
        spec["containers"].as_array().into_iter().flatten().filter_map(|it| it["name"].as_str()).collect();
    let list = names.join(" ");
    match (call.query.get("container"), &names[..]) {
        (Some(name), _) if names.contains(&name) => Ok(name.into()),
        (Some(name), _) => Err(Failure::bad_request(format!("container {name} is not valid for pod {}", call.name()))),
        (None, [only]) => Ok((*only).into()),
        (None, _) => Err(Failure::bad_request(format!(
            "a container name must be specified for pod {}, choose one of: [{list}]",
            call.name()
        ))),
    }
}

fn said(call: &Call, pod: &Object, container: &str) -> Result<String, Failure> {
    let status = pod.parse("status");
    let mut statuses = status["containerStatuses"].as_array().into_iter().flatten();
    let state = statuses.find(|it| it["name"] == *container).map_or(&Value::Null, |it| &it["state"]);
    let Some(started) = state["running"]["startedAt"].as_str() else {
        let why = state["waiting"]["reason"].as_str().unwrap_or("ContainerCreating");
        let message = format!("container {container:?} in pod {:?} is waiting to start: {why}", call.name());
        return Err(Failure::bad_request(message));
    };
    if call.query.get("tailLines") == Some("0") {
        return Ok(String::new());
    }
    let stamp = if call.query.is_true("timestamps") { format!("{started} ") } else { String::new() };
    let line = format!("{stamp}simulated container {container} of pod {}/{}\n", pod.metadata.namespace, call.name());
    let limit = call.query.number("limitBytes")?.map_or(line.len(), |limit| line.len().min(limit as usize));
    Ok(line.chars().take(limit).collect())
}

/// Follows a log until the pod is gone.
fn follow(
    context: &Arc<Context>,
    call: &Call,
    pod: &Object,
    latest: tokio::sync::watch::Receiver<u64>,
    text: String,
) -> Answer {
    let (context, id, key, uid) = (context.clone(), call.id, Key::of(pod), pod.metadata.uid.clone());
    let lines = stream::unfold((Some(text), latest), move |(text, mut latest)| {
        let (context, key, uid) = (context.clone(), key.clone(), uid.clone());
        async move {
            if let Some(text) = text {
                return Some((Ok::<_, Infallible>(Frame::data(Bytes::from(text))), (None, latest)));
            }
            let stands = || context.store.lock().get(id, &key).is_some_and(|pod| pod.metadata.uid == uid);
            while stands() && latest.changed().await.is_ok() {}
            None
        }
    });
    let mut answer = Response::new(BodyExt::boxed_unsync(StreamBody::new(lines)));
    *answer.status_mut() = StatusCode::OK;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
