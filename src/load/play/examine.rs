use std::time::Duration;

use agent_sandbox_common::api::{EXTENSIONS_GROUP, VERSIONS};
use agent_sandbox_common::release::Line;
use serde_json::Value;

use crate::cluster::{ClusterError, Requester};
use crate::config::WarmPool;
use crate::load::claim::Template;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(9);

/// What a run needs to know of the cluster before its first claim.
#[derive(Debug, Clone)]
pub struct Examined {
    /// As `/version` says; absent where the account may not ask.
    pub server_version: Option<String>,
    /// Newest served version of the claims that we know.
    pub api_version: String,
    /// Whether a claim's conditions name its own generation. While the older API was served too, they named that of its
    /// Sandbox.
    pub own_generations: bool,
    /// The template of each pool.
    pub templates: Vec<Template>,
}

/// Looks at what a run needs: the claims' API, each pool, and its template.
///
/// # Errors
/// [`ClusterError`] with the first thing that is missing, and what to do about it.
pub async fn examine(requester: &Requester, pools: &[WarmPool]) -> Result<Examined, ClusterError> {
    let ask = Ask { requester };
    let server_version = ask.get("/version").await?.and_then(|body| text(&body, "/gitVersion"));
    let served = ask.served().await?;
    let api_version = newest(&served)?;
    let mut templates = Vec::new();
    for pool in pools {
        templates.push(ask.template_of(&api_version, pool).await?);
    }
    let own_generations = served == Line::Second.traits().versions;
    Ok(Examined { server_version, api_version, own_generations, templates })
}

/// The newest served version of the claims that we know.
///
/// # Errors
/// [`ClusterError::Missing`] where none is served.
pub async fn served_version(requester: &Requester) -> Result<String, ClusterError> {
    newest(&Ask { requester }.served().await?)
}

/// The newest version that we know.
fn newest(served: &[String]) -> Result<String, ClusterError> {
    let newest = VERSIONS.iter().rev().find(|known| served.iter().any(|version| version == *known));
    let missing = || not_installed(format!("version v1beta1 or v1alpha1 of {EXTENSIONS_GROUP}"));
    newest.map(ToString::to_string).ok_or_else(missing)
}

fn not_installed(what: String) -> ClusterError {
    ClusterError::Missing { what, next: "install agent-sandbox on this cluster: agent-sandbox-bench install".into() }
}

struct Ask<'a> {
    requester: &'a Requester,
}

impl Ask<'_> {
    async fn get(&self, path: &str) -> Result<Option<Value>, ClusterError> {
        self.requester.get(path, REQUEST_TIMEOUT).await
    }

    /// The versions of the claims' API that are served.
    async fn served(&self) -> Result<Vec<String>, ClusterError> {
        let group = self.get(&format!("/apis/{EXTENSIONS_GROUP}")).await?;
        let group = group.ok_or_else(|| not_installed(format!("the API group {EXTENSIONS_GROUP}")))?;
        let versions = group["versions"].as_array().into_iter().flatten();
        Ok(versions.filter_map(|version| version["version"].as_str().map(str::to_owned)).collect())
    }

    async fn template_of(&self, version: &str, pool: &WarmPool) -> Result<Template, ClusterError> {
        let collection = format!("/apis/{EXTENSIONS_GROUP}/{version}/namespaces/{}", pool.namespace);
        let Some(object) = self.get(&format!("{collection}/sandboxwarmpools/{}", pool.name)).await? else {
            return Err(self.missing_pool(pool).await);
        };
        let named = |name: &String| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it))
        };
        let name = text(&object, "/spec/sandboxTemplateRef/name").filter(named);
        let name = name.ok_or_else(|| ClusterError::Unexpected {
            server: self.requester.server().into(),
            what: format!("GET {collection}/sandboxwarmpools/{}", pool.name),
            message: "the pool names no template".into(),
        })?;
        match self.get(&format!("{collection}/sandboxtemplates/{name}")).await? {
            Some(mut template) => Ok(Template { name, spec: template["spec"].take() }),
            None => Err(ClusterError::Missing {
                what: format!(
                    "SandboxTemplate \"{name}\" of warm pool \"{}\" in namespace \"{}\"",
                    pool.name, pool.namespace
                ),
                next: "apply it, or install the stack: agent-sandbox-bench install".into(),
            }),
        }
    }

    async fn missing_pool(&self, pool: &WarmPool) -> ClusterError {
        // An account without the right to ask gets the plainer answer.
        let namespace = self.get(&format!("/api/v1/namespaces/{}", pool.namespace)).await;
        if matches!(namespace, Ok(None)) {
            let next = "create it, or name another with --namespace (load.namespace)".into();
            return ClusterError::Missing { what: format!("namespace \"{}\"", pool.namespace), next };
        }
        ClusterError::Missing {
            what: format!("SandboxWarmPool \"{}\" in namespace \"{}\"", pool.name, pool.namespace),
            next: "name another with --warm-pool (load.warm_pool), or install the stack: agent-sandbox-bench install"
                .into(),
        }
    }
}

fn text(object: &Value, pointer: &str) -> Option<String> {
    object.pointer(pointer)?.as_str().map(ToOwned::to_owned)
}
