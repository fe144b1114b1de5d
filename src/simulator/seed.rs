use agent_sandbox_common::api::{CONTROLLER, CONTROLLER_NAMESPACE};
use serde_json::{Value, json};

use super::access;
use super::controller::node;
use super::flow_control;
use super::kinds::{
    self, CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, KindId, NAMESPACES, NODES,
    TEMPLATES, WARM_POOLS,
};
use super::store::{Object, State};
use super::{Controller, Installed, Settings};

/// Name of the template and of the pool.
const NAME: &str = "agent-sandbox";

/// Creates what stands at the start: namespaces, roles, nodes and, unless it starts empty, the stack.
pub fn seed(state: &mut State, settings: &Settings, installed: &Installed) {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        namespace(state, name);
    }
    for (name, rules) in access::CLUSTER_ROLES {
        create(state, CLUSTER_ROLES, access::cluster_role(name, rules));
    }
    for (role, group) in access::BINDINGS {
        create(state, CLUSTER_ROLE_BINDINGS, access::binding(role, group));
    }
    for (kind, object) in flow_control::objects(settings.fairness.as_ref()) {
        create(state, kind, object);
    }
    for index in 0..settings.nodes.count {
        create(state, NODES, node(index, settings.nodes.pods));
    }
    if settings.starts_empty() {
        return;
    }
    for definition in kinds::custom_resource_definitions(settings.line()) {
        create(state, CUSTOM_RESOURCE_DEFINITIONS, definition);
    }
    namespace(state, CONTROLLER_NAMESPACE);
    if settings.controller == Controller::Model {
        create(state, DEPLOYMENTS, controller(installed));
    }
    if !["default", CONTROLLER_NAMESPACE].contains(&&*installed.namespace) {
        namespace(state, &installed.namespace);
    }
    create(
        state,
        TEMPLATES,
        json!({ "metadata": { "name": NAME, "namespace": installed.namespace }, "spec": installed.template }),
    );
    let mut pool = installed.pool.clone();
    pool["replicas"] = installed.replicas.into();
    pool["sandboxTemplateRef"] = json!({ "name": NAME });
    create(state, WARM_POOLS, json!({ "metadata": { "name": NAME, "namespace": installed.namespace }, "spec": pool }));
}

fn create(state: &mut State, kind: KindId, value: Value) {
    let object = Object::from_value(value).expect("written by hand above");
    state.create(kind, object);
}

fn namespace(state: &mut State, name: &str) {
    create(
        state,
        NAMESPACES,
        json!({ "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } },
        "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" } }),
    );
}

fn controller(installed: &Installed) -> Value {
    let labels = json!({ "app": CONTROLLER });
    let image = format!("registry.k8s.io/agent-sandbox/{CONTROLLER}:{}", installed.release);
    json!({ "metadata": { "name": CONTROLLER, "namespace": CONTROLLER_NAMESPACE, "labels": labels },
        "spec": { "replicas": 1, "selector": { "matchLabels": labels }, "template": {
            "metadata": { "labels": labels },
            "spec": { "containers": [{ "name": CONTROLLER, "image": image,
                "args": ["--extensions", "--leader-elect=true"] }] } } } })
}
