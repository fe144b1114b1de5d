use std::time::Duration;

use kube::api::ListParams;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::objects::{NAME, Needs};
use crate::cluster::object::{Reference, items, text};
use crate::cluster::{ClusterError, Objects};

/// Between two looks.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// How long one answer may take; the client itself waits for as long as bytes come.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 15_000 });
/// How long the runners' namespace may take to go.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(60);
const REMOVING: &str = "removing the runners";
const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// The objects by which runners run.
pub(super) struct Deployment {
    objects: Objects,
    pub namespace: String,
    role: String,
    pool_namespaces: Vec<String>,
}

/// A runner's pod.
#[derive(Debug, Clone)]
pub(super) struct RunnerPod {
    pub index: u32,
    pub name: String,
    pub node: String,
    /// Its container runs.
    pub running: bool,
    /// It has ended, and how.
    pub over: Option<String>,
    /// Why it does not run yet.
    pub waits_for: String,
}

impl Deployment {
    /// Makes everything; what was made is removed again where something cannot be.
    ///
    /// # Errors
    /// [`ClusterError`] of the first object that cannot be made.
    pub async fn make(client: &kube::Client, needs: &Needs<'_>) -> Result<Self, ClusterError> {
        let (namespace, role, pool_namespaces) = (needs.namespace(), needs.role(), needs.pool_namespaces());
        let deployment = Self { objects: Objects::new(client), namespace, role, pool_namespaces };
        for object in needs.objects() {
            if let Err(error) = within("making the runners", deployment.objects.create(&object)).await {
                let _ = deployment.remove().await;
                return Err(error);
            }
        }
        Ok(deployment)
    }

    /// The runners' pods.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn pods(&self) -> Result<Vec<RunnerPod>, ClusterError> {
        let parameters = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={NAME}"));
        let pods = self.objects.list("v1", "Pod", Some(&self.namespace), &parameters);
        let pods = within("listing the runners' pods", pods).await?;
        Ok(pods.iter().filter_map(RunnerPod::of).collect())
    }

    /// How a pod ended, if it has, or is gone.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn is_over(&self, pod: &str) -> Result<Option<String>, ClusterError> {
        let at = Reference::new("v1", "Pod", Some(&self.namespace), pod);
        let Some(pod) = within("getting a runner's pod", self.objects.get(&at)).await? else {
            return Ok(Some("its pod is gone".into()));
        };
        Ok(RunnerPod::of(&pod).and_then(|pod| pod.over))
    }

    /// Removes everything, and waits until the pods are gone.
    ///
    /// # Errors
    /// [`ClusterError`] of what cannot be removed; all is tried.
    pub async fn remove(&self) -> Result<(), ClusterError> {
        let namespace_ref = Reference::new("v1", "Namespace", None, &self.namespace);
        let mut outcomes = vec![within(REMOVING, self.objects.delete(&namespace_ref)).await];
        for namespace in &self.pool_namespaces {
            for kind in ["RoleBinding", "Role"] {
                let at = Reference::new(RBAC, kind, Some(namespace), &self.role);
                outcomes.push(within(REMOVING, self.objects.delete(&at)).await);
            }
        }
        outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        let until = Instant::now() + REMOVAL_TIMEOUT;
        while Instant::now() < until && within(REMOVING, self.objects.get(&namespace_ref)).await?.is_some() {
            sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }
}

async fn within<T>(what: &str, request: impl Future<Output = Result<T, ClusterError>>) -> Result<T, ClusterError> {
    timeout(REQUEST_TIMEOUT, request).await.unwrap_or_else(|_| Err(ClusterError::unanswered(what)))
}

impl RunnerPod {
    /// One that the Job has not made.
    pub fn missing(index: u32) -> Self {
        let waits_for = "its pod was not made".to_owned();
        Self { index, name: String::new(), node: String::new(), running: false, over: None, waits_for }
    }

    fn of(pod: &Value) -> Option<Self> {
        let index = pod.pointer("/metadata/annotations/batch.kubernetes.io~1job-completion-index")?.as_str()?;
        let phase = text(pod, "/status/phase");
        let container = items(pod, "/status/containerStatuses").first().map_or(&Value::Null, |first| &first["state"]);
        let ended = container
            .get("terminated")
            .map(|state| format!("its container ended: {} (exit code {})", text(state, "/reason"), state["exitCode"]));
        let failed = ["Failed", "Succeeded"]
            .contains(&phase)
            .then(|| format!("its pod is {phase} {}", text(pod, "/status/message")));
        Some(Self {
            index: index.parse().ok()?,
            name: text(pod, "/metadata/name").to_owned(),
            node: text(pod, "/spec/nodeName").to_owned(),
            running: phase == "Running" && container.get("running").is_some(),
            over: ended.or(failed),
            waits_for: waits_for(pod, container, phase),
        })
    }
}

fn waits_for(pod: &Value, container: &Value, phase: &str) -> String {
    let reason = text(container, "/waiting/reason");
    if !reason.is_empty() {
        return format!("{reason} {}", text(container, "/waiting/message")).trim_end().to_owned();
    }
    let unscheduled =
        items(pod, "/status/conditions").iter().find(|it| it["type"] == "PodScheduled" && it["status"] == "False");
    unscheduled.map_or_else(|| phase.to_owned(), |it| format!("{} {}", text(it, "/reason"), text(it, "/message")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_never_answers_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let client = kube::Client::try_from(kube::Config::new(server)).unwrap();
        let objects = Objects::new(&client);
        let (namespace, role) = ("asb-x".to_owned(), "asb-x-runner".to_owned());
        let deployment = Deployment { objects, namespace, role, pool_namespaces: vec!["default".into()] };
        let errors = [deployment.pods().await.unwrap_err(), deployment.remove().await.unwrap_err()];
        let errors = errors.map(|error| error.to_string());
        assert_eq!(errors, ["listing the runners' pods: no answer in time", "removing the runners: no answer in time"]);
    }
}
