use agent_sandbox_common::api::{CONTROLLER, CONTROLLER_NAMESPACE, EXTENSIONS_GROUP};
use agent_sandbox_common::installation::{Conversion, Installation, tag_of};
use serde_json::Value;

use super::object::{Reference, items, text};
use super::{ClusterError, Objects};

/// The CRD of that name, such as `sandboxes.agents.x-k8s.io`.
pub(crate) fn crd(name: &str) -> Reference {
    Reference::new("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, name)
}

/// Looks at what stands of agent-sandbox. What the account may not look at stays unknown.
pub(crate) async fn installation(objects: &Objects) -> Result<Installation, ClusterError> {
    let controller = Reference::new("apps/v1", "Deployment", Some(CONTROLLER_NAMESPACE), CONTROLLER);
    let claims = crd(&format!("sandboxclaims.{EXTENSIONS_GROUP}"));
    let (served, crd, controller) =
        tokio::try_join!(served(objects), visible(objects, &claims), visible(objects, &controller))?;
    let mut seen = Installation { served_versions: served, ..Installation::default() };
    if let Some(controller) = controller {
        read_controller(&mut seen, &controller);
    }
    if let Some(crd) = crd {
        read_crd(&mut seen, &crd);
    }
    Ok(seen)
}

fn read_controller(seen: &mut Installation, deployment: &Value) {
    let containers = items(deployment, "/spec/template/spec/containers");
    let named = containers.iter().find(|it| it["name"] == CONTROLLER).or_else(|| containers.first());
    let Some(container) = named else { return };
    seen.image = Some(text(container, "/image").to_owned());
    seen.release = tag_of(text(container, "/image")).map(ToOwned::to_owned);
    seen.args = texts(items(container, "/args"));
}

fn read_crd(seen: &mut Installation, crd: &Value) {
    seen.stored_versions = texts(items(crd, "/status/storedVersions"));
    let strategy = text(crd, "/spec/conversion/strategy");
    seen.conversion = if strategy.is_empty() { Some(Conversion::None) } else { Conversion::of_name(strategy) };
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Versions of the claims' API that the server serves, the preferred one first.
async fn served(objects: &Objects) -> Result<Vec<String>, ClusterError> {
    let groups = objects.client().list_api_groups().await;
    let groups = groups.map_err(|error| ClusterError::request("asking for the API's groups", &error))?;
    let group = groups.groups.into_iter().find(|group| group.name == EXTENSIONS_GROUP);
    Ok(group.into_iter().flat_map(|group| group.versions).map(|version| version.version).collect())
}

/// The object; `None` too where the account may not look at it.
async fn visible(objects: &Objects, at: &Reference) -> Result<Option<Value>, ClusterError> {
    match objects.get(at).await {
        Err(error) if error.status() == Some(403) => Ok(None),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_deployment_and_the_crd() {
        let mut seen = Installation::default();
        let container =
            json!({"name": CONTROLLER, "image": "registry/c:v9.1.0", "args": ["--extensions", "--leader-elect=false"]});
        let containers = json!([{"name": "sidecar", "image": "other:1"}, container]);
        read_controller(&mut seen, &json!({"spec": {"template": {"spec": {"containers": containers}}}}));
        read_crd(
            &mut seen,
            &json!({"spec": {"conversion": {"strategy": "Webhook"}}, "status": {"storedVersions": ["v1"]}}),
        );
        assert_eq!(seen.release.as_deref(), Some("v9.1.0"));
        assert_eq!(seen.args, ["--extensions", "--leader-elect=false"]);
        assert_eq!((seen.conversion, seen.stored_versions), (Some(Conversion::Webhook), vec!["v1".to_owned()]));
    }
}
