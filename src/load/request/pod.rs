use agent_sandbox_common::api::{AGENTS_GROUP, VERSIONS, key};
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};

/// The name of a Sandbox's pod, where its annotation names it.
pub(super) async fn pod_of(client: &kube::Client, namespace: &str, sandbox: &str) -> Option<String> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(AGENTS_GROUP, VERSIONS[1], "Sandbox"));
    let sandboxes: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &kind);
    let sandbox = sandboxes.get(sandbox).await.ok()?;
    sandbox.metadata.annotations?.remove(key::POD_NAME)
}
