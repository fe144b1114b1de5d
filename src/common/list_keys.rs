//! The key that Kubernetes identifies the items of a list by.

use serde_json::Value;

/// Lists with a merge key, as the published schemas have them; all other lists are one value.
const KEYS: [(&str, &[&str]); 16] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("resourceClaims", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("hostAliases", &["ip"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
    ("webhooks", &["name"]),
    ("topologySpreadConstraints", &["topologyKey"]),
];

/// The merge key of the list `name`, if all of `items` have it.
#[must_use]
pub fn key_of(name: &str, items: &[Value]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    keys.iter().copied().find(|key| items.iter().all(|item| item.get(*key).is_some()))
}
