//! An embedded Kubernetes API with a model of the agent-sandbox controller: the default target, the fault injector, and
//! the record of what truly happened.
//!
//! Real clients use it unchanged. [`Simulator::truth`] says when each claim's Ready event was given to the first watch,
//! which is what a load generator's own figures are checked against.
//!
//! It needs nothing but its settings, so that the tests of any program that claims sandboxes can start one. A
//! `SandboxTemplate` and a `SandboxWarmPool` of 100 sandboxes stand in the namespace `default`, both called
//! `agent-sandbox`; a claim on that pool becomes Ready in some milliseconds. [`Options`] changes what stands.
//!
//! ```
//! use agent_sandbox_simulator::{Settings, Simulator};
//!
//! let simulator = Simulator::start(Settings::default())?;
//! println!("http://{}, or for a Kubernetes client:\n{}", simulator.address(), simulator.kubeconfig());
//! assert!(simulator.truth().is_empty(), "there was no claim yet");
//! simulator.stop();
//! # Ok::<(), agent_sandbox_simulator::SimulatorError>(())
//! ```
//!
//! `examples/alone.rs` claims a sandbox by plain HTTP and prints its truth.

mod access;
mod clock;
mod cluster;
mod controller;
mod error;
mod faults;
mod files;
mod flow_control;
mod http;
mod kinds;
mod naming;
mod options;
mod patch;
mod pod_command;
mod pod_grace;
mod pod_spec;
mod processes;
mod random;
mod replay;
mod requests;
mod seed;
mod server;
mod service_time;
mod settings;
mod shell;
mod store;
#[cfg(feature = "made-up")]
mod tasks;
#[cfg(not(feature = "made-up"))]
mod threads;
mod tls;
mod truth;

pub use error::SimulatorError;
pub use faults::FaultRecord;
pub use options::{Installed, Options};
#[doc(hidden)]
pub use replay::{Replayed, replay};
pub use requests::{Counted, RequestCount, RequestCounts, Series, Verb};
pub use server::Simulator;
pub use settings::{
    Controller, ControllerProgram, Distribution, Exec, Fairness, Fault, FaultKind, Latency, Nodes, Settings,
};
pub use store::{ClaimWaits, Wait, Waits};
pub use truth::{ExecTruth, ModeTruth, RuntimeTruth, TruthRecord};
