use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP, key};
use futures::future::LocalBoxFuture;
use futures::stream::{self, StreamExt, TryStreamExt};
use kube::api::ListParams;
use serde::Serialize;
use serde_json::Value;

use super::install::Step;
use super::manifest::is_crd;
use super::render::{INSTALLER, INSTALLER_NAMESPACE, gvisor_removal};
use super::wait::{Progress, daemons, wait};
use super::{Notify, StackError, nodes};
use crate::cluster::object::{Reference, is_ours, items, kind, name, text};
use crate::cluster::{ClusterError, Objects};

/// What was removed, and what stays and why.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Removed {
    /// Objects, as `Kind namespace/name`, in the order they went.
    pub objects: Vec<String>,
    /// Nodes whose label and taint were put back.
    pub nodes: Vec<String>,
    /// What we installed and left, with the reason.
    pub kept: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Longest wait for one kind of objects to go.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(120);
/// How long the garbage collector may take none of the sandboxes before they are deleted here. Where definitions were
/// removed and installed again, it may need minutes to notice.
const COLLECTION_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests at once.
const ABREAST: usize = 8;

/// Removes everything that `install` made, and only that, in reverse; what a half-finished install left as well. CRDs
/// stay while somebody else's objects of their kinds exist, since those would go with them.
///
/// # Errors
/// [`StackError`] of a request that failed, or of objects that do not go.
pub fn uninstall<'a>(
    client: &'a kube::Client,
    progress: Notify<'a>,
) -> LocalBoxFuture<'a, Result<Removed, StackError>> {
    Box::pin(async move {
        let objects = Objects::new(client);
        let mut this = Uninstall { objects: &objects, progress, removed: Removed::default() };
        this.run().await?;
        Ok(this.removed)
    })
}

struct Uninstall<'a> {
    objects: &'a Objects,
    progress: Notify<'a>,
    removed: Removed,
}

/// The order things go in: what depends on others first.
fn rank(object: &Value) -> u8 {
    match kind(object) {
        "SandboxClaim" => 0,
        "SandboxWarmPool" => 1,
        "SandboxTemplate" => 2,
        "Pod" | "Job" => 3,
        "Deployment" => 4,
        // gVisor's installer is turned round before it goes.
        "DaemonSet" => 5,
        "CustomResourceDefinition" => 7,
        "Namespace" => 8,
        _ => 6,
    }
}

