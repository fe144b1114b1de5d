//! The settings of a simulator: the schema of the configuration's `simulator`.

mod controller;
mod exec;
mod fairness;
mod fault;
mod latency;
mod nodes;
mod simulator;

pub use controller::{Controller, ControllerProgram};
pub use exec::Exec;
pub use fairness::Fairness;
pub use fault::{Fault, FaultKind};
pub use latency::{Distribution, Latency};
pub use nodes::Nodes;
pub use simulator::Settings;
