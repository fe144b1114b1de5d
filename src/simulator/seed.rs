use serde_json::{Value, json};

use super::access;
use super::controller::node;
use super::flow_control;
use super::kinds::{
    self, CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, KindId, NAMESPACES, NODES,
    TEMPLATES, WARM_POOLS,
};
use super::store::{Object, State};
use crate::config;

/// Name of the template and of the pool.
const NAME: &str = "agent-sandbox";
/// Sandboxes of the pool, where the configuration says nothing.
const DEFAULT_REPLICAS: u32 = 100;
const CONTROLLER_NAMESPACE: &str = "agent-sandbox-system";

/// Creates what stands at the start: namespaces, roles, nodes and, unless it starts empty, the stack.
pub fn seed(state: &mut State, config: &config::Simulator, stack: &config::Stack) {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        namespace(state, name);
    }
    for (name, rules) in access::CLUSTER_ROLES {
        create(state, CLUSTER_ROLES, access::cluster_role(name, rules));
    }
    for (role, group) in access::BINDINGS {
        create(state, CLUSTER_ROLE_BINDINGS, access::binding(role, group));
    }
    for (kind, object) in flow_control::objects(config.fairness.as_ref()) {
        create(state, kind, object);
    }
    for index in 0..config.nodes.count {
        create(state, NODES, node(index, config.nodes.pods));
    }
    if config.empty {
        return;
    }
    for definition in kinds::custom_resource_definitions() {
        create(state, CUSTOM_RESOURCE_DEFINITIONS, definition);
    }
    namespace(state, CONTROLLER_NAMESPACE);
    create(state, DEPLOYMENTS, controller(stack));
    if !["default", CONTROLLER_NAMESPACE].contains(&&*stack.namespace) {
        namespace(state, &stack.namespace);
    }
    create(state, TEMPLATES, template(stack));
    let replicas = stack.sandbox_warmpool.replicas.unwrap_or(DEFAULT_REPLICAS);
    create(
        state,
        WARM_POOLS,
        json!({ "metadata": { "name": NAME, "namespace": stack.namespace },
        "spec": { "replicas": replicas, "sandboxTemplateRef": { "name": NAME } } }),
    );
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

fn controller(stack: &config::Stack) -> Value {
    let labels = json!({ "app": "agent-sandbox-controller" });
    let image = format!("registry.k8s.io/agent-sandbox/agent-sandbox-controller:{}", stack.manifest_ref);
    json!({ "metadata": { "name": "agent-sandbox-controller", "namespace": CONTROLLER_NAMESPACE, "labels": labels },
        "spec": { "replicas": 1, "selector": { "matchLabels": labels }, "template": {
            "metadata": { "labels": labels },
            "spec": { "containers": [{ "name": "agent-sandbox-controller", "image": image,
                "args": ["--extensions", "--leader-elect=true"] }] } } } })
}

fn template(stack: &config::Stack) -> Value {
    let wanted = &stack.sandbox_template;
    let mut container = json!({ "name": "sandbox", "image": wanted.image, "resources": {
        "requests": { "cpu": wanted.cpu_request, "memory": wanted.memory_request },
        "limits": { "cpu": wanted.cpu_limit, "memory": wanted.memory_limit } } });
    if !wanted.command.is_empty() {
        container["command"] = json!(wanted.command);
    }
    if !wanted.args.is_empty() {
        container["args"] = json!(wanted.args);
    }
    let env: Vec<Value> = wanted.env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    let policy = serde_json::to_value(wanted.env_vars_injection_policy).unwrap_or_default();
    let management = serde_json::to_value(wanted.network_policy_management).unwrap_or_default();
    json!({ "metadata": { "name": NAME, "namespace": stack.namespace }, "spec": {
        "podTemplate": { "metadata": { "labels": wanted.labels, "annotations": wanted.annotations },
            "spec": { "containers": [container] } },
        "envVarsInjectionPolicy": policy, "networkPolicyManagement": management } })
}
