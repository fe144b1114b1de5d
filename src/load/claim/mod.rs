//! One claim: what identifies it, what it asks for, its life, and the record that is left of it. No clock, no network.

mod body;
mod event;
mod life;
mod names;
mod owner;
mod record;
mod template;

pub(crate) use body::{Body, Claims, example_claim};
pub(crate) use event::{Action, Create, CreateResult, Event, ExecResult, Observation, ReadyCondition, Release, Rules};
pub(crate) use life::Claim;
pub use names::{Names, new_run_id};
pub use owner::Owner;
pub use record::lost_record;
pub(crate) use record::record;
pub use template::Template;
