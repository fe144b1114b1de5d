//! Manifests in a folder: refused in words, or rendered, and the documents rendered are as many as the objects.
#![no_main]

use std::cell::LazyCell;
use std::fs;

use agent_sandbox_bench::config::Stack;
use agent_sandbox_bench::stack::{Origin, load, render, to_yaml};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What an installation needs, before the documents in question.
const WHOLE: &str = include_str!("../corpus/manifests/whole.yaml");

thread_local! {
    static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| Builder::new_current_thread().build().expect("a runtime"));
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| tempfile::tempdir().expect("a folder"));
}

fuzz_target!(|bytes: &[u8]| {
    let folder = FOLDER.with(|folder| folder.path().to_owned());
    fs::write(folder.join("0.yaml"), WHOLE).expect("a file");
    fs::write(folder.join("1.yaml"), bytes).expect("a file");
    let stack = Stack { manifest_ref: folder.display().to_string(), ..Stack::default() };
    let Ok(manifests) = RUNTIME.with(|runtime| runtime.block_on(load(&stack, &Origin::default()))) else { return };
    let Ok(objects) = render(&stack, &manifests) else { return };
    let written: Vec<serde_json::Value> = serde_saphyr::from_multiple(&to_yaml(&objects)).expect("what is YAML");
    assert_eq!(written, objects, "no value leaves its place");
});
