//! A configuration: refused in words, or understood, planned, and written so that it reads back the same.
#![no_main]

use std::path::Path;

use agent_sandbox_bench::config::{Load, from_yaml};
use agent_sandbox_bench::load::{Plan, size};
use libfuzzer_sys::fuzz_target;

/// Larger plans are only slow to make.
const PLANNED: u64 = 100_000;

fuzz_target!(|text: &str| {
    let file = Path::new("fuzz.yaml");
    let config = match from_yaml(text, file, &[]) {
        Ok(config) => config,
        Err(error) => return assert_eq!(error.to_string().lines().count(), 1, "{error}"),
    };
    let written = serde_saphyr::to_string(&config).expect("a configuration can be written");
    assert_eq!(from_yaml(&written, file, &[]).expect("and read again"), config);
    if !reads_files(&config.load) && size(&config.load).is_ok_and(|(claims, _)| claims <= PLANNED) {
        let _ = Plan::new(&config.load, 1);
    }
});

fn reads_files(load: &Load) -> bool {
    load.phases_by_path().iter().any(|(_, phase)| phase.shape.arrivals.trace().is_some())
}