impl Uninstall<'_> {
    async fn run(&mut self) -> Result<(), StackError> {
        (self.progress)("look for what was installed");
        let mut found = self.find().await?;
        found.sort_by_key(rank);
        let (sandboxes, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| rank(it) <= 3);
        let (stack, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| rank(it) <= 4);
        let class = rest.iter().find(|it| kind(it) == "RuntimeClass").map(|it| name(it).to_owned());
        self.remove("remove claims, pool and template", &sandboxes).await?;
        self.wait_for_sandboxes().await?;
        self.remove("remove the controller", &stack).await?;
        if let Some(daemon_set) = rest.iter().find(|it| kind(it) == "DaemonSet" && name(it) == INSTALLER) {
            self.take_gvisor_away(daemon_set, class.as_deref()).await?;
        }
        let (others, last): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| rank(it) <= 6);
        self.remove("remove rights, accounts and services", &others).await?;
        let mut going = Vec::new();
        for object in last {
            match self.in_use(&object).await? {
                Some(why) => self.removed.kept.push(why),
                None => going.push(object),
            }
        }
        self.remove("remove the API and the namespaces", &going).await?;
        let start = Instant::now();
        (self.progress)("put the nodes back");
        self.removed.nodes = nodes::restore(self.objects).await?;
        self.done("put the nodes back", start);
        Ok(())
    }

    /// Every object of ours, of whatever kind the server serves.
    async fn find(&self) -> Result<Vec<Value>, StackError> {
        let ours = ListParams::default().labels(&format!("{}={}", key::MANAGED_BY, key::MANAGER));
        let kinds = self.listable().await?;
        let lists = stream::iter(kinds).map(|(api_version, kind)| {
            let ours = &ours;
            async move {
                match self.objects.list(&api_version, &kind, None, ours).await {
                    // A kind we may not even list is one we made nothing of.
                    Err(error) if matches!(error.status(), Some(403 | 405)) => Ok(Vec::new()),
                    list => list,
                }
            }
        });
        let lists: Vec<_> = lists.buffered(ABREAST).try_collect().await?;
        Ok(lists.into_iter().flatten().filter(is_ours).collect())
    }

    /// Kinds that can be listed and deleted, each in the version the server prefers.
    async fn listable(&self) -> Result<Vec<(String, String)>, StackError> {
        let groups = self.objects.client().list_api_groups().await;
        let groups = groups.map_err(|error| ClusterError::request("asking for the API's groups", &error))?;
        let preferred = groups.groups.into_iter().filter_map(|group| {
            let version = group.preferred_version.or_else(|| group.versions.into_iter().next());
            version.map(|version| version.group_version)
        });
        let versions = std::iter::once("v1".to_owned()).chain(preferred);
        let listed = stream::iter(versions).map(async |api_version| {
            // The API of an add-on that is down must not stop an uninstall; nothing of ours is in it.
            let kinds = self.objects.kinds(&api_version).await.unwrap_or_default();
            (api_version, kinds)
        });
        let listed: Vec<_> = listed.buffered(ABREAST).collect().await;
        let mut kinds = BTreeSet::new();
        for (api_version, resources) in listed {
            for resource in resources {
                let can = |verb: &str| resource.verbs.iter().any(|it| it == verb);
                let derived = ["Event", "Lease", "Endpoints", "EndpointSlice"].contains(&resource.kind.as_str());
                if can("list") && can("delete") && !resource.name.contains('/') && !derived {
                    kinds.insert((api_version.clone(), resource.kind));
                }
            }
        }
        Ok(kinds.into_iter().collect())
    }

    async fn remove(&mut self, step: &str, objects: &[Value]) -> Result<(), StackError> {
        if objects.is_empty() {
            return Ok(());
        }
        (self.progress)(step);
        let start = Instant::now();
        let references: Vec<_> = objects.iter().map(Reference::of).collect();
        self.delete_all(&references).await?;
        for at in &references {
            self.gone(at).await?;
            self.removed.objects.push(at.to_string());
        }
        self.done(step, start);
        Ok(())
    }

    async fn delete_all(&self, all: &[Reference]) -> Result<(), ClusterError> {
        let deletions = stream::iter(all).map(async |at| self.objects.delete(at).await.map(drop));
        deletions.buffered(ABREAST).try_collect().await
    }

    fn done(&mut self, step: &str, start: Instant) {
        self.removed.steps.push(Step { name: step.into(), seconds: start.elapsed().as_secs_f64() });
    }

    async fn gone(&self, at: &Reference) -> Result<(), StackError> {
        let look = async || match self.objects.get(at).await? {
            None => Ok(Progress::Ready),
            Some(it) => Ok(Progress::Pending(format!("it is still there{}", held_by(&it)))),
        };
        wait(self.objects, self.progress, &format!("the end of {at}"), REMOVAL_TIMEOUT, None, look).await
    }

    /// The sandboxes of our pools and claims go by garbage collection, after their owners; where that does nothing, they
    /// are deleted.
    async fn wait_for_sandboxes(&self) -> Result<(), StackError> {
        let version = self.version_of(AGENTS_GROUP, "Sandbox").await?;
        let Some(version) = version else { return Ok(()) };
        let mut fewest = usize::MAX;
        let mut since = Instant::now();
        let look = async || {
            let owners = self.owners().await?;
            let mut sandboxes = self.objects.list(&version, "Sandbox", None, &ListParams::default()).await?;
            sandboxes.retain(|it| is_going(it, &owners));
            let left = sandboxes.len();
            if left < fewest {
                (fewest, since) = (left, Instant::now());
            }
            let (ending, orphans): (Vec<_>, Vec<_>) = sandboxes.iter().partition(|it| is_ending(it));
            if since.elapsed() > COLLECTION_TIMEOUT {
                let orphans: Vec<_> = orphans.into_iter().map(Reference::of).collect();
                self.delete_all(&orphans).await?;
            }
            let state =
                format!("{left} sandboxes of removed pools and claims still stand, {} being deleted", ending.len());
            Ok(match left {
                0 => Progress::Ready,
                _ if since.elapsed() > REMOVAL_TIMEOUT => Progress::Failed(state),
                _ => Progress::Pending(state),
            })
        };
        // Thousands take their time; only a standstill is an error.
        wait(self.objects, self.progress, "the end of the sandboxes", REMOVAL_TIMEOUT * 30, None, look).await
    }

    /// Uids of the pools and claims that stand.
    async fn owners(&self) -> Result<BTreeSet<String>, StackError> {
        let mut owners = BTreeSet::new();
        for kind in ["SandboxWarmPool", "SandboxClaim"] {
            let Some(version) = self.version_of(EXTENSIONS_GROUP, kind).await? else { continue };
            let standing = self.objects.list(&version, kind, None, &ListParams::default()).await?;
            owners.extend(standing.iter().map(|it| text(it, "/metadata/uid").to_owned()));
        }
        Ok(owners)
    }

    /// The group version that serves `kind`, newest first.
    async fn version_of(&self, group: &str, kind: &str) -> Result<Option<String>, StackError> {
        for version in agent_sandbox_common::api::VERSIONS.iter().rev() {
            let api_version = format!("{group}/{version}");
            if self.objects.kinds(&api_version).await?.iter().any(|it| it.kind == kind) {
                return Ok(Some(api_version));
            }
        }
        Ok(None)
    }

    /// Turns the installer round, so that the nodes are as they were, and waits for it.
    async fn take_gvisor_away(&mut self, daemon_set: &Value, class: Option<&str>) -> Result<(), StackError> {
        const STEP: &str = "take gVisor off the nodes";
        (self.progress)(STEP);
        let start = Instant::now();
        let class = class.unwrap_or_else(|| {
            let selector = daemon_set.pointer("/spec/template/spec/nodeSelector").and_then(Value::as_object);
            selector.and_then(|it| it.values().next()?.as_str()).unwrap_or(super::runtime::HANDLER)
        });
        let mut last = Ok(());
        for object in gvisor_removal(daemon_set, class)? {
            self.objects.apply(&object, true).await?;
        }
        let at = Reference::new("apps/v1", "DaemonSet", Some(INSTALLER_NAMESPACE), INSTALLER);
        if crate::cluster::object::number(daemon_set, "/status/desiredNumberScheduled") > 0 {
            let look = async || Ok(daemons(self.objects.get(&at).await?.as_ref()));
            last = wait(self.objects, self.progress, STEP, REMOVAL_TIMEOUT, None, look).await;
        }
        if let Err(error) = last {
            let why = error.to_string().replace('\n', ";");
            self.removed.kept.push(format!("gVisor's files may still be on some nodes: {why}"));
        }
        self.done(STEP, start);
        Ok(())
    }

    /// Why an object of ours has to stay, if it does.
    async fn in_use(&self, object: &Value) -> Result<Option<String>, StackError> {
        let at = Reference::of(object);
        let left = match kind(object) {
            _ if is_crd(object) => {
                let group = text(object, "/spec/group");
                let kind = text(object, "/spec/names/kind");
                match self.version_of(group, kind).await? {
                    Some(version) => self.objects.list(&version, kind, None, &ListParams::default().limit(3)).await?,
                    None => Vec::new(),
                }
            }
            "Namespace" => self.tenants(&at.name).await?,
            _ => Vec::new(),
        };
        let names: Vec<_> = left.iter().map(|it| Reference::of(it).to_string()).collect();
        let why = (!names.is_empty()).then(|| format!("{at} stays: it holds what others made: {}", names.join(", ")));
        Ok(why)
    }

    /// Workloads of others in a namespace we made.
    async fn tenants(&self, namespace: &str) -> Result<Vec<Value>, StackError> {
        let mut tenants = Vec::new();
        let kinds = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job"), ("v1", "Pod")];
        let claims = [("v1", "PersistentVolumeClaim"), ("v1", "Service")];
        for (api_version, kind) in kinds.into_iter().chain(claims) {
            let all = self.objects.list(api_version, kind, Some(namespace), &ListParams::default()).await?;
            let foreign =
                |it: &Value| !is_ours(it) && items(it, "/metadata/ownerReferences").is_empty() && !is_ending(it);
            tenants.extend(all.into_iter().filter(foreign));
        }
        Ok(tenants)
    }
}

/// A sandbox whose owning pool or claim is gone, so that it will go too.
fn is_going(sandbox: &Value, owners: &BTreeSet<String>) -> bool {
    let refers = items(sandbox, "/metadata/ownerReferences");
    let mut ours = refers.iter().filter(|it| ["SandboxWarmPool", "SandboxClaim"].contains(&text(it, "/kind")));
    let going = ours.clone().next().is_some() && !ours.any(|it| owners.contains(text(it, "/uid")));
    going || is_ending(sandbox)
}

fn is_ending(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

fn held_by(object: &Value) -> String {
    let finalizers: Vec<_> = items(object, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    if finalizers.is_empty() { String::new() } else { format!(", held by the finalizers {}", finalizers.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sandbox_goes_when_its_owner_is_gone() {
        let owned = json!({"metadata": {"ownerReferences": [{"kind": "SandboxWarmPool", "uid": "1"}]}});
        assert!(is_going(&owned, &BTreeSet::new()));
        assert!(!is_going(&owned, &BTreeSet::from(["1".to_owned()])));
        assert!(!is_going(&json!({"metadata": {}}), &BTreeSet::new()), "a sandbox of its own stays");
    }
}
