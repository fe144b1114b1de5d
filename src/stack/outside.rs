use serde_json::{Value, json};

use super::install::Install;
use super::manifest::Dialect;
use super::render::{Rendered, render_all};
use super::wait::Notify;
use super::{Origin, RuntimePlan, StackError, source};
use crate::cluster::Objects;
use crate::cluster::object::{items, text};
use crate::config::{Stack, flag_name};

/// agent-sandbox for a controller that runs beside an API server, not within its cluster.
pub struct Outside {
    stack: Stack,
    dialect: Dialect,
    rendered: Rendered,
    controller: Value,
    serves_webhook: bool,
}

impl Outside {
    /// Loads and renders the manifests. `template` is the `spec` of the `SandboxTemplate`; gVisor is left out.
    ///
    /// # Errors
    /// As [`super::load`] and [`super::render`].
    pub async fn load(stack: &Stack, template: Value) -> Result<Self, StackError> {
        let manifests = source::load(stack, &Origin::default()).await?;
        let dialect =
            Dialect::of(manifests.crds()).ok_or_else(|| missing(stack, "extensions API of a known version"))?;
        let mut rendered = render_all(stack, Some(&manifests), &dialect, &RuntimePlan::None)?;
        let controller = rendered.controller.take().ok_or_else(|| missing(stack, "Deployment of the controller"))?;
        rendered.template["spec"] = template;
        let serves_webhook = rendered.crds.iter_mut().map(without_webhook).fold(false, |any, it| any | it);
        Ok(Self { stack: stack.clone(), dialect, rendered, controller, serves_webhook })
    }

    /// Namespace and name of the controller's service account.
    #[must_use]
    pub fn account(&self) -> (&str, &str) {
        let name = text(&self.controller, "/spec/template/spec/serviceAccountName");
        (text(&self.controller, "/metadata/namespace"), if name.is_empty() { "default" } else { name })
    }

    /// The controller's arguments: the Deployment's, ports of loopback that nothing else has, and the namespace of its Lease
    /// if it elects a leader, which a Pod knows by itself.
    #[must_use]
    pub fn args(&self) -> Vec<String> {
        let mut args = texts(items(self.container(), "/args"));
        let mut ours =
            vec!["--metrics-bind-address=127.0.0.1:0".to_owned(), "--health-probe-bind-address=127.0.0.1:0".into()];
        ours.extend(self.serves_webhook.then(|| "--enable-webhook=false".to_owned()));
        let (namespace, _) = self.account();
        ours.extend(elects_leader(&args).then(|| format!("--leader-election-namespace={namespace}")));
        ours.retain(|ours| !args.iter().any(|given| flag_name(given) == flag_name(ours)));
        args.extend(ours);
        args
    }

    /// The variables of the Deployment that hold a plain value.
    #[must_use]
    pub fn env(&self) -> Vec<(&str, &str)> {
        let variables = items(self.container(), "/env").iter();
        variables.filter_map(|it| Some((it["name"].as_str()?, it["value"].as_str()?))).collect()
    }

    fn container(&self) -> &Value {
        let containers = items(&self.controller, "/spec/template/spec/containers");
        containers.iter().find(|it| !it["args"].is_null()).or(containers.first()).unwrap_or(&Value::Null)
    }

    /// Defines the API and grants the controller its rights.
    ///
    /// # Errors
    /// [`StackError`].
    pub async fn define(&self, client: &kube::Client) -> Result<(), StackError> {
        let objects = Objects::new(client);
        let install = self.install(&objects, &|_| {});
        install.define(&self.rendered.crds).await?;
        install.apply_all(&self.rendered.access).await
    }

    /// Makes template and pool, and waits until the controller has filled the pool.
    ///
    /// # Errors
    /// [`StackError::NotReady`] where it has not within `stack.wait_timeout`.
    pub async fn fill(&self, client: &kube::Client, notify: Notify<'_>) -> Result<(), StackError> {
        let objects = Objects::new(client);
        let install = self.install(&objects, notify);
        install.apply_all(self.rendered.namespace.as_slice()).await?;
        objects.apply(&self.rendered.template, true).await?;
        install.fill(&self.rendered.pool).await
    }

    fn install<'a>(&'a self, objects: &'a Objects, progress: Notify<'a>) -> Install<'a> {
        Install {
            objects,
            stack: &self.stack,
            dialect: &self.dialect,
            progress,
            steps: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

fn missing(stack: &Stack, what: &str) -> StackError {
    StackError::Manifest { origin: stack.manifest_ref.clone(), message: format!("there is no {what}") }
}

fn elects_leader(args: &[String]) -> bool {
    let mut given = args.iter().filter(|arg| flag_name(arg) == "leader-elect");
    given.any(|arg| arg.split_once('=').is_none_or(|(_, value)| value == "true"))
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Only a controller within the cluster can be asked to convert: out here the stored version alone is served. True where
/// there was something to leave out.
fn without_webhook(crd: &mut Value) -> bool {
    if text(crd, "/spec/conversion/strategy") != "Webhook" {
        return false;
    }
    crd["spec"]["conversion"] = json!({"strategy": "None"});
    for version in crd["spec"]["versions"].as_array_mut().into_iter().flatten() {
        version["served"] = version["storage"].clone();
    }
    true
}
