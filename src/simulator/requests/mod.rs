//! What clients asked of the server: how many requests of each kind from each program, and a file with a line for each.

mod counts;
mod log;
mod name;
mod record;
mod series;
mod verb;

pub use counts::{Counted, RequestCount, RequestCounts};
pub use name::program;
pub use record::Requests;
pub use series::Series;
pub use verb::Verb;
