//! Searches of modelled servers, in made-up time. A count fails only where it rejects the stated rate at 0.1 %.

mod calibration;
mod judge;
mod model;
mod pause;
mod play;
mod rules;
