use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Where the volume of each sandbox is mounted: what is written there outlives the sandbox's pod.
const VOLUME: &str = "data/";

/// Bytes that the files of a pod, or those on the volume of a sandbox, may hold in all.
pub const FILES_LIMIT: usize = 64 << 20;

/// The files that commands and uploads have written, by the uid of the pod, or of the sandbox whose volume they are on.
#[derive(Debug, Default)]
pub struct Files(Mutex<HashMap<Arc<str>, BTreeMap<String, Bytes>>>);

/// A pod's files. Paths are below `/`, with a slash at the start or without.
#[derive(Debug)]
pub struct PodFiles<'a> {
    pub files: &'a Files,
    /// The uid of the pod.
    pub pod: &'a Arc<str>,
    /// The uid of its sandbox, which has the volume.
    pub sandbox: &'a Arc<str>,
}

/// The files would be too large.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSpace;

impl Files {
    /// The pod or sandbox is gone, and its files with it.
    pub fn forget(&self, owner: &str) {
        self.lock().remove(owner);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, BTreeMap<String, Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PodFiles<'_> {
    /// Writes a whole file.
    pub fn write(&self, path: &str, content: Bytes) -> Result<(), NoSpace> {
        let mut all = self.files.lock();
        let own = all.entry(self.owner(path).clone()).or_default();
        let path = path.trim_start_matches('/');
        let others: usize = own.iter().filter(|(other, _)| *other != path).map(|(_, content)| content.len()).sum();
        if others + content.len() > FILES_LIMIT {
            return Err(NoSpace);
        }
        own.insert(path.to_owned(), content);
        Ok(())
    }

    /// A whole file; `None` where there is none.
    pub fn read(&self, path: &str) -> Option<Bytes> {
        self.files.lock().get(self.owner(path))?.get(path.trim_start_matches('/')).cloned()
    }

    /// What is in a folder: each file's size, and `None` of a folder; in order of their names.
    pub fn list(&self, folder: &str) -> BTreeMap<String, Option<usize>> {
        let all = self.files.lock();
        let folder = folder.trim_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let own = [self.pod, self.sandbox].into_iter().filter_map(|owner| all.get(owner)).flatten();
        let entry = |(path, content): (&String, &Bytes)| {
            let rest = path.strip_prefix(&prefix)?;
            let file = rest.split_once('/');
            Some(file.map_or_else(|| (rest.to_owned(), Some(content.len())), |(folder, _)| (folder.to_owned(), None)))
        };
        own.filter_map(entry).collect()
    }

    fn owner(&self, path: &str) -> &Arc<str> {
        if path.trim_start_matches('/').starts_with(VOLUME) { self.sandbox } else { self.pod }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_and_bounded() {
        let (files, pod, sandbox) = (Files::default(), Arc::from("pod"), Arc::from("sandbox"));
        let own = PodFiles { files: &files, pod: &pod, sandbox: &sandbox };
        let half = Bytes::from(vec![0; FILES_LIMIT / 2]);
        assert_eq!(own.write("a/b", half.clone()), Ok(()));
        assert_eq!(own.write("/a/c", half.clone()), Ok(()));
        assert_eq!(own.write("d", "x".into()), Err(NoSpace));
        assert_eq!(own.write("a/b", "xy".into()), Ok(()), "it takes the place of the old one");
        assert_eq!(own.write("/data/e", half), Ok(()), "a volume has its own limit");
        assert_eq!(own.read("/a/b").as_deref(), Some(&b"xy"[..]));
        assert_eq!(own.list("a"), [("b".to_owned(), Some(2)), ("c".to_owned(), Some(FILES_LIMIT / 2))].into());
        assert_eq!(own.list("/"), [("a".to_owned(), None), ("data".to_owned(), None)].into());
        files.forget("pod");
        assert_eq!((own.read("a/b"), own.list("").len()), (None, 1));
    }
}
