use std::fmt;

use agent_sandbox_common::api::{AGENTS_GROUP, CONTROLLER, EXTENSIONS_GROUP};
use agent_sandbox_common::installation::Installation;
use futures::future::LocalBoxFuture;
use kube::api::ListParams;
use serde::Serialize;
use serde_json::Value;

use super::diagnose::{Subject, explain};
use super::install::served_dialect;
use super::render::{INSTALLER, INSTALLER_NAMESPACE, MANIFEST_REF, NAME};
use super::wait::{Progress, daemons, pool, rollout};
use super::{StackError, nodes};
use crate::cluster::object::{Reference, annotation, is_ours, is_true, items, name, number, owner, text};
use crate::cluster::{Objects, crd, installation};
use crate::config::Stack;

/// What stands on a cluster, whose it is, and what is wrong with it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// What stands of agent-sandbox: its release, its API, its controller's flags.
    pub installation: Installation,
    /// The parts, from the API down to the nodes.
    pub parts: Vec<Part>,
    /// What is wrong, with the cluster's own reasons.
    pub problems: Vec<String>,
}

/// One part of the stack.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// What it is: API, controller, template, pool, gVisor, nodes.
    pub part: &'static str,
    /// Its name on the cluster.
    pub name: String,
    /// Versions, images, counts.
    pub details: String,
    /// `agent-sandbox-bench`, whoever else made it, or nothing where it is not there.
    pub owner: Option<String>,
    /// Whether it is as it should be.
    pub ready: bool,
}

/// Looks at the stack; changes nothing.
///
/// # Errors
/// [`StackError::Cluster`] when the cluster cannot be asked.
#[must_use]
pub fn status<'a>(client: &'a kube::Client, stack: &'a Stack) -> LocalBoxFuture<'a, Result<Status, StackError>> {
    Box::pin(async move {
        let objects = Objects::new(client);
        let look = Look { objects: &objects, stack };
        let seen = async { Ok(installation(&objects).await?) };
        let (installation, api, controller, sandboxes, gvisor) =
            futures::try_join!(seen, look.api(), look.controller(), look.sandboxes(), look.gvisor())?;
        let mut status = Status { installation, ..Status::default() };
        for seen in [api, controller, sandboxes, gvisor] {
            status.parts.extend(seen.parts);
            status.problems.extend(seen.problems);
        }
        Ok(status)
    })
}

impl Status {
    /// Whether everything a run needs stands and is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.problems.is_empty() && self.parts.iter().all(|part| part.ready)
    }
}

struct Look<'a> {
    objects: &'a Objects,
    stack: &'a Stack,
}

