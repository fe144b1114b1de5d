//! Installs kubernetes-sigs/agent-sandbox on a Kubernetes cluster, claims sandboxes at a planned rate, and says
//! truthfully how long each took to be usable.
//!
//! Dependencies point one way: `config`, `api` <- `cluster` <- `stack`, `load` -> `measure` -> `report` <- `cli`.
//! `simulator` stands beside them and knows `config` and `api` alone. The Python
//! module is a crate of its own, in `src/python`; what it awaits is boxed here, or all of it would be compiled there
//! once more.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod files;
pub mod load;
pub mod measure;
pub mod preflight;
pub mod report;
pub mod run;
pub mod stack;
