use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::controllers::Controllers;
use super::pod_status::{remove, set_ended};
use super::timers::Task;
use crate::access::AUDIENCE;
use crate::clock::nanoseconds;
use crate::kinds::SERVICE_ACCOUNTS;
use crate::store::{Key, Object};
use agent_sandbox_common::clock::monotonic_ns;

/// Processes are looked at this often.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Controllers {
    /// Starts the pod's process, if it has one; false where it cannot be started.
    pub(super) fn start_process(&mut self, key: &Key, pod: &Object) -> bool {
        if !is_runner(pod) {
            return true;
        }
        let is_first = self.processes.is_empty();
        let token = self.token_of(pod);
        let started = token.is_some_and(|token| self.processes.start(&pod.metadata.uid, key, &token).is_ok());
        if started && is_first {
            self.after(POLL_INTERVAL, Task::PollProcesses);
        }
        started
    }

    fn token_of(&self, pod: &Object) -> Option<String> {
        let spec = pod.parse("spec");
        let name = spec["serviceAccountName"].as_str().unwrap_or("default");
        let state = self.store.lock();
        let account = state.get(SERVICE_ACCOUNTS, &Key::new(pod.metadata.namespace.clone(), name))?;
        Some(self.tokens.issue(account, vec![AUDIENCE.into()], state.now(), None, None))
    }

    /// A pod was deleted; true where its process is still to end.
    pub(super) fn end_process(&self, uid: &Arc<str>, grace: Duration) -> bool {
        self.processes.end(uid, monotonic_ns().saturating_add(nanoseconds(grace)))
    }

    /// Looks which processes have ended, and kills those whose time is over.
    pub(super) fn poll_processes(&mut self) {
        let ended = self.processes.ended();
        let mut state = self.store.lock();
        for process in ended {
            set_ended(&mut state, &process.pod, &process.uid, process.code);
            if process.was_deleted {
                remove(&mut state, &process.pod, &process.uid);
            }
        }
        drop(state);
        self.processes.kill_overdue(monotonic_ns());
        if !self.processes.is_empty() {
            self.after(POLL_INTERVAL, Task::PollProcesses);
        }
    }
}

/// Whether the pod is a runner of this program: a Job's, whose one container is given the word `runner`.
fn is_runner(pod: &Object) -> bool {
    if pod.metadata.controlled_by().is_none_or(|owner| &*owner.kind != "Job") {
        return false; // as nearly every pod, whose spec is then not read
    }
    let spec = pod.parse("spec");
    let container = &spec["containers"][0];
    container["command"].is_null() && container["args"] == json!(["runner"])
}
