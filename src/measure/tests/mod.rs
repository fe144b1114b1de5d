//! How often the statistics of one run are right: calibrations in made-up time, with fixed seeds. A count fails only where
//! it rejects the stated rate at 0.1 %.

pub(super) mod check;
mod generators;
mod intervals;
mod stationarity;
mod until;
