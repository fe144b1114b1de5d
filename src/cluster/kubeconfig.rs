use std::path::{Path, PathBuf};
use std::{env, fs};

use kube::config::{Kubeconfig, KubeconfigError};

use super::error::chain;

/// A kubeconfig. `path` absent: what kubectl reads, the files that `$KUBECONFIG` lists, else `~/.kube/config`.
pub(super) fn read(path: Option<&Path>) -> Result<Kubeconfig, String> {
    match path {
        Some(path) => read_file(path),
        None => merge(&usual_files()),
    }
}

fn usual_files() -> Vec<PathBuf> {
    let listed = env::var_os("KUBECONFIG").unwrap_or_default();
    let files: Vec<_> = env::split_paths(&listed).filter(|file| !file.as_os_str().is_empty()).collect();
    if files.is_empty() { env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect() } else { files }
}

/// Those that are not there are passed over, as kubectl does with a list; of one alone it is said.
fn merge(files: &[PathBuf]) -> Result<Kubeconfig, String> {
    let alone = files.len() == 1;
    let mut found = files.iter().filter(|file| alone || file.try_exists().unwrap_or(true));
    found.try_fold(Kubeconfig::default(), |merged, file| {
        merged.merge(read_file(file)?).map_err(|error| describe(&error))
    })
}

fn read_file(path: &Path) -> Result<Kubeconfig, String> {
    if ends_within_a_character(path) {
        return Err(format!("cannot read {}: it ends within a character of UTF-16", path.display()));
    }
    Kubeconfig::read_from(path).map_err(|error| describe(&error))
}

/// kube (5.0.0) panics at such a file; what else is no text it refuses by itself. A pipe can be read but once: not here.
fn ends_within_a_character(path: &Path) -> bool {
    let is_half = |bytes: Vec<u8>| {
        bytes.len() % 2 == 1 && [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| bytes.starts_with(mark))
    };
    path.is_file() && fs::read(path).is_ok_and(is_half)
}

/// What went wrong, in words that quote no key.
pub(super) fn describe(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(source, path) => format!("cannot read {}: {source}", path.display()),
        // A parser quotes what it stumbles over, which may be a key.
        KubeconfigError::Parse(_) => "is not the YAML of a kubeconfig".into(),
        other => chain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, mark: char, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.to_string().encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn utf_16_is_read_whole_and_refused_in_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let whole = encoded("current-context: here", '\u{feff}', bytes);
            fs::write(&path, &whole).unwrap();
            assert_eq!(read(Some(&path)).unwrap().current_context.as_deref(), Some("here"));
            fs::write(&path, &whole[..whole.len() - 1]).unwrap();
            let refused = read(Some(&path)).unwrap_err();
            assert!(refused.ends_with("kubeconfig: it ends within a character of UTF-16"), "{refused}");
        }
    }

    #[test]
    fn a_list_may_name_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let [there, absent] = ["there", "absent"].map(|name| folder.path().join(name));
        fs::write(&there, "current-context: here").unwrap();
        let merged = merge(&[absent.clone(), there]).unwrap();
        assert_eq!(merged.current_context.as_deref(), Some("here"));
        assert!(merge(&[absent]).unwrap_err().starts_with("cannot read"));
    }
}
