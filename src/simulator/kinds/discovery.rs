use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::kind::{Kind, Version};

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const SUBRESOURCE_VERBS: [&str; 3] = ["get", "patch", "update"];

/// What can be done with a kind.
fn verbs(kind: &Kind) -> &'static [&'static str] {
    if kind.review { &["create"] } else { &VERBS }
}

/// What can be done with a subresource.
fn subresource_verbs(name: &str) -> &'static [&'static str] {
    match name {
        "exec" | "portforward" => &["create", "get"],
        "log" => &["get"],
        "token" | "eviction" => &["create"],
        "proxy" => &["create", "delete", "get", "patch", "update"],
        _ => &SUBRESOURCE_VERBS,
    }
}

type Groups<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Groups and their served versions, the preferred one first; the core group is no group here.
fn groups<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Groups<'a> {
    let mut groups = Groups::new();
    for kind in kinds.filter(|kind| !kind.group.is_empty()) {
        for version in kind.versions.iter().filter(|version| version.served) {
            let versions = groups.entry(&kind.group).or_default();
            if !versions.contains(&&*version.name) {
                versions.push(&version.name);
            }
        }
    }
    groups
}

fn group_value(name: &str, versions: &[&str]) -> Value {
    let entry = |version: &&str| json!({ "groupVersion": format!("{name}/{version}"), "version": version });
    json!({ "name": name, "versions": versions.iter().map(entry).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(entry) })
}

/// `/apis`.
pub fn api_groups<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Value {
    let groups: Vec<Value> = groups(kinds).iter().map(|(name, versions)| group_value(name, versions)).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// `/apis/GROUP`.
pub fn group<'a>(kinds: impl Iterator<Item = &'a Kind>, name: &str) -> Option<Value> {
    let groups = groups(kinds);
    let mut value = group_value(name, groups.get(name)?);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

/// `/api/v1` and `/apis/GROUP/VERSION`.
pub fn resources<'a>(kinds: impl Iterator<Item = &'a Kind>, group: &str, version: &str) -> Option<Value> {
    let mut list = Vec::new();
    for kind in kinds.filter(|kind| *kind.group == *group && kind.served(version)) {
        list.push(json!({ "name": *kind.plural, "singularName": *kind.singular, "namespaced": kind.namespaced,
            "kind": *kind.kind, "verbs": verbs(kind), "shortNames": kind.short_names, "categories": kind.categories }));
        for sub in subresources(kind) {
            let mut entry = json!({ "name": format!("{}/{}", kind.plural, sub.name), "singularName": "",
                "namespaced": kind.namespaced, "kind": sub.kind, "verbs": subresource_verbs(sub.name) });
            if let Some((group, version)) = sub.of {
                entry["group"] = group.into();
                entry["version"] = version.into();
            }
            list.push(entry);
        }
    }
    let group_version = Version::new(group, version).api_version;
    (!list.is_empty()).then(|| {
        json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": *group_version,
            "resources": list })
    })
}

/// A path below an object, and the kind that is sent to it.
struct Subresource<'a> {
    name: &'static str,
    kind: &'a str,
    /// Group and version of that kind, where they are not the object's.
    of: Option<(&'static str, &'static str)>,
}

fn subresources(kind: &Kind) -> Vec<Subresource<'_>> {
    let own = |name, kind| Subresource { name, kind, of: None };
    let mut list = Vec::new();
    if kind.status {
        list.push(own("status", &kind.kind));
    }
    if kind.scale {
        list.push(Subresource { of: Some(("autoscaling", "v1")), ..own("scale", "Scale") });
    }
    if &*kind.kind == "Pod" {
        list.extend([own("exec", "PodExecOptions"), own("log", "Pod"), own("portforward", "PodPortForwardOptions")]);
        list.push(own("proxy", "PodProxyOptions"));
        list.push(Subresource { of: Some(("policy", "v1")), ..own("eviction", "Eviction") });
    }
    if &*kind.kind == "Service" {
        list.push(own("proxy", "ServiceProxyOptions"));
    }
    if &*kind.kind == "ServiceAccount" {
        list.push(Subresource { of: Some(("authentication.k8s.io", "v1")), ..own("token", "TokenRequest") });
    }
    list
}

/// `/api` or `/apis` as `APIGroupDiscoveryList` v2, which clients ask for first.
pub fn aggregated(kinds: &[&Kind], core: bool) -> Value {
    let named = groups(kinds.iter().copied());
    let groups: Groups = if core { Groups::from([("", vec!["v1"])]) } else { named };
    let items: Vec<Value> = groups
        .iter()
        .map(|(name, versions)| {
            let versions: Vec<Value> = versions
                .iter()
                .map(|version| {
                    let within = kinds.iter().filter(|kind| *kind.group == **name && kind.served(version));
                    json!({ "version": version, "freshness": "Current",
                "resources": within.map(|kind| aggregated_resource(kind, version)).collect::<Vec<_>>() })
                })
                .collect();
            json!({ "metadata": { "name": name }, "versions": versions })
        })
        .collect();
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items })
}

fn aggregated_resource(kind: &Kind, version: &str) -> Value {
    let own = (&*kind.group, version);
    let response = |(group, version), name: &str| json!({ "group": group, "version": version, "kind": name });
    let subresources: Vec<Value> = subresources(kind)
        .iter()
        .map(|sub| {
            json!({ "subresource": sub.name, "responseKind": response(sub.of.unwrap_or(own), sub.kind),
            "verbs": subresource_verbs(sub.name) })
        })
        .collect();
    json!({ "resource": *kind.plural, "responseKind": response(own, &kind.kind), "singularResource": *kind.singular,
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "verbs": verbs(kind),
        "shortNames": kind.short_names, "categories": kind.categories, "subresources": subresources })
}