impl Look<'_> {
    async fn api(&self) -> Result<Status, StackError> {
        let mut seen = Status::default();
        let extensions = ["sandboxclaims", "sandboxtemplates", "sandboxwarmpools"];
        let names = std::iter::once(format!("sandboxes.{AGENTS_GROUP}"))
            .chain(extensions.iter().map(|plural| format!("{plural}.{EXTENSIONS_GROUP}")));
        for name in names {
            let it = self.objects.get(&crd(&name)).await?;
            let ready = it.as_ref().is_some_and(|it| is_true(it, "Established"));
            let versions = it.as_ref().map_or_else(Vec::new, |it| {
                let served = items(it, "/spec/versions").iter().filter(|version| version["served"] == true);
                served.map(|version| text(version, "/name").to_owned()).collect()
            });
            seen.add("API", name, versions.join(", "), it.as_ref(), ready, "install defines it");
        }
        Ok(seen)
    }

    async fn controller(&self) -> Result<Status, StackError> {
        let mut seen = Status::default();
        let all = self.objects.list("apps/v1", "Deployment", None, &ListParams::default()).await?;
        let Some(it) = all.iter().find(|it| name(it) == CONTROLLER) else {
            let why = "install makes it; one that runs outside the cluster is not seen";
            seen.add("controller", CONTROLLER.into(), String::new(), None, false, why);
            return Ok(seen);
        };
        let image = text(it, "/spec/template/spec/containers/0/image");
        let progress = rollout(Some(it));
        let of = annotation(it, MANIFEST_REF).map_or_else(String::new, |reference| format!(", manifests {reference}"));
        let at = Reference::of(it);
        let namespace = at.namespace.unwrap_or_default();
        let ready = matches!(progress, Progress::Ready);
        seen.add("controller", format!("{namespace}/{}", at.name), format!("{image}{of}"), Some(it), ready, "");
        seen.explain(&progress, self.objects, &Subject { namespace: &namespace, prefix: CONTROLLER, sandboxes: None })
            .await;
        Ok(seen)
    }

    async fn sandboxes(&self) -> Result<Status, StackError> {
        let mut seen = Status::default();
        let Some(dialect) = served_dialect(self.objects).await? else { return Ok(seen) };
        let namespace = self.stack.namespace.as_str();
        let at = |kind| Reference::new(&dialect.api_version(), kind, Some(namespace), NAME);
        let shown = format!("{namespace}/{NAME}");
        let template = self.objects.get(&at("SandboxTemplate")).await?;
        let spec = template.as_ref().and_then(|it| it.pointer("/spec/podTemplate/spec")).cloned().unwrap_or_default();
        let class = text(&spec, "/runtimeClassName");
        let class = if class.is_empty() { "no runtime class" } else { class };
        let details = format!("{}, {class}", text(&spec, "/containers/0/image"));
        seen.add("template", shown.clone(), details, template.as_ref(), template.is_some(), "install makes it");
        let standing = self.objects.get(&at("SandboxWarmPool")).await?;
        let progress = pool(standing.as_ref(), dialect.pool_status_has("observedGeneration"));
        let counts = standing.as_ref().map_or_else(String::new, |it| {
            format!("{} of {} Ready", number(it, "/status/readyReplicas"), number(it, "/spec/replicas"))
        });
        let ready = matches!(progress, Progress::Ready);
        seen.add("pool", shown, counts, standing.as_ref(), ready, "install makes it");
        let subject = Subject { namespace, prefix: NAME, sandboxes: Some(&dialect.version) };
        if standing.is_some() {
            seen.explain(&progress, self.objects, &subject).await;
        }
        Ok(seen)
    }

    async fn gvisor(&self) -> Result<Status, StackError> {
        let mut seen = Status::default();
        let classes = self.objects.list("node.k8s.io/v1", "RuntimeClass", None, &ListParams::default()).await?;
        if classes.is_empty() {
            return Ok(seen);
        }
        let all = self.objects.list("v1", "Node", None, &ListParams::default()).await?;
        for class in &classes {
            let labelled = nodes::count_labelled(&all, name(class));
            let details = format!("handler {}, {labelled} of {} nodes labelled", text(class, "/handler"), all.len());
            seen.add("runtime class", name(class).into(), details, Some(class), true, "");
        }
        let at = Reference::new("apps/v1", "DaemonSet", Some(INSTALLER_NAMESPACE), INSTALLER);
        if let Some(it) = self.objects.get(&at).await? {
            let counts =
                ["numberReady", "desiredNumberScheduled"].map(|field| number(&it, &format!("/status/{field}")));
            let details = format!("{} of {} nodes done", counts[0], counts[1]);
            let progress = daemons(Some(&it));
            let ready = matches!(progress, Progress::Ready);
            seen.add("gVisor installer", format!("{INSTALLER_NAMESPACE}/{INSTALLER}"), details, Some(&it), ready, "");
            let subject = Subject { namespace: INSTALLER_NAMESPACE, prefix: INSTALLER, sandboxes: None };
            seen.explain(&progress, self.objects, &subject).await;
        }
        Ok(seen)
    }
}

impl Status {
    fn add(
        &mut self,
        part: &'static str,
        name: String,
        details: String,
        object: Option<&Value>,
        ready: bool,
        if_absent: &str,
    ) {
        if object.is_none() {
            self.problems.push(format!("{part} {name} is missing; {if_absent}"));
        }
        let owner =
            object.map(|it| if is_ours(it) { agent_sandbox_common::api::key::MANAGER.to_owned() } else { owner(it) });
        self.parts.push(Part { part, name, details, owner, ready });
    }

    async fn explain(&mut self, progress: &Progress, objects: &Objects, subject: &Subject<'_>) {
        let (Progress::Pending(state) | Progress::Failed(state)) = progress else { return };
        let reasons = explain(objects, subject).await;
        self.problems.push(format!("{}: {state}", subject.prefix));
        self.problems.extend(reasons);
    }
}

impl fmt::Display for Status {
    /// What is installed, a table of the parts, and the problems below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.installation)?;
        let header = ["PART", "NAME", "STATE", "OWNER", "DETAILS"].map(ToOwned::to_owned);
        let rows = self.parts.iter().map(|part| {
            let state = match (&part.owner, part.ready) {
                (None, _) => "missing",
                (Some(_), true) => "ready",
                (Some(_), false) => "not ready",
            };
            let owner = part.owner.clone().unwrap_or_else(|| "-".into());
            [part.part.to_owned(), part.name.clone(), state.to_owned(), owner, part.details.clone()]
        });
        let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3)];
        for row in &rows {
            let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = padded.chain(row.last().cloned()).collect::<Vec<_>>().join("  ");
            writeln!(f, "{}", line.trim_end())?;
        }
        for problem in &self.problems {
            writeln!(f, "problem: {problem}")?;
        }
        Ok(())
    }
}
