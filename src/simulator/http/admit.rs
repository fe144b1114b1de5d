use http::StatusCode;
use serde_json::Value;

use super::context::Call;
use super::micro_times;
use super::status::{Failure, FieldFault};
use crate::access;
use crate::kinds::{CUSTOM_RESOURCE_DEFINITIONS, PODS};
use crate::pod_spec;
use crate::store::{Metadata, Object, State};
use agent_sandbox_common::names::{check_dns_label, check_label_key, check_label_value};
use agent_sandbox_common::schema;

/// What an object's annotations may hold together: client-side apply of a large CRD meets this limit.
const MAX_ANNOTATIONS: usize = 256 * 1024;
/// etcd's `--max-request-bytes`.
const MAX_OBJECT: usize = 1536 * 1024;

/// Reads an object the client sent to be stored under `call`'s kind.
pub fn object(call: &Call, mut value: Value) -> Result<Object, Failure> {
    if !call.kind.custom {
        set_type(call, &mut value);
    }
    let given = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    if (given("kind"), given("apiVersion")) != (&*call.kind.kind, call.kind.api_version(call.version())) {
        let message = format!(
            "the kind or API version in the data ({}, {}) does not match the expected one ({}, {})",
            given("kind"),
            given("apiVersion"),
            call.kind.kind,
            call.kind.api_version(call.version())
        );
        return Err(Failure::bad_request(message));
    }
    // The model writes into these, so they must be what they are on a cluster.
    let is_wrong = |section: &&&str| value.get(**section).is_some_and(|it| !it.is_object() && !it.is_null());
    if let Some(section) = ["metadata", "spec", "status", "data"].iter().filter(|_| call.id.is_known()).find(is_wrong) {
        let message = format!(
            "{kind} in version {:?} cannot be handled as a {kind}: {section} must be an object",
            call.version(),
            kind = call.kind.kind
        );
        return Err(Failure::bad_request(message));
    }
    micro_times::fit(call, &mut value)?;
    if call.id == PODS {
        pod_spec::set_defaults(&mut value["spec"]);
    }
    let kept = call.kind.stored_version();
    if call.version() != kept {
        fit(call, call.version(), &mut value)?;
        call.kind.convert(&mut value, call.version(), kept);
    }
    fit(call, kept, &mut value)?;
    let mut object = Object::from_value(value).map_err(|error| {
        Failure::bad_request(format!("{} in version \"{}\" cannot be handled: {error}", call.kind.kind, call.version()))
    })?;
    match (call.kind.namespaced, call.place.namespace.as_deref()) {
        (true, Some(namespace)) if object.metadata.namespace.is_empty() => object.metadata.namespace = namespace.into(),
        (true, Some(namespace)) if *object.metadata.namespace != *namespace => {
            let message = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Failure::bad_request(message));
        }
        (false, _) => object.metadata.namespace = "".into(),
        _ => {}
    }
    Ok(object)
}

/// Built-in kinds need not say what the path says: only custom resources must name their kind and version.
fn set_type(call: &Call, value: &mut Value) {
    let Some(fields) = value.as_object_mut() else { return };
    for (name, own) in [("kind", &*call.kind.kind), ("apiVersion", call.kind.api_version(call.version()))] {
        if fields.get(name).is_none_or(|given| given.is_null() || given == "") {
            fields.insert(name.into(), own.into());
        }
    }
}

/// Makes an object fit the schema of a version, where there is one.
fn fit(call: &Call, version: &str, value: &mut Value) -> Result<(), Failure> {
    let Some(schema) = call.kind.version(version).and_then(|version| version.schema.clone()) else { return Ok(()) };
    let faults = schema::fit(&schema, value);
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    if faults.is_empty() { Ok(()) } else { Err(Failure::invalid(&call.kind, name, &faults)) }
}

/// Refuses a pod that could not run.
pub fn check_pod(call: &Call, pod: &Object) -> Result<(), Failure> {
    let fault = pod_spec::fault(pod.section("spec").map_or("{}", |spec| spec.get()));
    fault.map_or(Ok(()), |fault| Err(Failure::invalid(&call.kind, &pod.metadata.name, &[fault])))
}

/// Refuses a CRD that lacks a version in which objects may be stored.
pub fn check_definition(call: &Call, definition: &Object) -> Result<(), Failure> {
    if call.id != CUSTOM_RESOURCE_DEFINITIONS {
        return Ok(());
    }
    let (spec, status) = (definition.parse("spec"), definition.parse("status"));
    let names = |list: &Value, of: fn(&Value) -> &Value| -> Vec<Value> {
        list.as_array().into_iter().flatten().map(|it| of(it).clone()).collect()
    };
    let versions = names(&spec["versions"], |version| &version["name"]);
    let stored = names(&status["storedVersions"], |name| name);
    let lacking = stored.iter().enumerate().filter(|(_, name)| !versions.contains(name));
    let fault = |(at, name): (usize, &Value)| {
        FieldFault::invalid(format!("status.storedVersions[{at}]"), name, "must appear in spec.versions")
    };
    let faults: Vec<_> = lacking.map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::invalid(&call.kind, &definition.metadata.name, &faults)) }
}

/// Checks what every kind's metadata must be.
pub fn check_metadata(call: &Call, metadata: &Metadata) -> Result<(), Failure> {
    let mut faults = Vec::new();
    let invalid = |field: String, value: &str, why: &str| FieldFault::invalid(field, &value.into(), why);
    let name_is_good = !metadata.name.is_empty()
        && metadata.name.len() <= 253
        && (has_free_names(call) || metadata.name.split('.').all(|label| check_dns_label(label).is_ok()));
    if !name_is_good {
        let why = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
            and must start and end with an alphanumeric character";
        faults.push(invalid("metadata.name".into(), &metadata.name, why));
    }
    for (key, value) in metadata.labels.iter() {
        for check in [check_label_key(key), check_label_value(value)] {
            faults.extend(check.err().map(|why| invalid("metadata.labels".into(), value, why)));
        }
    }
    for (key, _) in metadata.annotations.iter() {
        faults.extend(check_label_key(key).err().map(|why| invalid("metadata.annotations".into(), key, why)));
    }
    if metadata.annotations.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > MAX_ANNOTATIONS {
        let message = format!("Too long: may not be more than {MAX_ANNOTATIONS} bytes");
        faults.push(FieldFault { field: "metadata.annotations".into(), reason: "FieldValueTooLong", message });
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::invalid(&call.kind, &metadata.name, &faults)) }
}

/// Refuses what etcd would not hold.
pub fn check_size(object: &Object) -> Result<(), Failure> {
    if object.size() <= MAX_OBJECT {
        return Ok(());
    }
    Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "", "etcdserver: request is too large"))
}

/// Refuses a role or binding that grants more than its writer holds.
pub fn check_grant(state: &State, call: &Call, object: &Object) -> Result<(), Failure> {
    access::check_escalation(state, &call.user, call.id, object)
        .map_err(|why| Failure::forbidden(&call.kind, &object.metadata.name, &why))
}

/// RBAC names are path segments, not DNS names.
fn has_free_names(call: &Call) -> bool {
    &*call.kind.group == "rbac.authorization.k8s.io"
}
