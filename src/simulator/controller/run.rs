#[cfg(not(feature = "made-up"))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::controllers::Controllers;
use super::timers::Task;
use crate::clock::nanoseconds;
use crate::kinds::{
    CLAIMS, CUSTOM_RESOURCE_DEFINITIONS, DAEMON_SETS, DEPLOYMENTS, JOBS, KindId, NAMESPACES, NODES, PODS, SANDBOXES,
    SECRETS, TEMPLATES, WARM_POOLS,
};
use crate::store::{Change, Event};
use agent_sandbox_common::clock::monotonic_ns;

/// The longest the loop sleeps when nothing happens.
const IDLE: Duration = Duration::from_millis(200);

/// What the controllers do next.
enum Next {
    /// Stand still for this long.
    Pause(Duration),
    /// Wait at most this long for something that is written, then work.
    Work(Duration),
}

impl Controllers {
    /// Works until `stop`.
    #[cfg(not(feature = "made-up"))]
    pub fn run(mut self, stop: &AtomicBool) {
        let (store, mut events) = (self.store.clone(), Vec::new());
        while !stop.load(Ordering::Relaxed) {
            match self.next() {
                Next::Pause(time) => std::thread::sleep(time),
                Next::Work(within) => {
                    store.take_written(within, &mut events);
                    self.work(&mut events);
                }
            }
        }
    }

    /// Works until the task is dropped.
    #[cfg(feature = "made-up")]
    pub async fn run_made_up(mut self) {
        let (store, mut events) = (self.store.clone(), Vec::new());
        loop {
            match self.next() {
                Next::Pause(time) => tokio::time::sleep(time).await,
                Next::Work(within) => {
                    store.take_written_later(within, &mut events).await;
                    self.work(&mut events);
                }
            }
        }
    }

    /// What comes next, and for how long at most.
    fn next(&mut self) -> Next {
        let now_ns = monotonic_ns();
        let until = |at: i64| Duration::from_nanos((at - now_ns).max(0).cast_unsigned()).min(IDLE);
        if let Some(end) = self.paused(now_ns) {
            return Next::Pause(until(end));
        }
        let due = [self.timers.next(), self.node_faults(now_ns)].into_iter().flatten().min();
        Next::Work(due.map_or(IDLE, until))
    }

    /// Reacts to what was written, and does what is due.
    fn work(&mut self, written: &mut Vec<(KindId, Event)>) {
        for (kind, event) in written.drain(..) {
            self.react(kind, &event);
        }
        self.fire();
    }

    /// Brings about at once all that would come about in time: at the start the stack has been standing for long.
    pub fn settle(&mut self) {
        self.work_until(i64::MAX, usize::MAX);
    }

    /// Brings about at once what would come about within `time`, in about so many `steps` at most.
    pub fn work_for(&mut self, time: Duration, steps: usize) {
        self.work_until(monotonic_ns().saturating_add(nanoseconds(time)), steps);
    }

    fn work_until(&mut self, end_ns: i64, steps: usize) {
        let (mut events, mut done) = (Vec::new(), 0);
        self.frozen_ns = Some(monotonic_ns());
        while done < steps {
            // What a reaction writes is reacted to before time goes on.
            let store = self.store.clone();
            store.take_written(Duration::ZERO, &mut events);
            if events.is_empty() {
                // Time jumps from task to task, so that their order is the seed's alone.
                self.frozen_ns = self.timers.next();
                let Some(task) = self.timers.pop(end_ns) else { break };
                self.perform(task);
                done += 1;
            }
            done += events.len();
            for (kind, event) in events.drain(..) {
                self.react(kind, &event);
            }
        }
        self.frozen_ns = None;
        for (delay, task) in std::mem::take(&mut self.after_settling) {
            self.after(delay, task);
        }
    }

    fn react(&mut self, kind: KindId, event: &Event) {
        if kind == DEPLOYMENTS {
            for (kind, event) in self.deployment_changed(event) {
                self.react(kind, &event);
            }
        }
        match kind {
            _ if self.is_unwatched(kind) => {}
            CLAIMS => self.claim_changed(event),
            SANDBOXES => self.sandbox_changed(event),
            PODS => self.pod_changed(event),
            WARM_POOLS => self.pool_changed(event),
            TEMPLATES => self.template_changed(event),
            NAMESPACES => self.namespace_changed(event),
            NODES => self.node_changed(event),
            JOBS => self.job_changed(event),
            SECRETS if event.change == Change::Added => self.fill_token(event),
            DEPLOYMENTS | DAEMON_SETS | CUSTOM_RESOURCE_DEFINITIONS if event.change != Change::Deleted => {
                self.roll_out_later(kind, event);
            }
            _ => {}
        }
        self.collect(kind, event);
    }

    fn fire(&mut self) {
        let now_ns = monotonic_ns();
        while let Some(task) = self.timers.pop(now_ns) {
            self.perform(task);
        }
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Bind(job) => self.bind(&job),
            Task::Retry(job) => self.retry_claim(&job),
            Task::Expire(key) => self.expire(&key),
            Task::Pulled(key, uid) => self.pod_image_is_there(&key, &uid),
            Task::Network(key, uid, address) => self.pod_gets_network(&key, &uid, address),
            Task::Start(key, uid) => self.pod_starts(&key, &uid),
            Task::Exit(key, uid, code) => self.pod_exits(&key, &uid, code),
            Task::End(key, uid) => self.pod_ends(&key, &uid),
            Task::Refill(key) => self.refill(&key),
            Task::PoolStatus(key) => self.write_pool_status(&key),
            Task::RollOut(kind, key) => self.roll_out(kind, &key),
            Task::Finalize(namespace) => self.finalize_namespace(&namespace),
            Task::PollProcesses => self.poll_processes(),
        }
    }
}
