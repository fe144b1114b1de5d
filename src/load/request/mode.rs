use std::time::Duration;

use agent_sandbox_common::api::VERSIONS;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cluster::Failure;
use crate::config::LoadObject;
use crate::load::context::Context;
use crate::load::sandbox_watch::SandboxSeen;
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// How long an answer to a patch is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Sandbox whose mode a session changes.
pub(super) struct Mode<'a> {
    context: &'a Context,
    /// Path of the Sandbox.
    path: String,
    /// What the watch shows of it.
    seen: UnboundedReceiver<SandboxSeen>,
    /// True once it was seen not Ready since it was last suspended. On the first API a suspended Sandbox stays Ready.
    unready: bool,
}

impl<'a> Mode<'a> {
    /// Of a Sandbox in a pool's namespace; `uid` is that of the claim that has it, or its own where it is bare.
    pub fn new(context: &'a Context, pool: usize, sandbox: &str, uid: &str) -> Self {
        let namespace = &context.plan.pools[pool].namespace;
        let collection = LoadObject::Sandbox.collection(&context.api_version, namespace);
        let seen = context.sandboxes.follow(uid);
        Self { context, path: format!("{collection}/{sandbox}"), seen, unready: false }
    }

    /// Suspends it, and waits until it says so.
    pub async fn suspend(&mut self) -> Result<SandboxSeen, WorkloadFailure> {
        let generation = self.set(Way::Suspend, true).await?;
        self.unready = false;
        self.wait(Way::Suspend, generation, |seen, _| is_suspended(seen, generation)).await
    }

    /// Resumes it, and waits until it is Ready again.
    pub async fn resume(&mut self) -> Result<SandboxSeen, WorkloadFailure> {
        let generation = self.set(Way::Resume, false).await?;
        self.wait(Way::Resume, generation, |seen, unready| unready && is_resumed(seen, generation)).await
    }

    /// Asks for the mode; returns the generation of the spec that has it.
    async fn set(&self, way: Way, suspended: bool) -> Result<i64, WorkloadFailure> {
        let body = Bytes::from(patch(&self.context.api_version, suspended));
        let reply = match self.context.deletes.send(Method::PATCH, &self.path, body, PATIENCE).await {
            Ok(reply) if reply.status.is_success() => reply,
            Ok(reply) => return Err(WorkloadFailure::Http(way, reply.status.as_u16())),
            Err(Failure::NotSent(_)) => return Err(way.failed(WorkloadFault::Connect)),
            Err(Failure::Lost { .. }) => return Err(way.failed(WorkloadFault::ConnectionLost)),
        };
        let answer: Answer = serde_json::from_slice(&reply.body).map_err(|_| way.failed(WorkloadFault::NoAnswer))?;
        Ok(answer.metadata.generation)
    }

    /// What the watch shows that is `enough`. That function also receives whether the Sandbox was not Ready meanwhile.
    async fn wait(
        &mut self,
        way: Way,
        generation: i64,
        enough: impl Fn(&SandboxSeen, bool) -> bool,
    ) -> Result<SandboxSeen, WorkloadFailure> {
        while let Some(seen) = self.seen.recv().await {
            self.unready |= seen.ready.is_some_and(|ready| !ready.is && ready.is_of(generation));
            if enough(&seen, self.unready) {
                return Ok(seen);
            }
        }
        // It is gone.
        Err(way.failed(WorkloadFault::NoPod))
    }
}

fn patch(version: &str, suspended: bool) -> String {
    let spec = if version == VERSIONS[0] {
        json!({ "replicas": u8::from(!suspended) })
    } else {
        json!({ "operatingMode": if suspended { "Suspended" } else { "Running" } })
    };
    json!({ "spec": spec }).to_string()
}

/// Whether a Sandbox says that the pod of a spec of `generation` or later is gone. The first API has no condition for it: its
/// controller says so by the addresses.
fn is_suspended(seen: &SandboxSeen, generation: i64) -> bool {
    match (seen.suspended, seen.ready) {
        (Some(suspended), _) => suspended.is && suspended.is_of(generation),
        (None, Some(ready)) => ready.is_of(generation) && seen.pod_ip.is_none(),
        (None, None) => false,
    }
}

/// Whether it is Ready by the spec that asks for it: what lingers is of an earlier one.
fn is_resumed(seen: &SandboxSeen, generation: i64) -> bool {
    seen.ready.is_some_and(|ready| ready.is && ready.is_of(generation))
}

#[derive(Deserialize)]
struct Answer {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    generation: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sandbox_watch::Observed;

    fn seen(ready: (bool, i64), suspended: Option<(bool, i64)>, has_pod: bool) -> SandboxSeen {
        let observed = |(is, generation)| Observed { is, generation };
        let pod_ip = has_pod.then(|| "10.0.0.1".into());
        SandboxSeen {
            ready: Some(observed(ready)),
            suspended: suspended.map(observed),
            pod_ip,
            ..SandboxSeen::default()
        }
    }

    #[test]
    fn a_suspension_is_over_when_the_sandbox_says_so_of_this_spec() {
        for (what, over) in [
            (seen((true, 1), Some((false, 1)), true), false),
            (seen((false, 4), Some((false, 4)), true), false),
            // Of the suspension before.
            (seen((false, 2), Some((true, 2)), false), false),
            (seen((false, 4), Some((true, 4)), false), true),
            (seen((true, 3), None, false), false),
            (seen((true, 4), None, true), false),
            (seen((true, 4), None, false), true),
            (SandboxSeen::default(), false),
        ] {
            assert_eq!(is_suspended(&what, 4), over, "{what:?}");
        }
    }

    #[test]
    fn ready_that_lingers_is_no_resume() {
        for (what, over) in [
            (seen((true, 4), Some((true, 4)), true), false),
            (seen((false, 5), Some((false, 5)), false), false),
            (seen((true, 5), Some((false, 5)), true), true),
            (seen((true, 0), None, true), true),
            (SandboxSeen::default(), false),
        ] {
            assert_eq!(is_resumed(&what, 5), over, "{what:?}");
        }
    }

    #[test]
    fn each_api_has_its_own_field() {
        assert_eq!(patch("v1alpha1", true), r#"{"spec":{"replicas":0}}"#);
        assert_eq!(patch("v1alpha1", false), r#"{"spec":{"replicas":1}}"#);
        assert_eq!(patch("v1beta1", true), r#"{"spec":{"operatingMode":"Suspended"}}"#);
        assert_eq!(patch("v1beta1", false), r#"{"spec":{"operatingMode":"Running"}}"#);
    }
}
