//! Can this cluster carry this run? Each check is a file; they run at once, and none changes anything.

mod access;
mod capacity;
mod checks;
mod connections;
mod controller;
mod demand;
mod fairness;
mod finding;
mod pools;
mod server;
mod specs;
mod subject;
mod webhooks;

pub use access::{Permission, run_permissions};
pub(crate) use checks::preflight;
pub(crate) use demand::Demand;
pub use finding::{Finding, Findings, Severity};
pub use pools::REFILL_S;
pub(crate) use subject::Checked;
