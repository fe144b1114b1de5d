use std::time::Instant;

use agent_sandbox_common::api;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::command_line::complaint;
use super::diagnose::Subject;
use super::manifest::{Dialect, Manifests};
use super::migrate::{Outdated, outdated, without_conversion};
use super::render::{Rendered, render_all};
use super::wait::{Notify, Progress, daemons, established, pool, rollout, wait};
use super::{Origin, RuntimePlan, StackError, nodes, orphans, source};
use crate::cluster::object::{Reference, is_ours, kind, number, owner, text};
use crate::cluster::{Objects, crd};
use crate::config::Stack;

/// What was installed, and how long each step took.
#[derive(Debug, Clone, Serialize)]
pub struct Installed {
    /// Tag, commit or folder of the manifests; absent when the controller that stood is used.
    pub manifest_ref: Option<String>,
    /// Version of the API that template and pool are written in.
    pub api_version: String,
    /// Runtime class of the sandboxes.
    pub runtime_class: Option<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What was asked for and may not work.
    pub warnings: Vec<String>,
}

/// One step.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What it did.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
}

/// What to do with objects that are stored in a version of the API that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// Refuse to install, and say what to do.
    Refuse,
    /// Have them stored in the version that stays.
    Migrate,
}

/// Brings the stack to what `stack` says: gVisor, CRDs, namespaces and rights, controller, template, pool, each applied
/// server-side and waited for. What stands already as it should is not touched. What an older release of ours left, and this
/// one has no use for, goes.
///
/// # Errors
/// [`StackError`]: before anything is touched for what the configuration gets wrong, later with the cluster's reasons.
pub fn install<'a>(
    client: &'a kube::Client,
    stack: &'a Stack,
    upgrade: Upgrade,
    progress: Notify<'a>,
) -> LocalBoxFuture<'a, Result<Installed, StackError>> {
    Box::pin(async move {
        let objects = Objects::new(client);
        let manifests =
            if stack.controller.install { Some(source::load(stack, &Origin::default()).await?) } else { None };
        let plan = RuntimePlan::decide(stack, &objects).await?;
        let dialect = dialect(&objects, manifests.as_ref()).await?;
        let mut rendered = render_all(stack, manifests.as_ref(), &dialect, &plan)?;
        rendered.warnings.extend(manifests.as_ref().and_then(|it| source::doubt(&it.reference)));
        let (steps, warnings) = (Vec::new(), std::mem::take(&mut rendered.warnings));
        let mut install = Install { objects: &objects, stack, dialect: &dialect, progress, steps, warnings };
        install.refuse_foreign(&rendered).await?;
        let outdated = outdated(&objects, &rendered.crds).await?;
        if let Some(first) = outdated.iter().find(|it| upgrade == Upgrade::Refuse || !it.can_migrate()) {
            return Err(first.refusal(&objects, &stack.manifest_ref).await?);
        }
        install.run(&rendered, &outdated, &plan).await?;
        Ok(Installed {
            manifest_ref: manifests.map(|manifests| manifests.reference),
            api_version: dialect.version.clone(),
            runtime_class: plan.class().map(ToOwned::to_owned),
            steps: install.steps,
            warnings: install.warnings,
        })
    })
}

/// The API as the manifests define it, or as the cluster serves it where its controller is used.
async fn dialect(objects: &Objects, manifests: Option<&Manifests>) -> Result<Dialect, StackError> {
    if let Some(dialect) = manifests.and_then(|manifests| Dialect::of(manifests.crds())) {
        return Ok(dialect);
    }
    served_dialect(objects).await?.ok_or_else(|| StackError::Missing {
        what: format!("an API of {} in a version this knows", api::EXTENSIONS_GROUP),
        next: "set stack.controller.install: true, or install agent-sandbox with its extensions first".into(),
    })
}

/// The API as the cluster serves it.
pub(super) async fn served_dialect(objects: &Objects) -> Result<Option<Dialect>, StackError> {
    let mut crds = Vec::new();
    for plural in ["sandboxtemplates", "sandboxwarmpools"] {
        crds.extend(objects.get(&crd(&format!("{plural}.{}", api::EXTENSIONS_GROUP))).await?);
    }
    Ok(Dialect::of(crds.iter()))
}

pub(super) struct Install<'a> {
    pub(super) objects: &'a Objects,
    pub(super) stack: &'a Stack,
    pub(super) dialect: &'a Dialect,
    pub(super) progress: Notify<'a>,
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<String>,
}

