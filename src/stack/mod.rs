//! The stack a run measures: agent-sandbox's manifests from their source, rendered, applied in order, waited for,
//! looked at and removed again; gVisor and the nodes below it.

mod command_line;
mod diagnose;
mod error;
mod install;
mod manifest;
mod migrate;
mod nodes;
mod orphans;
mod outside;
mod recover;
mod render;
mod resize;
mod runtime;
mod source;
mod status;
mod uninstall;
mod wait;

pub use error::StackError;
pub use install::{Installed, Step, Upgrade, install};
pub use manifest::Manifests;
pub use outside::Outside;
pub use recover::recover;
pub(crate) use render::check_specs;
pub use render::{render, to_yaml};
pub use resize::{drained, pool_size, resize};
use runtime::RuntimePlan;
pub use source::{Origin, load};
pub use status::{Part, Status, status};
pub use uninstall::{Removed, uninstall};
pub use wait::Notify;

pub(crate) use wait::rollout_state;
