use std::fs;
use std::path::{Path, PathBuf};

use crate::config::ConfigError;

/// Folders within folders, at most.
const DEEPEST: usize = 8;

/// The folders of runs among `folders` and within them, each in order of its name. Links to folders are not followed.
///
/// # Errors
/// A [`ConfigError`] for DIR where one of `folders` holds no run.
pub(super) fn find(folders: &[PathBuf]) -> Result<Vec<PathBuf>, ConfigError> {
    let mut found = Vec::new();
    for folder in folders {
        let before = found.len();
        search(folder, DEEPEST, &mut found);
        if found.len() == before {
            let allowed = "the folder of a run, or one that holds such folders";
            return Err(ConfigError::not_allowed_path("DIR", folder, "no run in it", allowed));
        }
    }
    Ok(found)
}

/// A run holds no other run.
fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if folder.join("config.yaml").exists() {
        found.push(folder.to_owned());
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut within: Vec<PathBuf> = entries.filter(is_folder).map(|entry| entry.path()).collect();
    within.sort();
    for folder in within.iter().filter(|_| depth > 0) {
        search(folder, depth - 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_within_folders_and_links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for run in ["nights/02/run-1", "nights/01/run-1", "nights/01/run-1/inner", "alone"] {
            fs::create_dir_all(at(run)).unwrap();
            fs::write(at(run).join("config.yaml"), "").unwrap();
        }
        fs::create_dir_all(at("empty")).unwrap();
        std::os::unix::fs::symlink(root.path(), at("nights/loop")).unwrap();
        let found = find(&[at("alone"), at("nights")]).unwrap();
        assert_eq!(found, [at("alone"), at("nights/01/run-1"), at("nights/02/run-1")]);
        let error = find(&[at("nights"), at("empty")]).unwrap_err().to_string();
        assert!(error.starts_with("DIR: ") && error.contains("empty") && error.contains("no run in it"), "{error}");
    }
}
