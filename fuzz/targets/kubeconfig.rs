//! A kubeconfig: refused in one line that quotes nothing of its users, or understood. Its plugins are not run.
#![no_main]

use std::cell::LazyCell;
use std::fs;
use std::path::PathBuf;

use agent_sandbox_bench::cluster::Access;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// What a secret looks like in the corpus.
const CANARY: &str = "canary";

thread_local! {
    static FILE: LazyCell<(TempDir, PathBuf)> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kubeconfig");
        (folder, path)
    });
}

fuzz_target!(|bytes: &[u8]| {
    // It may name files, and no name of a device is a find.
    if bytes.windows(4).any(|part| part == b"/dev" || part == b"/pro") {
        return;
    }
    let path = FILE.with(|file| file.1.clone());
    fs::write(&path, bytes).expect("a file");
    let said = match Access::from_kubeconfig(Some(&path), None) {
        Ok(access) => format!("{access:?}"),
        Err(error) => {
            let said = format!("{error} {error:?}");
            assert_eq!(error.to_string().lines().count(), 1, "{said}");
            said
        }
    };
    assert!(!names_no_secret(bytes) || !said.contains(CANARY), "{said}");
});

/// Where the canary is no more than the value of a token, a password or a key.
fn names_no_secret(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let secret = |line: &str| {
        let line = line.trim_start();
        ["token: canary", "password: canary", "client-key-data: canary"].iter().any(|known| line.starts_with(known))
    };
    text.lines().all(|line| !line.contains(CANARY) || secret(line))
}
