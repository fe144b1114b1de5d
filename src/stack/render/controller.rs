use agent_sandbox_common::api::CONTROLLER;
use serde_json::{Value, json};

use crate::cluster::object::{child, text};
use crate::config::{ConfigError, Controller, Flag, flag_name};
use crate::stack::StackError;
use crate::stack::manifest::Manifests;

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
    for flag in controller.flags() {
        if let Some(field) = flag.field {
            check_flag(flag.name, field, controller, manifests, &mut warnings)?;
        }
    }
    warnings.extend(doubts(controller, manifests));
    container["args"] = json!(arguments(container, controller));
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

/// Flags of `args` that the controller's source does not declare. Its libraries add some, so that only it can tell.
fn doubts(controller: &Controller, manifests: &Manifests) -> Vec<String> {
    let Some(known) = &manifests.flags else { return Vec::new() };
    let library = |name: &str| name == "kubeconfig" || name.starts_with("zap-");
    let names = controller.args.iter().map(|argument| flag_name(argument));
    let unknown = names.filter(|name| !known.contains(*name) && !library(name));
    let doubt =
        |name| format!("stack.controller.args: the source of {} declares no flag --{name}", manifests.reference);
    unknown.map(doubt).collect()
}

fn text_of(image: Option<&String>) -> &str {
    image.map_or("", String::as_str)
}

/// The manifest's arguments with ours instead of theirs: each flag stands once.
fn arguments(container: &Value, controller: &Controller) -> Vec<String> {
    let ours = controller.flags().into_iter().map(|Flag { name, value, .. }| match value {
        Some(value) => format!("--{name}={value}"),
        None => format!("--{name}"),
    });
    let ours: Vec<String> = ours.chain(controller.args.iter().cloned()).collect();
    let theirs = container["args"].as_array().map_or(&[][..], Vec::as_slice);
    let kept = theirs.iter().filter_map(Value::as_str).filter(|it| !ours.iter().any(|o| flag_name(o) == flag_name(it)));
    kept.map(ToOwned::to_owned).chain(ours.iter().cloned()).collect()
}

fn set_environment(container: &mut Value, controller: &Controller) {
    let mut ours = controller.tracing_env();
    ours.extend(controller.env.iter().map(|(name, value)| (name.as_str(), value.clone())));
    if ours.is_empty() {
        return;
    }
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
        let args = vec!["--api-connections=4".to_owned()];
        let controller = Controller { claim_workers: Some(8), kube_api_qps: Some(-1.0), args, ..Controller::default() };
        let expected = [
            "--enable-webhook=false",
            "--leader-elect=false",
            "--extensions",
            "--sandbox-claim-concurrent-workers=8",
            "--kube-api-qps=-1",
            "--api-connections=4",
        ];
        assert_eq!(arguments(&container, &controller), expected);
    }

    #[test]
    fn a_free_flag_takes_the_place_of_the_manifests_and_of_a_default() {
        let container = json!({"args": ["--leader-elect=true", "--extensions", "--enable-webhook=false"]});
        let args = ["--leader-elect=true", "-enable-webhook=true"].map(ToOwned::to_owned).to_vec();
        let controller = Controller { args, ..Controller::default() };
        let expected = ["--extensions", "--leader-elect=true", "-enable-webhook=true"];
        assert_eq!(arguments(&container, &controller), expected);
    }

    #[test]
    fn a_variable_of_ours_takes_the_place_of_the_manifests() {
        let mut container = json!({"env": [{"name": "GOGC", "value": "100"}, {"name": "A", "value": "b"}]});
        let env = [("GOGC".to_owned(), "50".to_owned())].into();
        set_environment(&mut container, &Controller { env, ..Controller::default() });
        assert_eq!(container["env"], json!([{"name": "A", "value": "b"}, {"name": "GOGC", "value": "50"}]));
    }

    #[test]
    fn a_placeholder_needs_an_image() {
        let error = image(&Controller::default(), "ko://sigs.k8s.io/agent-sandbox").unwrap_err();
        assert_eq!(error.field, "stack.controller.image");
        assert_eq!(image(&Controller::default(), "registry/x:v1").unwrap(), "registry/x:v1");
    }
}
