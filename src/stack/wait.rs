use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::StackError;
use super::diagnose::{Subject, explain};
use crate::cluster::Objects;
use crate::cluster::object::{Reference, condition, is_true, number, text};

/// Called with a line for people as each step begins, and with how a wait stands.
pub type Notify<'a> = &'a (dyn Fn(&str) + Sync);

/// How far something is.
pub(super) enum Progress {
    Ready,
    /// Not yet, and what it looks like.
    Pending(String),
    /// No wait will help, and why.
    Failed(String),
}

const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Longest that the reasons are asked for, once time is up.
const EXPLAIN_AFTER: Duration = Duration::from_secs(10);

/// A wait is shown when it has lasted this long, when its state changes, and at this interval.
const FIRST_NOTE_AFTER: Duration = Duration::from_secs(2);
const NOTE_INTERVAL: Duration = Duration::from_secs(10);

/// Looks until `look` says Ready, at most `limit` long; faults of single requests are waited out with the rest. When
/// time is up, the error holds what the cluster says about `subject`.
pub(super) async fn wait(
    objects: &Objects,
    notify: Notify<'_>,
    what: &str,
    limit: Duration,
    subject: Option<Subject<'_>>,
    mut look: impl AsyncFnMut() -> Result<Progress, StackError>,
) -> Result<(), StackError> {
    let start = Instant::now();
    let mut state = "no request was answered".to_owned();
    let mut told = (start, String::new());
    let (fate, last) = loop {
        // A server that takes its time does not move the deadline; what was seen last stands.
        match timeout_at(start + limit.max(POLL_INTERVAL), look()).await {
            Ok(Ok(Progress::Ready)) => return Ok(()),
            Ok(Ok(Progress::Failed(why))) => break ("failed", why),
            Ok(Ok(Progress::Pending(seen))) => state = seen,
            Ok(Err(error)) if passes(&error) => state = error.to_string(),
            Ok(Err(error)) => return Err(error),
            Err(_) => break ("is not ready", state),
        }
        if start.elapsed() >= FIRST_NOTE_AFTER && (told.1 != state || told.0.elapsed() >= NOTE_INTERVAL) {
            notify(&format!("  {what}, {:.0} s: {state}", start.elapsed().as_secs_f64()));
            told = (Instant::now(), state.clone());
        }
        if start.elapsed() >= limit {
            break ("is not ready", state);
        }
        sleep(POLL_INTERVAL.min(limit)).await;
    };
    let mut reasons = vec![last];
    if let Some(subject) = subject {
        reasons.extend(timeout(EXPLAIN_AFTER, explain(objects, &subject)).await.unwrap_or_default());
    }
    Err(StackError::NotReady { what: what.into(), fate: fate.into(), seconds: start.elapsed().as_secs_f64(), reasons })
}

/// Whether the next request may fare better.
fn passes(error: &StackError) -> bool {
    error.status().is_some_and(|status| status == 0 || status == 429 || status >= 500)
}

/// A CRD is Established once its kind can be used.
pub(super) async fn established(objects: &Objects, crd: &Reference) -> Result<Progress, StackError> {
    let Some(it) = objects.get(crd).await? else { return Ok(Progress::Pending(format!("{crd} is not there"))) };
    if is_true(&it, "Established") {
        return Ok(Progress::Ready);
    }
    let refused = condition(&it, "NamesAccepted").filter(|condition| text(condition, "/status") == "False");
    match refused {
        Some(condition) => Ok(Progress::Failed(format!("{crd}: {}", text(condition, "/message")))),
        None => Ok(Progress::Pending(format!("{crd} is not Established"))),
    }
}

/// A Deployment is out when every replica is new and available, and the old ones are gone.
pub(super) fn rollout(deployment: Option<&Value>) -> Progress {
    let Some(it) = deployment else { return Progress::Pending("there is no such Deployment".into()) };
    let wanted = it.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let [updated, available, all] =
        ["updatedReplicas", "availableReplicas", "replicas"].map(|field| number(it, &format!("/status/{field}")));
    let seen = number(it, "/status/observedGeneration") >= number(it, "/metadata/generation");
    if seen && updated == wanted && available == wanted && all == wanted {
        return Progress::Ready;
    }
    let stuck = condition(it, "Progressing").filter(|it| text(it, "/reason") == "ProgressDeadlineExceeded");
    let state = format!("{available} of {wanted} replicas are available, {updated} updated");
    match stuck {
        Some(condition) => Progress::Failed(format!("{state}: {}", text(condition, "/message"))),
        None => Progress::Pending(state),
    }
}

