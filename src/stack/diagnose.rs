//! What the cluster itself says about something that does not become ready.

use std::collections::BTreeMap;

use agent_sandbox_common::api::AGENTS_GROUP;
use kube::api::ListParams;
use serde_json::Value;

use crate::cluster::Objects;
use crate::cluster::object::{condition, is_true, items, kind, name, number, text};

/// The owner of the pods, events and sandboxes that give the reason.
pub(super) struct Subject<'a> {
    pub(super) namespace: &'a str,
    /// Names of the objects concerned begin so.
    pub(super) prefix: &'a str,
    /// `group/version` of sandboxes to look at too.
    pub(super) sandboxes: Option<&'a str>,
}

/// Lines at most; the rest says the same again.
const LINES: usize = 6;
const LOG_LINES: u32 = 5;

/// The reasons, most frequent first. Never fails: what cannot be asked is left out.
pub(super) async fn explain(objects: &Objects, subject: &Subject<'_>) -> Vec<String> {
    let mut reasons = Counted::default();
    let all = ListParams::default();
    let pods = objects.list("v1", "Pod", Some(subject.namespace), &all).await.unwrap_or_default();
    let pods: Vec<_> = pods.iter().filter(|pod| concerns(subject, name(pod)) && !is_true(pod, "Ready")).collect();
    for pod in &pods {
        for reason in pod_reasons(pod) {
            reasons.add("pods", reason);
        }
    }
    if let Some(version) = subject.sandboxes {
        let api_version = format!("{AGENTS_GROUP}/{version}");
        let sandboxes = objects.list(&api_version, "Sandbox", Some(subject.namespace), &all).await.unwrap_or_default();
        for ready in sandboxes.iter().filter(|it| concerns(subject, name(it))).filter_map(|it| condition(it, "Ready")) {
            if text(ready, "/status") != "True" {
                reasons.add("sandboxes", format!("{}: {}", text(ready, "/reason"), text(ready, "/message")));
            }
        }
    }
    let mut events = objects.list("v1", "Event", Some(subject.namespace), &all).await.unwrap_or_default();
    // Events outlive their pods; those of pods that are gone or Ready explain nothing.
    let stands = |name: &str| pods.iter().any(|pod| self::name(pod) == name);
    events.retain(|event| {
        let of = text(event, "/involvedObject/name");
        concerns(subject, of) && (text(event, "/involvedObject/kind") != "Pod" || stands(of))
    });
    events.sort_by_key(|event| std::cmp::Reverse(text(event, "/lastTimestamp").to_owned()));
    let said = |event: &Value| {
        let of = text(event, "/involvedObject/kind");
        format!("{of} {}: {}", text(event, "/reason"), text(event, "/message"))
    };
    // What a pod is at, such as pulling, is no warning, and may be all there is to know.
    let last = |pod: &&Value| events.iter().find(|event| text(event, "/involvedObject/name") == name(pod));
    for event in pods.iter().filter_map(last) {
        reasons.add("events", said(event));
    }
    for event in events.iter().filter(|event| text(event, "/type") == "Warning") {
        reasons.add("events", said(event));
    }
    let mut lines = reasons.lines();
    lines.extend(crash_log(objects, &pods).await);
    lines
}

fn concerns(subject: &Subject<'_>, name: &str) -> bool {
    name.starts_with(subject.prefix)
}

fn pod_reasons(pod: &Value) -> Vec<String> {
    let mut reasons = Vec::new();
    let scheduled = condition(pod, "PodScheduled").filter(|it| text(it, "/status") == "False");
    reasons.extend(scheduled.map(|it| format!("{}: {}", text(it, "/reason"), text(it, "/message"))));
    for status in items(pod, "/status/containerStatuses") {
        for state in ["waiting", "terminated"] {
            let reason = text(status, &format!("/state/{state}/reason"));
            if !reason.is_empty() && reason != "ContainerCreating" {
                reasons.push(format!("{reason}: {}", text(status, &format!("/state/{state}/message"))));
            }
        }
    }
    let failed = text(pod, "/status/phase") == "Failed";
    reasons.extend(failed.then(|| format!("{}: {}", text(pod, "/status/reason"), text(pod, "/status/message"))));
    reasons
}

/// The last words of the first container that ended by itself.
async fn crash_log(objects: &Objects, pods: &[&Value]) -> Option<String> {
    let crashed = |pod: &&&Value| {
        let statuses = items(pod, "/status/containerStatuses");
        statuses.iter().any(|it| number(it, "/restartCount") > 0 || it.pointer("/state/terminated").is_some())
    };
    let pod = pods.iter().find(crashed)?;
    let previous = items(pod, "/status/containerStatuses").iter().any(|it| number(it, "/restartCount") > 0);
    let log = log(objects, pod, &format!("tailLines={LOG_LINES}&previous={previous}")).await?;
    Some(format!("log of {} {}: {}", kind_of(pod), name(pod), log.replace('\n', " | ")))
}

/// What a pod's only container wrote; `None` of nothing, and where it cannot be had.
pub(super) async fn log(objects: &Objects, pod: &Value, query: &str) -> Option<String> {
    let path = format!("/api/v1/namespaces/{}/pods/{}/log?{query}", text(pod, "/metadata/namespace"), name(pod));
    let request = http::Request::get(path).body(Vec::new()).ok()?;
    let log = objects.client().request_text(request).await.ok()?;
    let log = log.trim();
    (!log.is_empty()).then(|| log.to_owned())
}

fn kind_of(pod: &Value) -> &str {
    if kind(pod).is_empty() { "Pod" } else { kind(pod) }
}

/// Reasons and how often each was met, in the order they were first met.
#[derive(Default)]
struct Counted {
    order: Vec<(&'static str, String)>,
    counts: BTreeMap<String, usize>,
}

impl Counted {
    fn add(&mut self, of: &'static str, reason: String) {
        let count = self.counts.entry(reason.clone()).or_default();
        *count += 1;
        if *count == 1 {
            self.order.push((of, reason));
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |(of, reason): &(&str, String)| match self.counts.get(reason) {
            Some(count) if *count > 1 => format!("{count} {of}: {}", one_line(reason)),
            _ => one_line(reason),
        };
        self.order.iter().take(LINES).map(line).collect()
    }
}

fn one_line(text: &str) -> String {
    text.trim().trim_end_matches(':').replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_says_why_it_is_not_ready() {
        let unschedulable = json!({"status": {"conditions": [{"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "message": "0/3 nodes are available"}]}});
        assert_eq!(pod_reasons(&unschedulable), ["Unschedulable: 0/3 nodes are available"]);
        let pulling = json!({"status": {"containerStatuses": [{"state": {"waiting":
            {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}}]}});
        assert_eq!(pod_reasons(&pulling), ["ImagePullBackOff: Back-off pulling image"]);
    }

    #[test]
    fn the_same_reason_is_said_once_with_its_count() {
        let mut counted = Counted::default();
        for _ in 0..3 {
            counted.add("pods", "Unschedulable: no room".into());
        }
        counted.add("events", "Pod FailedMount: x\ny".into());
        assert_eq!(counted.lines(), ["3 pods: Unschedulable: no room", "Pod FailedMount: x y"]);
    }
}
