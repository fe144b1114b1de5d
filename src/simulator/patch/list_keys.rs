use serde_json::Value;

/// Lists whose items are told apart by a field; all other lists are one value. As the published schemas say.
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

/// The field that tells the items of the list `name` apart, if all of `items` have it.
pub fn key_of(name: &str, items: &[Value]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    keys.iter().copied().find(|key| items.iter().all(|item| item.get(*key).is_some()))
}
