use agent_sandbox_common::release::Line;
use agent_sandbox_common::strategic_merge::merge;
use agent_sandbox_simulator::{Installed, Options};
use serde_json::{Value, json};

use super::program::own_command;
use crate::config::{Config, SandboxTemplate, Stack};

/// The embedded simulator of `config`, on a free port of loopback: its stack stands, its runners are this program.
#[must_use]
pub fn simulator_options(config: &Config) -> Options {
    // Without a file of this program's own, pods of runners fail to start, and say so.
    let mut runner = own_command().unwrap_or_default();
    if !runner.is_empty() {
        runner.extend(["runner", "--listen", "127.0.0.1:0", "--kubeconfig"].map(Into::into));
    }
    let mut settings = config.simulator.clone();
    settings.release = settings.release.or_else(|| Line::of(&config.stack.manifest_ref));
    Options { installed: installed(&config.stack), runner, ..Options::from(settings) }
}

/// What a simulator has of `stack`.
pub(super) fn installed(stack: &Stack) -> Installed {
    let default = Installed::default();
    Installed {
        release: stack.manifest_ref.clone(),
        namespace: stack.namespace.clone(),
        template: template(&stack.sandbox_template),
        replicas: stack.sandbox_warmpool.replicas.unwrap_or(default.replicas),
        pool: Value::Object(stack.sandbox_warmpool.spec.clone()),
    }
}

/// `spec` of the `SandboxTemplate`.
fn template(wanted: &SandboxTemplate) -> Value {
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
    let mut spec = json!({
        "podTemplate": { "metadata": { "labels": wanted.labels, "annotations": wanted.annotations },
            "spec": { "containers": [container] } },
        "envVarsInjectionPolicy": wanted.env_vars_injection_policy,
        "networkPolicyManagement": wanted.network_policy_management,
    });
    merge(&mut spec, &Value::Object(wanted.spec.clone()));
    spec
}
