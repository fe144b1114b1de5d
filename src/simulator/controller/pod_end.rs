//! When a pod's containers end: by their commands, and after a deletion.

use std::time::Duration;

use serde::Deserialize;

use crate::pod_command::{Exit, exit_of};
use crate::store::Object;

/// What of a pod's spec says when it ends.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    restart_policy: String,
    containers: Vec<Container>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    command: Vec<String>,
    args: Vec<String>,
    lifecycle: Lifecycle,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Lifecycle {
    pre_stop: Hook,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hook {
    exec: Command,
    sleep: Sleep,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Command {
    command: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sleep {
    seconds: u64,
}

/// How a pod ends that nobody deletes: when its last container has ended, with the first code that is not 0. `None` where a
/// container goes on, or would be restarted: restarts are not played.
pub fn exit(pod: &Object) -> Option<Exit> {
    let spec: Spec = pod.parse_as("spec");
    if !["Never", "OnFailure"].contains(&&*spec.restart_policy) || spec.containers.is_empty() {
        return None;
    }
    let mut end = Exit { after: Duration::ZERO, code: 0 };
    for container in &spec.containers {
        // The image's own command is not known.
        let given = Some(&container.command).filter(|command| !command.is_empty())?;
        let exit = exit_of(&[&given[..], &container.args].concat())?;
        end.after = end.after.max(exit.after);
        if end.code == 0 {
            end.code = exit.code;
        }
    }
    (end.code == 0 || spec.restart_policy == "Never").then_some(end)
}

/// How long the slowest `preStop` hook of a pod takes, as far as that is known.
pub fn pre_stop(pod: &Object) -> Duration {
    let spec: Spec = pod.parse_as("spec");
    let time = |container: &Container| {
        let hook = &container.lifecycle.pre_stop;
        match &hook.exec.command[..] {
            [] => Duration::from_secs(hook.sleep.seconds),
            command => exit_of(command).map_or(Duration::ZERO, |exit| exit.after),
        }
    };
    spec.containers.iter().map(time).max().unwrap_or_default()
}
