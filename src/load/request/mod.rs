//! What is asked of the server and of the sandbox for one claim.

mod create;
mod exec;
mod execute;
mod mode;
mod release;
mod workload;

pub(crate) use create::create;
pub(crate) use release::release;
pub(crate) use workload::{Claimed, workload};
