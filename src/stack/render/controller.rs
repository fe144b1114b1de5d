use serde_json::{Value, json};

use crate::cluster::object::{child, text};
use crate::config::{ConfigError, Controller};
use crate::stack::StackError;
use crate::stack::manifest::{CONTROLLER, Manifests};

/// Annotation of the controller's Deployment: what its manifests are of.
pub(in crate::stack) const MANIFEST_REF: &str = "agent-sandbox-bench/manifest-ref";
/// Where an image should be, in the repository's files; only a release names one.
const PLACEHOLDER: &str = "ko://";

/// The controller's Deployment, configured.
pub(super) struct Configured {
    pub(super) deployment: Value,
    pub(super) warnings: Vec<String>,
}

/// Configures the Deployment of the manifests, so that it is applied once and never restarted for a setting.
pub(super) fn render(controller: &Controller, manifests: &Manifests) -> Result<Configured, StackError> {
    let mut deployment = manifests.controller()?.clone();
    *child(child(child(&mut deployment, "metadata"), "annotations"), MANIFEST_REF) = json!(manifests.reference);
    // Never two controllers at a time, as without leader election both would act.
    deployment["spec"]["strategy"] = json!({"type": "Recreate"});
    let mut warnings = Vec::new();
    let container = container(&mut deployment, manifests)?;
    container["image"] = json!(image(controller, text(container, "/image"))?);
    let flags = flags(controller);
    for (flag, field) in flags.iter().filter_map(|flag| Some((flag, flag.field?))) {
        check_flag(flag.name, field, controller, manifests, &mut warnings)?;
    }
    container["args"] = json!(arguments(container, &flags));
    set_environment(container, controller);
    container["resources"] = json!({
        "requests": {"cpu": controller.cpu_request, "memory": controller.memory_request},
        "limits": {"cpu": controller.cpu_limit, "memory": controller.memory_limit},
    });
    Ok(Configured { deployment, warnings })
}

fn container<'a>(deployment: &'a mut Value, manifests: &Manifests) -> Result<&'a mut Value, StackError> {
    let containers = deployment.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
    let containers = containers.map_or(&mut [][..], Vec::as_mut_slice);
    let at = containers.iter().position(|container| container["name"] == CONTROLLER).unwrap_or(0);
    containers.get_mut(at).ok_or_else(|| StackError::Manifest {
        origin: manifests.reference.clone(),
        message: format!("the Deployment {CONTROLLER} has no container"),
    })
}

fn image(controller: &Controller, published: &str) -> Result<String, ConfigError> {
    match &controller.image {
        Some(image) => Ok(image.clone()),
        None if published.is_empty() || published.starts_with(PLACEHOLDER) => Err(ConfigError::not_allowed(
            "stack.controller.image",
            "nothing",
            "an image, as these manifests name none (a placeholder stands in them); a release tag brings its own",
        )),
        None => Ok(published.to_owned()),
    }
}

/// A flag we set. `field`: the field of `stack.controller` somebody set it with.
struct Flag {
    name: &'static str,
    value: Option<String>,
    field: Option<&'static str>,
}

fn flags(controller: &Controller) -> Vec<Flag> {
    let numbers = [
        ("sandbox-claim-concurrent-workers", "claim_workers", controller.claim_workers.map(i64::from)),
        ("sandbox-concurrent-workers", "sandbox_workers", controller.sandbox_workers.map(i64::from)),
        ("sandbox-warm-pool-concurrent-workers", "warmpool_workers", controller.warmpool_workers.map(i64::from)),
        (
            "sandbox-warm-pool-max-batch-size",
            "warmpool_max_batch_size",
            controller.warmpool_max_batch_size.map(i64::from),
        ),
        ("kube-api-burst", "kube_api_burst", controller.kube_api_burst.map(i64::from)),
    ];
    let leader_elect = Some(controller.leader_elect.to_string());
    let mut flags = vec![
        Flag { name: "leader-elect", value: leader_elect, field: None },
        Flag { name: "extensions", value: None, field: None },
    ];
    for (name, field, value) in numbers {
        flags.extend(value.map(|value| Flag { name, value: Some(value.to_string()), field: Some(field) }));
    }
    if let Some(qps) = controller.kube_api_qps {
        flags.push(Flag { name: "kube-api-qps", value: Some(qps.to_string()), field: Some("kube_api_qps") });
    }
    if controller.enable_tracing {
        flags.push(Flag { name: "enable-tracing", value: None, field: Some("enable_tracing") });
    }
    flags
}

/// A flag the controller does not know would end it at its start. Its source says so beforehand, unless the image is
/// another's.
fn check_flag(
    name: &str,
    field: &str,
    controller: &Controller,
    manifests: &Manifests,
    warnings: &mut Vec<String>,
) -> Result<(), StackError> {
    let Some(known) = &manifests.flags else { return Ok(()) };
    if known.contains(name) {
        return Ok(());
    }
    let message = format!("the controller of {} has no flag --{name}", manifests.reference);
    if controller.image.is_none() {
        return Err(ConfigError::new(format!("stack.controller.{field}"), message).into());
    }
    warnings.push(format!("stack.controller.{field}: {message}; the image {} may", text_of(controller.image.as_ref())));
    Ok(())
}

fn text_of(image: Option<&String>) -> &str {
    image.map_or("", String::as_str)
}

/// The manifest's arguments with ours instead of theirs: each flag stands once.
fn arguments(container: &Value, flags: &[Flag]) -> Vec<String> {
    let theirs = container["args"].as_array().map_or(&[][..], Vec::as_slice);
    let name_of = |argument: &str| {
        let name = argument.trim_start_matches('-');
        name.split_once('=').map_or(name, |(name, _)| name).to_owned()
    };
    let kept = theirs.iter().filter_map(Value::as_str).filter(|argument| {
        let name = name_of(argument);
        !flags.iter().any(|flag| flag.name == name)
    });
    let ours = flags.iter().map(|flag| match &flag.value {
        Some(value) => format!("--{}={value}", flag.name),
        None => format!("--{}", flag.name),
    });
    kept.map(ToOwned::to_owned).chain(ours).collect()
}

fn set_environment(container: &mut Value, controller: &Controller) {
    let Some(endpoint) = &controller.otel_endpoint else { return };
    let insecure = !endpoint.starts_with("https://");
    let ours =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()), ("OTEL_EXPORTER_OTLP_INSECURE", insecure.to_string())];
    let mut variables = container["env"].as_array().cloned().unwrap_or_default();
    variables.retain(|variable| !ours.iter().any(|(name, _)| variable["name"] == *name));
    variables.extend(ours.iter().map(|(name, value)| json!({"name": name, "value": value})));
    container["env"] = json!(variables);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_stands_once_and_theirs_give_way() {
        let container = json!({"args": ["--leader-elect=true", "-extensions", "--enable-webhook=false"]});
        let flags = flags(&Controller { claim_workers: Some(8), kube_api_qps: Some(-1.0), ..Controller::default() });
        let expected = [
            "--enable-webhook=false",
            "--leader-elect=false",
            "--extensions",
            "--sandbox-claim-concurrent-workers=8",
            "--kube-api-qps=-1",
        ];
        assert_eq!(arguments(&container, &flags), expected);
    }

    #[test]
    fn a_placeholder_needs_an_image() {
        let error = image(&Controller::default(), "ko://sigs.k8s.io/agent-sandbox").unwrap_err();
        assert_eq!(error.field, "stack.controller.image");
        assert_eq!(image(&Controller::default(), "registry/x:v1").unwrap(), "registry/x:v1");
    }
}