impl Install<'_> {
    /// Everything of ours carries our label: what stands without it is somebody else's. Namespaces are shared.
    async fn refuse_foreign(&self, rendered: &Rendered) -> Result<(), StackError> {
        let parts = [&rendered.gvisor, &rendered.crds, &rendered.access];
        let all = parts.into_iter().flatten().chain(&rendered.controller).chain([&rendered.template, &rendered.pool]);
        let looks = all.filter(|object| kind(object) != "Namespace").map(async |object| {
            let at = Reference::of(object);
            match self.objects.get(&at).await? {
                Some(it) if !is_ours(&it) => Err(StackError::Foreign { object: at.to_string(), owner: owner(&it) }),
                _ => Ok(()),
            }
        });
        futures::future::try_join_all(looks).await.map(|_| ())
    }

    async fn run(&mut self, rendered: &Rendered, outdated: &[Outdated], plan: &RuntimePlan) -> Result<(), StackError> {
        if let Some(class) = plan.class() {
            let label =
                async |this: &Self| nodes::prepare(this.objects, this.stack.nodes.as_ref(), class).await.map(|_| ());
            self.step("label the nodes", label).await?;
        }
        if !rendered.gvisor.is_empty() {
            self.step("install gVisor", async |this| this.gvisor(&rendered.gvisor).await).await?;
        }
        if let Some(namespace) = &rendered.namespace {
            self.ensure_namespace(namespace).await?;
        }
        if let Some(controller) = &rendered.controller {
            self.control(controller, rendered, outdated).await?;
        }
        if let Some(probe) = &rendered.probe
            && !self.has_ready_sandboxes(rendered).await?
        {
            self.step("prove the runtime", async |this| this.prove(probe).await).await?;
        }
        self.step("make the template", async |this| {
            Ok(this.objects.apply(&rendered.template, true).await.map(drop)?)
        })
        .await?;
        self.step("fill the pool", async |this| this.fill(&rendered.pool).await).await
    }

    /// The older controller answers for its API until each CRD has lost it; so the CRDs come before the controller.
    async fn control(
        &mut self,
        controller: &Value,
        rendered: &Rendered,
        outdated: &[Outdated],
    ) -> Result<(), StackError> {
        if !outdated.is_empty() {
            let migrate = async |this: &Self| {
                for crd in outdated {
                    crd.migrate(this.objects, this.progress).await?;
                }
                Ok(())
            };
            self.step("rewrite what is stored in a version that goes", migrate).await?;
        }
        self.step("define the API", async |this| this.define(&rendered.crds).await).await?;
        self.step("grant the controller its rights", async |this| this.apply_all(&rendered.access).await).await?;
        self.step("roll the controller out", async |this| this.roll_out(controller).await).await?;
        let namespace = text(controller, "/metadata/namespace");
        self.warnings.extend(orphans::remove(self.objects, namespace, &rendered.access).await?);
        Ok(())
    }

    async fn step(
        &mut self,
        name: &str,
        work: impl AsyncFnOnce(&Self) -> Result<(), StackError>,
    ) -> Result<(), StackError> {
        (self.progress)(name);
        let start = Instant::now();
        work(self).await?;
        self.steps.push(Step { name: name.into(), seconds: start.elapsed().as_secs_f64() });
        Ok(())
    }

    pub(super) async fn apply_all(&self, objects: &[Value]) -> Result<(), StackError> {
        for object in objects {
            match kind(object) {
                "Namespace" => self.ensure_namespace(object).await?,
                _ => self.objects.apply(object, true).await.map(|_| ())?,
            }
        }
        Ok(())
    }

    /// A namespace that stands may be anybody's; it is used and not marked, so that it is never removed.
    async fn ensure_namespace(&self, namespace: &Value) -> Result<(), StackError> {
        let at = Reference::of(namespace);
        let stands = self.objects.get(&at).await?;
        if let Some(it) = stands.as_ref().filter(|it| text(it, "/status/phase") == "Terminating") {
            let what = format!("Namespace {} (it is being deleted: {})", at.name, deletion_reason(it));
            return Err(StackError::Missing { what, next: "wait for the deletion to end and install again".into() });
        }
        match stands {
            Some(it) if !is_ours(&it) => Ok(()),
            _ => Ok(self.objects.apply(namespace, true).await.map(drop)?),
        }
    }

    async fn gvisor(&self, objects: &[Value]) -> Result<(), StackError> {
        self.apply_all(objects).await?;
        for daemon_set in objects.iter().filter(|object| kind(object) == "DaemonSet") {
            let at = Reference::of(daemon_set);
            let namespace = at.namespace.clone().unwrap_or_default();
            let subject = Subject { namespace: &namespace, prefix: &at.name, sandboxes: None };
            let look = async || Ok(daemons(self.objects.get(&at).await?.as_ref()));
            wait(self.objects, self.progress, &at.to_string(), self.limit(), Some(subject), look).await?;
        }
        Ok(())
    }

    pub(super) async fn define(&self, crds: &[Value]) -> Result<(), StackError> {
        // Large, and slow to be merged: at once.
        let definitions = crds.iter().map(async |crd| {
            let at = Reference::of(crd);
            let standing = self.objects.get(&at).await?;
            if let Some(patch) = standing.and_then(|standing| without_conversion(&standing, crd)) {
                self.objects.merge(&at, &patch).await?;
            }
            self.objects.apply(crd, true).await?;
            wait(self.objects, self.progress, &at.to_string(), self.limit(), None, async || {
                established(self.objects, &at).await
            })
            .await
        });
        futures::future::try_join_all(definitions).await?;
        self.objects.forget(api::AGENTS_GROUP);
        self.objects.forget(api::EXTENSIONS_GROUP);
        Ok(())
    }

    async fn roll_out(&self, controller: &Value) -> Result<(), StackError> {
        self.objects.apply(controller, true).await?;
        let at = Reference::of(controller);
        let namespace = at.namespace.clone().unwrap_or_default();
        let subject = Subject { namespace: &namespace, prefix: &at.name, sandboxes: None };
        let look = async || {
            let progress = rollout(self.objects.get(&at).await?.as_ref());
            Ok(self.or_complaint(progress, &namespace).await)
        };
        wait(self.objects, self.progress, &at.to_string(), self.limit(), Some(subject), look).await
    }

    /// A pool of the same runtime class with Ready sandboxes has proved it already.
    async fn has_ready_sandboxes(&self, rendered: &Rendered) -> Result<bool, StackError> {
        let class = |template: &Value| text(template, "/spec/podTemplate/spec/runtimeClassName").to_owned();
        let template = self.objects.get(&Reference::of(&rendered.template)).await?;
        let pool = self.objects.get(&Reference::of(&rendered.pool)).await?;
        let same = template.is_some_and(|template| class(&template) == class(&rendered.template));
        Ok(same && pool.is_some_and(|pool| number(&pool, "/status/readyReplicas") > 0))
    }

    /// Runs one pod of the template's kind until its container has started, and removes it.
    async fn prove(&self, probe: &Value) -> Result<(), StackError> {
        let at = Reference::of(probe);
        let namespace = at.namespace.clone().unwrap_or_default();
        self.remove_probe(&at).await?;
        let subject = Subject { namespace: &namespace, prefix: &at.name, sandboxes: None };
        let what = format!("a pod of runtime class {}", text(probe, "/spec/runtimeClassName"));
        let mut made = false;
        let look = async || {
            if !made {
                match self.objects.create(probe).await {
                    // A new namespace gets its service account a moment later.
                    Err(error) if error.status() == Some(403) && error.to_string().contains("service account") => {
                        return Ok(Progress::Pending(error.to_string()));
                    }
                    answer => answer?,
                };
                made = true;
            }
            Ok(started(self.objects.get(&at).await?.as_ref()))
        };
        let proof = wait(self.objects, self.progress, &what, self.limit(), Some(subject), look).await;
        let removed = self.remove_probe(&at).await;
        proof.and(removed)
    }

    async fn remove_probe(&self, at: &Reference) -> Result<(), StackError> {
        self.objects.delete(at).await?;
        let look = async || match self.objects.get(at).await? {
            None => Ok(Progress::Ready),
            Some(_) => Ok(Progress::Pending("it is still there".into())),
        };
        wait(self.objects, self.progress, &format!("the end of {at}"), self.limit(), None, look).await
    }

    pub(super) async fn fill(&self, wanted: &Value) -> Result<(), StackError> {
        self.objects.apply(wanted, true).await?;
        let at = Reference::of(wanted);
        let observes = self.dialect.pool_status_has("observedGeneration");
        let subject = Subject {
            namespace: &self.stack.namespace,
            prefix: &at.name,
            sandboxes: Some(self.dialect.version.as_str()),
        };
        let look = async || {
            let progress = pool(self.objects.get(&at).await?.as_ref(), observes);
            Ok(self.or_complaint(progress, api::CONTROLLER_NAMESPACE).await)
        };
        wait(self.objects, self.progress, &at.to_string(), self.limit(), Some(subject), look).await
    }

    /// No wait helps against flags that the controller does not take. It has no readiness probe: it may count as available
    /// for a moment, before it ends.
    async fn or_complaint(&self, progress: Progress, namespace: &str) -> Progress {
        let Progress::Pending(state) = progress else { return progress };
        complaint(self.objects, namespace).await.map_or(Progress::Pending(state), Progress::Failed)
    }

    fn limit(&self) -> std::time::Duration {
        self.stack.wait_timeout.std()
    }
}

fn deletion_reason(namespace: &Value) -> &str {
    let content = crate::cluster::object::condition(namespace, "NamespaceContentRemaining");
    content.map_or("not yet done", |condition| text(condition, "/message"))
}

/// A container that runs, or has run, was started by the runtime.
fn started(pod: Option<&Value>) -> Progress {
    let Some(pod) = pod else { return Progress::Failed("the pod was deleted by another".into()) };
    let states = crate::cluster::object::items(pod, "/status/containerStatuses");
    let ran = |status: &Value| {
        status.pointer("/state/running").is_some() || status.pointer("/state/terminated/startedAt").is_some()
    };
    match (states.iter().any(ran), text(pod, "/status/phase")) {
        (true, _) | (_, "Succeeded") => Progress::Ready,
        (_, "Failed") => Progress::Failed("the pod failed".into()),
        (_, phase) => Progress::Pending(format!("the pod is {}", if phase.is_empty() { "new" } else { phase })),
    }
}
