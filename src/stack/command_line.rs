//! What the controller says of flags that it does not understand.

use agent_sandbox_common::api::CONTROLLER;
use kube::api::ListParams;
use serde_json::Value;

use super::diagnose::log;
use crate::cluster::Objects;
use crate::cluster::object::{Reference, items, name, number};

/// Exit code of a Go program whose flags cannot be parsed.
const USAGE: i64 = 2;
/// What Go's flag package begins its complaint with; the usage follows.
const COMPLAINTS: [&str; 5] = [
    "flag provided but not defined: ",
    "invalid value ",
    "invalid boolean value ",
    "flag needs an argument: ",
    "bad flag syntax: ",
];

/// The controller's complaint about the command line of its Deployment; `None` while it has none.
pub(super) async fn complaint(objects: &Objects, namespace: &str) -> Option<String> {
    let at = Reference::new("apps/v1", "Deployment", Some(namespace), CONTROLLER);
    let deployment = objects.get(&at).await.ok()??;
    let pods = objects.list("v1", "Pod", Some(namespace), &ListParams::default()).await.ok()?;
    // A pod of the Deployment before this one may still be going.
    let asked = command_line(&deployment, "/spec/template/spec");
    let own = |pod: &&Value| name(pod).starts_with(CONTROLLER) && command_line(pod, "/spec") == asked;
    let (pod, state) = pods.iter().filter(own).find_map(ended_by_usage)?;
    let previous = state == "lastState";
    let log = log(objects, pod, &format!("limitBytes=4096&previous={previous}")).await?;
    complaint_in(&log).map(|line| format!("the controller does not take its command line: {line}"))
}

fn command_line<'a>(object: &'a Value, spec: &str) -> [&'a [Value]; 2] {
    ["command", "args"].map(|field| items(object, &format!("{spec}/containers/0/{field}")))
}

/// A pod whose container ended by its usage, and under which of its states that stands.
fn ended_by_usage(pod: &Value) -> Option<(&Value, &'static str)> {
    let ended = |state: &str| {
        let mut statuses = items(pod, "/status/containerStatuses").iter();
        statuses.any(|status| number(status, &format!("/{state}/terminated/exitCode")) == USAGE)
    };
    ["state", "lastState"].into_iter().find(|state| ended(state)).map(|state| (pod, state))
}

fn complaint_in(log: &str) -> Option<&str> {
    log.lines().find(|line| COMPLAINTS.iter().any(|complaint| line.starts_with(complaint)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_program_that_shows_its_usage_has_a_complaint() {
        let pod = |state: &str, code: u8| json!({"status": {"containerStatuses": [{state: {"terminated": {"exitCode": code}}}]}});
        assert_eq!(ended_by_usage(&pod("lastState", 2)).map(|(_, state)| state), Some("lastState"));
        assert!(ended_by_usage(&pod("state", 1)).is_none());
        let log = "flag provided but not defined: -no-such\nUsage of /controller:\n  -extensions\n    \tEnable";
        assert_eq!(complaint_in(log), Some("flag provided but not defined: -no-such"));
        assert_eq!(complaint_in("starting\nfailed to get lease"), None);
    }
}