/// How far a Deployment is from being out; `None` if it is.
pub(crate) fn rollout_state(deployment: &Value) -> Option<String> {
    match rollout(Some(deployment)) {
        Progress::Ready => None,
        Progress::Pending(state) | Progress::Failed(state) => Some(state),
    }
}

/// A `DaemonSet` is out when every node that should run it does, ready and updated.
pub(super) fn daemons(daemon_set: Option<&Value>) -> Progress {
    let Some(it) = daemon_set else { return Progress::Pending("there is no such DaemonSet".into()) };
    let [wanted, ready, updated] = ["desiredNumberScheduled", "numberReady", "updatedNumberScheduled"]
        .map(|field| number(it, &format!("/status/{field}")));
    let seen = number(it, "/status/observedGeneration") >= number(it, "/metadata/generation");
    if seen && wanted > 0 && ready == wanted && updated == wanted {
        return Progress::Ready;
    }
    Progress::Pending(format!("{ready} of {wanted} nodes are done"))
}

/// A pool is full when the controller has seen what is asked for, and that many sandboxes are Ready. A count of 0 is
/// left out of the status, so an empty pool is known by the selector the controller writes first.
pub(super) fn pool(pool: Option<&Value>, observes_generation: bool) -> Progress {
    let Some(it) = pool else { return Progress::Pending("there is no such SandboxWarmPool".into()) };
    let (wanted, ready) = (number(it, "/spec/replicas"), number(it, "/status/readyReplicas"));
    let seen = if observes_generation {
        number(it, "/status/observedGeneration") >= number(it, "/metadata/generation")
    } else {
        !text(it, "/status/selector").is_empty()
    };
    match (seen, ready >= wanted) {
        (true, true) => Progress::Ready,
        (false, true) if wanted > 0 && it.pointer("/status/observedGeneration").is_none() => {
            Progress::Pending(format!(
                "{ready} of {wanted} sandboxes are Ready, but the controller does not write status.observedGeneration; are the \
             CRDs of another release than the controller?"
            ))
        }
        (false, _) => Progress::Pending("the controller has not seen it".into()),
        (true, false) => Progress::Pending(format!("{ready} of {wanted} sandboxes are Ready")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_pool_is_ready_once_it_was_seen() {
        let seen = json!({"metadata": {"generation": 1}, "spec": {"replicas": 0}, "status": {"selector": "a=b"}});
        assert!(matches!(pool(Some(&seen), false), Progress::Ready));
        assert!(matches!(pool(Some(&seen), true), Progress::Pending(_)));
        let unseen = json!({"metadata": {"generation": 1}, "spec": {"replicas": 0}});
        assert!(matches!(pool(Some(&unseen), false), Progress::Pending(_)));
    }

    #[test]
    fn a_controller_of_another_release_is_suspected_where_all_are_ready() {
        let mut it = json!({"metadata": {"generation": 1}, "spec": {"replicas": 2}, "status": {"readyReplicas": 2}});
        let told = |it: &Value| match pool(Some(it), true) {
            Progress::Pending(why) => why,
            _ => panic!("all of it counts as ready"),
        };
        assert!(told(&it).contains("another release"), "{}", told(&it));
        it["status"]["readyReplicas"] = json!(1);
        assert!(told(&it).contains("has not seen it"), "{}", told(&it));
    }

    #[test]
    fn a_rollout_waits_for_the_old_replicas_to_go() {
        let mut it = json!({"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status":
            {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1}});
        assert!(matches!(rollout(Some(&it)), Progress::Pending(_)));
        it["status"]["replicas"] = json!(1);
        assert!(matches!(rollout(Some(&it)), Progress::Ready));
    }

    #[test]
    fn daemons_on_no_node_are_not_ready() {
        assert!(matches!(daemons(Some(&json!({"status": {}}))), Progress::Pending(_)));
    }
}
