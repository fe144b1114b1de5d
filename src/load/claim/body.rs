use std::collections::BTreeMap;

use agent_sandbox_common::api::key;
use agent_sandbox_common::clock::timestamp;
use agent_sandbox_common::strategic_merge::merge;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::config::{ClaimOptions, Duration, LoadObject, WarmPool};
use crate::load::claim::{Owner, Template};

/// What stands for a value until it is known. The run id is in it, so that nothing a user writes can look like it.
fn blank(what: &str, claims: &Claims<'_>) -> String {
    format!("@{what}-{}@", claims.owner.run_id)
}

/// The create body of a pool's claims, or of what stands for them, serialized once; only name and instants differ.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    text: String,
    name: String,
    requested: String,
    shutdown: String,
    shutdown_after: Option<Duration>,
    plain: bool,
}

/// What the claims of one pool have in common.
pub(crate) struct Claims<'a> {
    pub object: LoadObject,
    pub version: &'a str,
    pub namespace: &'a str,
    pub warm_pool: &'a str,
    /// The pool's template: v1alpha1 wants it named, and what is bare is made from it.
    pub template: &'a Template,
    pub owner: &'a Owner,
    pub options: &'a ClaimOptions,
}

/// A claim as the configuration wants it, to be looked at.
#[must_use]
pub(crate) fn example_claim(version: &str, pool: &WarmPool, options: &ClaimOptions) -> Value {
    let owner = Owner::alone("example");
    let (namespace, warm_pool) = (&*pool.namespace, &*pool.name);
    let template = Template { name: warm_pool.to_owned(), spec: Value::Null };
    let object = LoadObject::Claim;
    let claims = Claims { object, version, namespace, warm_pool, template: &template, owner: &owner, options };
    serde_json::from_slice(&Body::new(&claims).of("example")).unwrap_or_default()
}

impl Body {
    pub fn new(claims: &Claims<'_>) -> Self {
        let object = json!({
            "apiVersion": claims.object.api_version(claims.version),
            "kind": claims.object.kind(),
            "metadata": metadata(claims),
            "spec": match claims.object {
                LoadObject::Claim => spec(claims),
                LoadObject::Sandbox => claims.template.sandbox_spec(),
                LoadObject::Pod => claims.template.pod_spec(),
            },
        });
        let shutdown_after = claims.options.lifecycle.as_ref().and_then(|lifecycle| lifecycle.shutdown_after);
        let plain = shutdown_after.is_none() && !claims.options.stamp_first_requested;
        Self {
            text: object.to_string(),
            name: blank("name", claims),
            requested: blank("requested", claims),
            shutdown: blank("shutdown", claims),
            shutdown_after,
            plain,
        }
    }

    /// The body of the claim `name`, sent about now.
    pub fn of(&self, name: &str) -> Bytes {
        let text = self.text.replacen(&self.name, name, 1);
        if self.plain {
            return text.into();
        }
        let now = timestamp();
        let text = text.replacen(&self.requested, &now.to_string(), 1);
        let end = self.shutdown_after.and_then(|after| now.checked_add(SignedDuration::from_nanos(after.nanos())).ok());
        // metav1.Time has whole seconds; rounding up never ends a claim early.
        let end = end.and_then(|end| Timestamp::from_second(end.as_second() + 1).ok());
        text.replacen(&self.shutdown, &end.unwrap_or(now).to_string(), 1).into()
    }
}

fn metadata(claims: &Claims<'_>) -> Value {
    let mut labels = given(claims, "labels", &claims.options.labels);
    let own: Vec<_> = claims.owner.labels().collect();
    labels.extend(own.iter().map(|(key, value)| (*key, &**value)));
    labels.insert(key::MANAGED_BY, key::MANAGER);
    let requested = blank("requested", claims);
    let mut annotations = given(claims, "annotations", &claims.options.annotations);
    if claims.options.stamp_first_requested {
        annotations.insert(key::CLIENT_FIRST_REQUESTED_AT, &requested);
    }
    let mut metadata = Map::new();
    metadata.insert("name".into(), blank("name", claims).into());
    metadata.insert("namespace".into(), claims.namespace.into());
    metadata.insert("labels".into(), json!(labels));
    if !annotations.is_empty() {
        metadata.insert("annotations".into(), json!(annotations));
    }
    Value::Object(metadata)
}

/// Labels or annotations that are not ours: those of the configuration, and of a Pod those of its template.
fn given<'a>(claims: &Claims<'a>, field: &str, options: &'a BTreeMap<String, String>) -> BTreeMap<&'a str, &'a str> {
    let of_pod = (claims.object == LoadObject::Pod).then(|| claims.template.pod_metadata(field));
    let options = options.iter().map(|(key, value)| (&**key, &**value));
    of_pod.into_iter().flatten().chain(options).collect()
}

fn spec(claims: &Claims<'_>) -> Value {
    let mut spec = if claims.version == "v1alpha1" {
        json!({ "sandboxTemplateRef": { "name": claims.template.name }, "warmpool": claims.warm_pool })
    } else {
        json!({ "warmPoolRef": { "name": claims.warm_pool } })
    };
    let options = claims.options;
    if !options.env.is_empty() {
        let env = options.env.iter().map(|env| match &env.container_name {
            Some(container) => json!({ "name": env.name, "value": env.value, "containerName": container }),
            None => json!({ "name": env.name, "value": env.value }),
        });
        spec["env"] = env.collect();
    }
    if !options.volume_claim_templates.is_empty() {
        spec["volumeClaimTemplates"] = json!(options.volume_claim_templates);
    }
    if let Some(lifecycle) = &options.lifecycle {
        let mut object = Map::new();
        lifecycle.shutdown_policy.map(|policy| object.insert("shutdownPolicy".into(), json!(policy)));
        lifecycle.shutdown_after.map(|_| object.insert("shutdownTime".into(), blank("shutdown", claims).into()));
        let ttl = lifecycle.ttl_seconds_after_finished;
        ttl.map(|ttl| object.insert("ttlSecondsAfterFinished".into(), json!(ttl)));
        spec["lifecycle"] = Value::Object(object);
    }
    merge(&mut spec, &Value::Object(options.spec.clone()));
    spec
}

