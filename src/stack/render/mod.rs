//! From configuration and manifests to the objects that are applied. No IO.

mod controller;
mod gvisor;
mod rendered;
mod sandbox;
mod template;
mod yaml;

pub(super) use controller::MANIFEST_REF;
pub(super) use gvisor::{INSTALLER, INSTALLER_NAMESPACE};
pub(crate) use rendered::check_specs;
pub use rendered::render;
pub(super) use rendered::{Rendered, gvisor_removal, render_all};
pub(super) use sandbox::{NAME, RUNTIME_KEY};
pub use yaml::to_yaml;
