//! A trace file: refused with its line, or offsets that rise.
#![no_main]

use std::fs;

use agent_sandbox_bench::config::{Arrivals, Load, Shape};
use agent_sandbox_bench::load::Plan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    fs::write(&trace, bytes).expect("a file");
    let shape = Shape { arrivals: Arrivals::Trace(trace), ..Shape::default() };
    let load = Load { shape, ..Load::default() };
    if let Ok(plan) = Plan::new(&load, 1) {
        assert!(plan.due.is_sorted() && plan.due.first().is_some_and(|first| *first >= 0));
    }
});
