//! What the kubelet of a node sums up of its Pods: `nodes/proxy` with the path `stats/summary`.

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::Failure;
use crate::kinds::{NODES, PODS};
use crate::store::{Key, Object, is_ready, node_name};

/// What every Pod's containers use once they run: nothing is in them.
const POD_BYTES: u64 = 64 << 20;

/// Answers GET of `stats/summary`; the model's kubelets serve nothing else. There is no pressure, as there is no kernel.
pub fn answer<B>(context: &Context, call: &Call, request: &Request<B>) -> Result<Answer, Failure> {
    if request.method() != Method::GET {
        return Err(Failure::method_not_allowed());
    }
    let state = context.store.lock();
    if state.get(NODES, &Key::new("", call.name())).is_none() {
        return Err(Failure::not_found(&call.kind, call.name()));
    }
    if !request.uri().path().ends_with("/proxy/stats/summary") {
        return Err(Failure::no_such_path());
    }
    let runs = |pod: &&std::sync::Arc<Object>| is_ready(pod) && node_name(pod) == call.name();
    let pods: Vec<Value> = state.objects(PODS).values().filter(runs).map(|pod| stats(pod)).collect();
    let used = pods.len() as u64 * POD_BYTES;
    let node = json!({ "nodeName": call.name(), "memory": { "workingSetBytes": used } });
    Ok(body::json(StatusCode::OK, &json!({ "node": node, "pods": pods })))
}

fn stats(pod: &Object) -> Value {
    let about = &pod.metadata;
    let of = json!({ "name": *about.name, "namespace": *about.namespace, "uid": *about.uid });
    json!({ "podRef": of, "memory": { "workingSetBytes": POD_BYTES, "rssBytes": POD_BYTES } })
}
