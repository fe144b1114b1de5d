//! Quotas on the number of objects in a namespace.

use serde_json::Value;

use super::context::Call;
use super::status::Failure;
use crate::kinds::{Kind, PODS, RESOURCE_QUOTAS};
use crate::store::{Object, State};

/// Kinds whose number a quota may also name without `count/`.
const NAMED: [&str; 7] =
    ["pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "resourcequotas", "replicationcontrollers"];

/// Refuses an object for which a quota of its namespace has no room. Quotas with scopes, and those on anything but the
/// number of objects, do not count.
pub fn check(state: &State, call: &Call, object: &Object) -> Result<(), Failure> {
    let namespace = &*object.metadata.namespace;
    // Mostly there is none, and a create must not cost more for that.
    if namespace.is_empty() || state.objects(RESOURCE_QUOTAS).is_empty() {
        return Ok(());
    }
    for quota in state.collection(RESOURCE_QUOTAS).within(Some(namespace)) {
        let spec = quota.parse("spec");
        if !spec["scopes"].is_null() || !spec["scopeSelector"].is_null() {
            continue;
        }
        for (resource, hard) in limits(&call.kind, &spec) {
            let used = used(state, call, namespace, resource.starts_with("count/"));
            if used >= hard {
                let why = format!(
                    "exceeded quota: {}, requested: {resource}=1, used: {resource}={used}, limited: {resource}={hard}",
                    quota.metadata.name
                );
                return Err(Failure::forbidden(&call.kind, &object.metadata.name, &why));
            }
        }
    }
    Ok(())
}

/// The names and limits of a kind in a quota.
fn limits<'a>(kind: &Kind, spec: &'a Value) -> impl Iterator<Item = (&'a str, usize)> {
    let counted = format!("count/{}", kind.qualified());
    let named = NAMED.iter().find(|name| kind.group.is_empty() && **name == &*kind.plural).copied();
    let hard = spec["hard"].as_object().into_iter().flatten();
    hard.filter(move |(name, _)| **name == counted || named == Some(name)).filter_map(|(name, limit)| {
        let text = limit.as_str().map_or_else(|| limit.to_string(), Into::into);
        Some((&**name, count(&text)?))
    })
}

/// A quantity of whole things: `5`, `1k`.
fn count(text: &str) -> Option<usize> {
    let (digits, factor) = text.strip_suffix('k').map_or((text, 1), |digits| (digits, 1000));
    digits.parse::<usize>().ok()?.checked_mul(factor)
}

/// The objects of the kind; of pods those that have not ended, unless all are asked for.
fn used(state: &State, call: &Call, namespace: &str, all: bool) -> usize {
    let within = state.collection(call.id).within(Some(namespace));
    if call.id != PODS || all {
        return within.count();
    }
    let has_ended = |pod: &Object| {
        let phase = pod.parse("status")["phase"].clone();
        phase == "Succeeded" || phase == "Failed"
    };
    within.filter(|pod| !has_ended(pod)).count()
}
