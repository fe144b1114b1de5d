//! The controllers: a model of agent-sandbox's own, and as much of Kubernetes' as it needs. One thread works on what was
//! written, in order, and on timers finer than the runtime's.

mod bind;
mod claim_queue;
mod claim_spec;
mod claim_status;
mod claims;
mod collect;
mod controllers;
mod events;
mod expiry;
mod faults;
mod jobs;
mod kubelet;
mod lost_nodes;
mod namespaces;
mod node;
mod pod_end;
mod pod_specs;
mod pod_status;
mod pods;
mod pools;
mod presence;
mod processes;
mod run;
mod sandboxes;
mod slow_nodes;
mod status;
mod timers;
mod tokens;
mod warm_pools;
mod workloads;

pub use controllers::Controllers;
pub use node::node;
