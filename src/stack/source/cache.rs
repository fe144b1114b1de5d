use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

/// What was downloaded for one reference, with the digest of each file, so that a damaged cache is seen.
pub(super) struct Cache {
    folder: PathBuf,
}

const SUMS: &str = "sha256.json";

impl Cache {
    pub(super) fn new(root: &Path, reference: &str) -> Self {
        Self { folder: root.join(reference) }
    }

    /// The folder, if every file of it is what was downloaded.
    pub(super) fn whole(&self) -> Option<&Path> {
        let sums = fs::read(self.folder.join(SUMS)).ok()?;
        let sums: BTreeMap<String, String> = serde_json::from_slice(&sums).ok()?;
        let good = sums.iter().all(|(name, sum)| {
            fs::read(self.folder.join(name)).is_ok_and(|content| hex(digest(&SHA256, &content).as_ref()) == *sum)
        });
        good.then_some(&self.folder)
    }

    /// Keeps `files`, all or none: they appear with one rename.
    pub(super) fn keep(&self, files: &[(String, Vec<u8>)]) -> io::Result<&Path> {
        let parts = PathBuf::from(format!("{}.{}", self.folder.display(), std::process::id()));
        let mut sums = BTreeMap::new();
        for (name, content) in files {
            let path = parts.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&parts))?;
            fs::write(path, content)?;
            sums.insert(name.as_str(), hex(digest(&SHA256, content).as_ref()));
        }
        fs::write(parts.join(SUMS), serde_json::to_vec(&sums)?)?;
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::rename(&parts, &self.folder)?;
        Ok(&self.folder)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_empties_the_cache() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path(), "v1");
        assert!(cache.whole().is_none());
        cache.keep(&[("k8s/a.yaml".into(), b"a: 1".to_vec())]).unwrap();
        assert_eq!(fs::read(cache.whole().unwrap().join("k8s/a.yaml")).unwrap(), b"a: 1");
        fs::write(root.path().join("v1/k8s/a.yaml"), "a: 2").unwrap();
        assert!(cache.whole().is_none());
    }
}
