use serde_json::{Map, Value, json};

/// Fields of a template's spec that are a Sandbox's too; the others say what claims may do.
const SHARED: [&str; 3] = ["podTemplate", "volumeClaimTemplates", "service"];

/// The `SandboxTemplate` of a pool.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its `spec`, as the server gave it.
    pub spec: Value,
}

impl Template {
    /// Spec of a Sandbox that is made from it, as the controller's own are.
    pub(super) fn sandbox_spec(&self) -> Value {
        let field = |name: &&str| Some(((*name).to_owned(), self.spec.get(name)?.clone()));
        let mut spec = Value::Object(SHARED.iter().filter_map(field).collect());
        spec["podTemplate"]["spec"] = self.pod_spec();
        spec
    }

    /// Spec of its pod, with the controller's defaults (`ApplySandboxSecureDefaults`): no token of an account, and no DNS
    /// of the cluster where the network is cut off by default too.
    pub(super) fn pod_spec(&self) -> Value {
        let mut spec = self.spec["podTemplate"]["spec"].clone();
        let Some(fields) = spec.as_object_mut() else { return spec };
        fields.entry("automountServiceAccountToken").or_insert(false.into());
        let is_managed = self.spec.get("networkPolicyManagement").is_none_or(|it| it == "Managed");
        if is_managed && self.spec.get("networkPolicy").is_none() && !fields.contains_key("dnsPolicy") {
            fields.insert("dnsPolicy".into(), "None".into());
            fields.insert("dnsConfig".into(), json!({ "nameservers": ["8.8.8.8", "1.1.1.1"] }));
        }
        spec
    }

    /// Labels or annotations of its pod.
    pub(super) fn pod_metadata(&self, field: &str) -> impl Iterator<Item = (&str, &str)> {
        let of_pod = self.spec.pointer("/podTemplate/metadata").and_then(|metadata| metadata.get(field));
        let fields = of_pod.and_then(Value::as_object).into_iter().flat_map(Map::iter);
        fields.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(spec: Value) -> Template {
        Template { name: "t".into(), spec }
    }

    #[test]
    fn a_sandbox_has_what_it_shares_with_its_template() {
        let metadata = json!({"labels": {"a": "b"}});
        let made = template(json!({
            "podTemplate": {"metadata": metadata, "spec": {"containers": [{"name": "c"}], "dnsPolicy": "Default"}},
            "volumeClaimTemplates": [{"metadata": {"name": "v"}}],
            "envVarsInjectionPolicy": "Allowed",
        }))
        .sandbox_spec();
        let pod = json!({"containers": [{"name": "c"}], "dnsPolicy": "Default", "automountServiceAccountToken": false});
        let expected = json!({
            "podTemplate": {"metadata": metadata, "spec": pod}, "volumeClaimTemplates": [{"metadata": {"name": "v"}}],
        });
        assert_eq!(made, expected);
    }

    #[test]
    fn dns_is_the_clusters_where_the_template_opens_the_network_or_says_so() {
        let dns = |more: &Value, pod: Value| {
            let mut spec = json!({"podTemplate": {"spec": pod}});
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            template(spec).pod_spec()["dnsPolicy"].clone()
        };
        assert_eq!(dns(&json!({}), json!({})), "None");
        assert_eq!(dns(&json!({"networkPolicyManagement": "Managed"}), json!({})), "None");
        assert_eq!(dns(&json!({"networkPolicyManagement": "Unmanaged"}), json!({})), Value::Null);
        assert_eq!(dns(&json!({"networkPolicy": {}}), json!({})), Value::Null);
        assert_eq!(dns(&json!({}), json!({"dnsPolicy": "Default"})), "Default");
    }
}
