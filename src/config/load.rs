use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClaimOptions, Duration, LoadObject, Shape, Share, Until};

/// The claims of a run and when each is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Load {
    /// By which law the claims arrive, and until when.
    #[serde(flatten)]
    pub shape: Shape,
    /// Seed of everything random in the schedule. Default random, and recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Most claims in flight; a claim that meets the limit is not sent, and counted.
    pub max_in_flight: u32,
    /// A claim that is not Ready this long after its intended instant has timed out.
    pub ready_timeout: Duration,
    /// What is created at each arrival: claims, or what they are compared with.
    pub object: LoadObject,
    /// Namespace of the claims.
    pub namespace: String,
    /// Warm pool the claims name. Bare Sandboxes and Pods are made from its template.
    pub warm_pool: String,
    /// Several pools, drawn by weight; instead of `namespace` and `warm_pool`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warm_pools: Vec<WarmPool>,
    /// Phases one after another, each with its own shape; instead of the shape fields above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Ends the run once a percentile is known well enough; the length of its last phase is `at_most` instead of `duration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// The schedule ends after this many claims that failed, timed out or were rejected; what was planned beyond is
    /// `not_sent(stop_after_failures)`. This fills a cluster until it is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_after_failures: Option<u64>,
    /// This process' part of the schedule, such as `2/4`; with one seed, the parts' union is the schedule of one process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Processes that share the load; above 0 they run in the cluster, as an indexed Job.
    pub runners: u32,
    /// The runners' pods.
    pub runner: Runner,
    /// What to do when the server answers a create with 429 or 503.
    pub on_pushback: PushbackPolicy,
    /// Most connections for creates; opened before the first claim if the rate needs them.
    pub connections: u32,
    /// What each claim asks for.
    pub claim: ClaimOptions,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            shape: Shape::default(),
            seed: None,
            max_in_flight: 10_000,
            ready_timeout: Duration::from_secs(180),
            object: LoadObject::default(),
            namespace: "default".into(),
            warm_pool: "agent-sandbox".into(),
            warm_pools: Vec::new(),
            phases: Vec::new(),
            until: None,
            stop_after_failures: None,
            share: None,
            runners: 0,
            runner: Runner::default(),
            on_pushback: PushbackPolicy::default(),
            connections: 256,
            claim: ClaimOptions::default(),
        }
    }
}

impl Load {
    /// The pools that take the claims: several by weight, or the one that is named.
    #[must_use]
    pub fn pools(&self) -> Vec<WarmPool> {
        if !self.warm_pools.is_empty() {
            return self.warm_pools.clone();
        }
        vec![WarmPool { name: self.warm_pool.clone(), namespace: self.namespace.clone(), weight: 1.0 }]
    }

    /// The phases, each with its path; without phases, the one that the load's own shape is. The last one is as long as
    /// `until` allows, where that is given.
    #[must_use]
    pub fn phases_by_path(&self) -> Vec<(String, Phase)> {
        let path = |(at, phase): (usize, &Phase)| (format!("load.phases[{at}]"), phase.clone());
        let mut phases: Vec<_> = self.phases.iter().enumerate().map(path).collect();
        if phases.is_empty() {
            phases.push(("load".into(), Phase { shape: self.shape.clone(), ..Phase::default() }));
        }
        if let (Some(until), Some((_, last))) = (&self.until, phases.last_mut()) {
            last.shape.duration = Some(until.at_most);
        }
        phases
    }
}

/// Pods of the runners that share a load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Runner {
    /// Image of this tool, of the same version. No default on a cluster; a simulator needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// CPU that each asks for. About 1 for each 2,000 claims per second.
    pub cpu_request: String,
    /// Memory that each asks for.
    pub memory_request: String,
    /// A runner that is not ready by then is lost, and its share of the load is not sent.
    pub start_timeout: Duration,
}

impl Default for Runner {
    fn default() -> Self {
        Self {
            image: None,
            cpu_request: "1".into(),
            memory_request: "256Mi".into(),
            start_timeout: Duration::from_secs(120),
        }
    }
}

/// One phase of a run; the shape fields have the same meaning as in `load`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Phase {
    /// Name in results.
    pub name: String,
    /// True: its claims are sent and recorded, but no figure of the summary includes them.
    pub warm_up: bool,
    /// By which law its claims arrive, and until when.
    #[serde(flatten)]
    pub shape: Shape,
}

/// A pool that takes a share of the claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmPool {
    /// Name of the `SandboxWarmPool`.
    pub name: String,
    /// Its namespace, and the claims'.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Share of the claims relative to the other pools, above 0.
    #[serde(default = "one")]
    pub weight: f64,
}

fn default_namespace() -> String {
    "default".into()
}

fn one() -> f64 {
    1.0
}

/// What to do when the server answers a create with 429 or 503.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PushbackPolicy {
    /// The claim is `rejected`, and counted.
    #[default]
    Fail,
    /// Wait as Retry-After says and send again; each retry is counted, latency still runs from the intended instant.
    Retry,
}
