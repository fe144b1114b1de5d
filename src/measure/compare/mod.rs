//! Is one run, or set of runs, slower than another, beyond what chance explains?
//!
//! What carries the chance is a run, or a block of claims within one: claims close in time share a queue and are no
//! independent samples. Nothing here is random: the same claims give the same answer.

mod between;
mod block_length;
mod blocks;
#[cfg(test)]
mod calibration;
mod difference;
mod distributions;
mod estimate;
mod figure;
#[cfg(test)]
mod generators;
mod judge;
mod judgement;
mod looks;
mod more_runs;
mod observation;
mod quantile;
mod resolution;
mod run_sample;
mod side;
#[cfg(test)]
mod tests;
mod verdict;

pub use figure::{Figure, Share, Statistic};
pub use judge::compare;
pub use judgement::{Comparison, Judgement, Unit, Value};
pub use looks::LOOKS;
pub use observation::Observation;
pub use resolution::{Resolution, resolutions};
pub use run_sample::RunSample;
pub use verdict::{Doubt, Rules, Verdict};
