//! What the API server does to the spec of every pod: it fills in defaults, and refuses what cannot run.

use agent_sandbox_common::names::check_dns_label;
use agent_sandbox_common::schema::FieldFault;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
/// 0644, of the files in volumes.
const FILE_MODE: u32 = 0o644;

/// Sets the fields that a pod has on a cluster even where its writer left them out.
pub fn set_defaults(spec: &mut Value) {
    let Some(spec) = spec.as_object_mut() else { return };
    set(spec, "restartPolicy", "Always");
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "schedulerName", "default-scheduler");
    set(spec, "terminationGracePeriodSeconds", 30);
    set(spec, "enableServiceLinks", true);
    set(spec, "securityContext", json!({}));
    for name in CONTAINERS {
        objects(spec, name).for_each(container);
    }
    objects(spec, "volumes").for_each(volume);
}

/// Sets a field that is not there.
fn set(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if fields.get(name).is_none_or(|given| given.is_null() || given == "") {
        fields.insert(name.into(), value.into());
    }
}

fn objects<'a>(fields: &'a mut Map<String, Value>, name: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn container(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", policy);
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    set(container, "resources", json!({}));
    objects(container, "ports").for_each(|port| set(port, "protocol", "TCP"));
    for name in PROBES {
        if let Some(probe) = container.get_mut(name).and_then(Value::as_object_mut) {
            self::probe(probe);
        }
    }
    if let Some(resources) = container.get_mut("resources").and_then(Value::as_object_mut) {
        request_limits(resources);
    }
}

/// What is limited and not requested is requested up to its limit.
fn request_limits(resources: &mut Map<String, Value>) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    set(resources, "requests", json!({}));
    let Some(requests) = resources.get_mut("requests").and_then(Value::as_object_mut) else { return };
    for (name, limit) in limits {
        set(requests, &name, limit);
    }
}

/// Whether an image is the one that has no other tag, and no digest.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Map<String, Value>) {
    for (name, value) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        set(probe, name, value);
    }
    if let Some(get) = probe.get_mut("httpGet").and_then(Value::as_object_mut) {
        set(get, "path", "/");
        set(get, "scheme", "HTTP");
    }
}

fn volume(volume: &mut Map<String, Value>) {
    if volume.keys().all(|name| name == "name") {
        volume.insert("emptyDir".into(), json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source).and_then(Value::as_object_mut) {
            set(source, "defaultMode", FILE_MODE);
        }
    }
}

/// What the API server would refuse of a pod's spec: as much as says that it was mistaken.
pub fn fault(spec: &str) -> Option<FieldFault> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Spec {
        containers: Vec<Container>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Container {
        name: String,
        image: String,
    }
    let Ok(spec) = serde_json::from_str::<Spec>(spec) else { return None };
    if spec.containers.is_empty() {
        return Some(FieldFault::required("spec.containers"));
    }
    let fault = |(at, it): (usize, &Container)| match check_dns_label(&it.name) {
        Err(allowed) => {
            Some(FieldFault::invalid(format!("spec.containers[{at}].name"), &it.name.as_str().into(), allowed))
        }
        Ok(()) => it.image.is_empty().then(|| FieldFault::required(format!("spec.containers[{at}].image"))),
    };
    spec.containers.iter().enumerate().find_map(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_stays_and_the_rest_is_set() {
        let mut spec = json!({ "restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
            "containers": [{ "name": "a", "image": "host:5000/a", "resources": { "limits": { "cpu": "1" } },
                "ports": [{ "containerPort": 1 }], "livenessProbe": { "httpGet": { "port": 1 }, "periodSeconds": 5 } }],
            "initContainers": [{ "name": "b", "image": "b:1" }, "no container"],
            "volumes": [{ "name": "v" }, { "name": "w", "secret": { "secretName": "s" } }] });
        set_defaults(&mut spec);
        let container = &spec["containers"][0];
        assert_eq!(spec["restartPolicy"], "Never");
        assert_eq!((&spec["terminationGracePeriodSeconds"], &spec["securityContext"]), (&json!(0), &json!({})));
        assert_eq!(container["imagePullPolicy"], "Always");
        assert_eq!(container["resources"]["requests"], json!({ "cpu": "1" }));
        assert_eq!(container["ports"][0]["protocol"], "TCP");
        assert_eq!(
            container["livenessProbe"],
            json!({ "httpGet": { "port": 1, "path": "/", "scheme": "HTTP" },
            "periodSeconds": 5, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3 })
        );
        assert_eq!(spec["initContainers"][0]["imagePullPolicy"], "IfNotPresent");
        assert_eq!(spec["volumes"][0]["emptyDir"], json!({}));
        assert_eq!(spec["volumes"][1]["secret"]["defaultMode"], 420);
        let before = spec.clone();
        set_defaults(&mut spec);
        assert_eq!(spec, before);
    }

    #[test]
    fn images_without_a_tag_are_the_latest() {
        for (image, latest) in [
            ("a", true),
            ("h:1/a", true),
            ("a:latest", true),
            ("a:1", false),
            ("h:1/a:2", false),
            ("a@sha256:0", false),
        ] {
            assert_eq!(is_latest(image), latest, "{image}");
        }
    }
}
