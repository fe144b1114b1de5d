//! Which kinds there are: a kind is a row.

mod convert;
mod custom;
mod discovery;
mod kind;
mod table;

pub use convert::NEWER_EVENTS;
pub use custom::{custom_kind, custom_resource_definitions};
pub use discovery::{aggregated, api_groups, group, resources};
pub use kind::{Column, Kind, KindId, Version};
pub use table::*;
