<<<<<<< HEAD
//! stub until merged
#![allow(missing_docs, dead_code)]
use crate::config;
use std::{net::SocketAddr, path::PathBuf};
pub struct Options {
    pub config: config::Simulator,
    pub stack: config::Stack,
    pub listen: SocketAddr,
    pub truth_out: Option<PathBuf>,
}
pub struct Simulator;
#[derive(Debug, thiserror::Error)]
#[error("no simulator yet")]
pub struct SimulatorError;
impl Simulator {
    pub fn start(_: Options) -> Result<Self, SimulatorError> {
        Err(SimulatorError)
    }
    pub fn kubeconfig(&self) -> String {
        String::new()
    }
    pub fn start_clock(&self) {}
}
=======
//! An embedded Kubernetes API with a model of the agent-sandbox controller: the default target, the fault injector, and
//! the record of what truly happened.
//!
//! Real clients use it unchanged. [`Simulator::truth`] says when each claim's Ready event was given to the first watch,
//! which is what a load generator's own figures are checked against.

mod clock;
mod conditions;
mod controller;
mod faults;
mod http;
mod kinds;
mod random;
mod seed;
mod server;
mod service_time;
mod store;
mod tls;
mod truth;

pub use faults::FaultRecord;
pub use server::{Options, Simulator, SimulatorError};
pub use truth::TruthRecord;
>>>>>>> c0923b0 (Add the simulator: a Kubernetes API with a model of the controller)
