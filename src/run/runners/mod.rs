//! A load from several processes: this one coordinates, runners in the cluster send and watch the claims, each its share
//! of one schedule. They talk over the API server's port-forward, which goes through the kubelet: it needs no route to
//! the pods, no Service, no shared disk.

mod channel;
mod deployment;
mod fleet;
mod follow;
mod journal;
mod live_counts;
mod lost;
mod objects;
mod offset;
mod orders;
mod protocol;
mod runner;
mod runner_set;
mod serve;
mod state;
mod summary;

pub(super) use fleet::{Fleet, FleetPlayed};
pub use runner::{RunnerOptions, serve_runner};
