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
        "exec" => &["create", "get"],
        "log" => &["get"],
        "token" => &["create"],
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
        for (name, its_kind) in subresources(kind) {
            list.push(json!({ "name": format!("{}/{name}", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": its_kind, "verbs": subresource_verbs(name) }));
        }
    }
    let group_version = Version::new(group, version).api_version;
    (!list.is_empty()).then(|| {
        json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": *group_version,
            "resources": list })
    })
}

fn subresources(kind: &Kind) -> Vec<(&'static str, &str)> {
    let mut list = Vec::new();
    if kind.status {
        list.push(("status", &*kind.kind));
    }
    if kind.scale {
        list.push(("scale", "Scale"));
    }
    if &*kind.kind == "Pod" {
        list.extend([("exec", "PodExecOptions"), ("log", "Pod")]);
    }
    if &*kind.kind == "ServiceAccount" {
        list.push(("token", "TokenRequest"));
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
    let response = |name: &str| json!({ "group": *kind.group, "version": version, "kind": name });
    let subresources: Vec<Value> = subresources(kind)
        .iter()
        .map(|(name, its_kind)| {
            json!({ "subresource": name, "responseKind": response(its_kind),
            "verbs": subresource_verbs(name) })
        })
        .collect();
    json!({ "resource": *kind.plural, "responseKind": response(&kind.kind), "singularResource": *kind.singular,
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "verbs": verbs(kind),
        "shortNames": kind.short_names, "categories": kind.categories, "subresources": subresources })
}
