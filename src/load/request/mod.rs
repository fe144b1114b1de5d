//! What is asked of the server and of the sandbox for one claim.

mod create;
mod exec;
mod execute;
mod file;
mod http;
mod mode;
mod pod;
mod release;
mod server;
mod workload;

pub(crate) use create::create;
pub(crate) use release::release;
pub(crate) use workload::{Claimed, workload};
