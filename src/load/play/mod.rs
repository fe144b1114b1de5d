//! What plays a plan: it looks at the cluster, keeps to the schedule, and follows every claim to its end.

mod examine;
mod leftovers;
mod load;
mod pacer;
mod pools;
mod scrape;
mod slice;
mod timer;
mod tracker;
mod users;

pub use examine::{Examined, examine, served_version};
pub use leftovers::remove_leftovers;
pub use load::{Load, Played};
pub use scrape::{metrics_since, scrape};
