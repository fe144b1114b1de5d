//! What the controller, the API server and this machine say of themselves beside a run: which of their metrics are kept.

mod pick;
mod reading;
mod source;
mod wanted;

pub use pick::Pick;
pub use reading::{SourceReading, SourceSummary, SourceValue};
pub use source::{MetricKind, MetricUnit, Source};
