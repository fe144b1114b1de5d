//! A run's folder from somebody else: `report` and `compare` refuse it in words, or make a page without its markup.
#![no_main]

use std::fs;
use std::path::Path;

use agent_sandbox_bench::run::{CompareOptions, compare_runs, write_comparison, write_report};
use libfuzzer_sys::fuzz_target;

/// Divides the input into files.
const CUT: &str = "\n=====\n";
const FILES: [&str; 5] = ["config.yaml", "claims.jsonl", "summary.json", "pools.jsonl", "search.json"];
const CONFIG: &str = "load: {rate: 10, duration: 1s}\n";
/// As no page of ours holds it.
const MARKUP: &str = "<script>canary";

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path(), bytes);
    if let Ok(page) = write_report(folder.path(), None) {
        assert!(!fs::read_to_string(page).expect("a page").contains(MARKUP));
    }
    let options = CompareOptions { force: true, ..CompareOptions::default() };
    if let Ok(comparison) = compare_runs(folder.path(), folder.path(), &options) {
        assert!(!comparison.has_regressed(), "a run is no worse than itself");
        let page = folder.path().join("compare.html");
        write_comparison(folder.path(), folder.path(), &comparison, &page).expect("what was compared can be shown");
        assert!(!fs::read_to_string(page).expect("a page").contains(MARKUP));
    }
});

/// Parts of the input in the order of `FILES`; an empty one is a file that is not there, but for the configuration.
fn fill(folder: &Path, bytes: &[u8]) {
    let mut rest = bytes;
    for name in FILES {
        let end = rest.windows(CUT.len()).position(|part| part == CUT.as_bytes());
        let (part, more) = end.map_or((rest, &[][..]), |end| (&rest[..end + 1], &rest[end + CUT.len()..]));
        rest = more;
        let part = if part.len() < 2 && name == FILES[0] { CONFIG.as_bytes() } else { part };
        if part.len() > 1 {
            fs::write(folder.join(name), part).expect("a file");
        }
    }
}
