use agent_sandbox_common::strategic_merge::merge;
use serde_json::{Map, Value, json};

use super::template as templates;
use crate::cluster::object::child;
use crate::config::{ConfigError, InjectionPolicy, NetworkPolicyManagement, SandboxTemplate, Stack};
use crate::stack::StackError;
use crate::stack::manifest::Dialect;

/// Label and taint key of the nodes that carry sandboxes; GKE's own, which its admission policies look at.
pub(in crate::stack) const RUNTIME_KEY: &str = "sandbox.gke.io/runtime";
/// Name of the template and of the pool.
pub(in crate::stack) const NAME: &str = "agent-sandbox";

/// The `SandboxTemplate`; `class`: its runtime class, if any.
pub(super) fn template(stack: &Stack, dialect: &Dialect, class: Option<&str>) -> Result<Value, StackError> {
    let it = &stack.sandbox_template;
    let env: Vec<_> = it.env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut template = one(templates::render(
        "sandbox-template.yaml",
        &json!({
            "api_version": dialect.api_version(),
            "name": NAME,
            "namespace": stack.namespace,
            "labels": it.labels,
            "annotations": it.annotations,
            "service_account": it.service_account,
            "runtime_class": class,
            "runtime_key": RUNTIME_KEY,
            "node_selector": class.map(node_selector),
            "image": it.image,
            "command": it.command,
            "args": it.args,
            "env": env,
            "cpu_request": it.cpu_request,
            "cpu_limit": it.cpu_limit,
            "memory_request": it.memory_request,
            "memory_limit": it.memory_limit,
            "policies": policies(it, dialect)?,
        }),
    )?)?;
    merge(child(&mut template, "spec"), &Value::Object(it.spec.clone()));
    dialect.check_template(&template)?;
    Ok(template)
}

/// The `SandboxWarmPool`.
pub(super) fn pool(stack: &Stack, dialect: &Dialect) -> Result<Value, StackError> {
    let mut pool = one(templates::render(
        "warm-pool.yaml",
        &json!({
            "api_version": dialect.api_version(),
            "name": NAME,
            "namespace": stack.namespace,
            "replicas": stack.sandbox_warmpool.replicas.unwrap_or(0),
        }),
    )?)?;
    merge(child(&mut pool, "spec"), &Value::Object(stack.sandbox_warmpool.spec.clone()));
    dialect.check_pool(&pool)?;
    Ok(pool)
}

/// A pod as the template's sandboxes are.
pub(super) fn probe(template: &Value) -> Result<Value, StackError> {
    let mut spec = template.pointer("/spec/podTemplate/spec").cloned().unwrap_or_default();
    spec["restartPolicy"] = json!("Never");
    // It is told to end as soon as it is seen to run.
    spec["terminationGracePeriodSeconds"] = json!(1);
    one(templates::render(
        "probe-pod.yaml",
        &json!({
            "name": format!("{NAME}-probe"),
            "namespace": template["metadata"]["namespace"].as_str(),
            "pod_spec": spec,
        }),
    )?)
}

pub(super) fn node_selector(class: &str) -> Value {
    json!({RUNTIME_KEY: class})
}

/// Fields that came with one version or another. One the API lacks is left out where it holds its default, and is an
/// error where somebody set it.
fn policies(it: &SandboxTemplate, dialect: &Dialect) -> Result<Map<String, Value>, ConfigError> {
    let fields = [
        (
            "networkPolicyManagement",
            "network_policy_management",
            Some(json!(it.network_policy_management)),
            it.network_policy_management == NetworkPolicyManagement::Managed,
        ),
        (
            "envVarsInjectionPolicy",
            "env_vars_injection_policy",
            Some(json!(it.env_vars_injection_policy)),
            it.env_vars_injection_policy == InjectionPolicy::Disallowed,
        ),
        ("service", "service", it.service.map(Value::from), it.service.is_none()),
    ];
    let mut policies = Map::new();
    for (name, field, value, is_default) in fields {
        match value {
            Some(value) if dialect.template_has(name) => {
                policies.insert(name.to_owned(), value);
            }
            Some(_) if !is_default => {
                let message = format!("the SandboxTemplate of {} has no field {name}", dialect.api_version());
                return Err(ConfigError::new(format!("stack.sandbox_template.{field}"), message));
            }
            _ => {}
        }
    }
    Ok(policies)
}

fn one(objects: Vec<Value>) -> Result<Value, StackError> {
    objects
        .into_iter()
        .next()
        .ok_or_else(|| StackError::Manifest { origin: "data".into(), message: "a template holds no object".into() })
}
