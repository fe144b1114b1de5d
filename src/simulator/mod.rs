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