#[cfg(test)]
mod tests {
    use agent_sandbox_common::api::ShutdownPolicy;

    use super::*;
    use crate::config::{EnvVar, Lifecycle};

    fn body(version: &str, options: &ClaimOptions) -> Value {
        object(LoadObject::Claim, version, options)
    }

    fn object(object: LoadObject, version: &str, options: &ClaimOptions) -> Value {
        let pod = json!({"metadata": {"labels": {"app": "a", key::RUN_ID: "x"}, "annotations": {"b": "@name-@"}},
            "spec": {"containers": [], "dnsPolicy": "Default"}});
        let claims = Claims {
            object,
            version,
            namespace: "default",
            warm_pool: "pool",
            template: &Template { name: "template".into(), spec: json!({"podTemplate": pod}) },
            owner: &Owner { run_id: "abcdefgh".into(), runner: Some(3) },
            options,
        };
        serde_json::from_slice(&Body::new(&claims).of("asb-abcdefgh-7")).unwrap()
    }

    #[test]
    fn names_its_pool_in_both_versions() {
        let options = ClaimOptions::default();
        assert_eq!(body("v1beta1", &options)["spec"], json!({"warmPoolRef": {"name": "pool"}}));
        let old = body("v1alpha1", &options);
        assert_eq!(old["spec"], json!({"sandboxTemplateRef": {"name": "template"}, "warmpool": "pool"}));
        assert_eq!(old["metadata"]["name"], "asb-abcdefgh-7");
        assert_eq!(old["metadata"]["labels"][key::RUN_ID], "abcdefgh");
        assert_eq!(old["metadata"]["labels"][key::RUNNER], "3");
    }

    #[test]
    fn bare_objects_are_made_from_the_template_and_carry_our_labels() {
        let options = ClaimOptions::default();
        let ours = json!({key::RUN_ID: "abcdefgh", key::RUNNER: "3", key::MANAGED_BY: key::MANAGER});
        for version in ["v1alpha1", "v1beta1"] {
            let sandbox = object(LoadObject::Sandbox, version, &options);
            assert_eq!(sandbox["apiVersion"], format!("agents.x-k8s.io/{version}"));
            assert_eq!([&sandbox["kind"], &sandbox["metadata"]["name"]], ["Sandbox", "asb-abcdefgh-7"]);
            assert_eq!(sandbox["metadata"]["labels"], ours);
            assert_eq!(sandbox["spec"]["podTemplate"]["metadata"]["labels"]["app"], "a");
            let pod = object(LoadObject::Pod, version, &options);
            assert_eq!([&pod["apiVersion"], &pod["kind"]], ["v1", "Pod"]);
            assert_eq!(pod["metadata"]["name"], "asb-abcdefgh-7");
            assert_eq!(pod["metadata"]["annotations"], json!({"b": "@name-@"}));
            let mut labels = ours.clone();
            labels["app"] = "a".into();
            assert_eq!(pod["metadata"]["labels"], labels);
            assert_eq!(pod["spec"], sandbox["spec"]["podTemplate"]["spec"]);
        }
    }

    #[test]
    fn what_the_configuration_adds_to_the_spec_is_merged_last() {
        let spec = json!({"lifecycle": {"shutdownPolicy": "Retain"}, "additionalPodMetadata": {"labels": {"a": "b"}}});
        let lifecycle = Lifecycle { shutdown_policy: Some(ShutdownPolicy::Delete), ..Lifecycle::default() };
        let options = ClaimOptions {
            lifecycle: Some(lifecycle),
            spec: spec.as_object().unwrap().clone(),
            ..ClaimOptions::default()
        };
        let mut expected = spec;
        expected["warmPoolRef"] = json!({"name": "pool"});
        assert_eq!(body("v1beta1", &options)["spec"], expected);
    }

    #[test]
    fn carries_every_option() {
        let options = ClaimOptions {
            annotations: [("note".to_owned(), "@name-@".to_owned())].into(),
            env: vec![EnvVar { name: "A".into(), value: "\"@name@\n".into(), container_name: None }],
            lifecycle: Some(Lifecycle {
                shutdown_policy: Some(ShutdownPolicy::Delete),
                shutdown_after: Some(Duration::from_secs(60)),
                ttl_seconds_after_finished: Some(5),
            }),
            stamp_first_requested: true,
            ..ClaimOptions::default()
        };
        let body = body("v1beta1", &options);
        assert_eq!(body["metadata"]["name"], "asb-abcdefgh-7");
        assert_eq!(body["spec"]["env"][0]["value"], "\"@name@\n");
        assert_eq!(body["spec"]["lifecycle"]["ttlSecondsAfterFinished"], 5);
        let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
        let requested = time(&body["metadata"]["annotations"][key::CLIENT_FIRST_REQUESTED_AT]);
        let seconds = (time(&body["spec"]["lifecycle"]["shutdownTime"]) - requested).get_seconds();
        assert!((60..=61).contains(&seconds), "{seconds}");
    }
}
