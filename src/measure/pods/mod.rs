//! What became of the Pods of sandboxes, as a watch of them showed it.

mod instants;
mod record;
mod stage;
mod summary;

pub use instants::PodInstants;
pub use record::PodRecord;
pub use stage::PodStage;
pub use summary::{PodGroup, PodGroupSummary, PodsSummary};
