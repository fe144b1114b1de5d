use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the volume of each sandbox is mounted: what is written there outlives the sandbox's pod.
pub const VOLUME: &str = "/data/";

/// The files that commands have written, by the uid of the pod, or of the sandbox whose volume they are on.
#[derive(Debug, Default)]
pub struct Files(Mutex<HashMap<Arc<str>, HashMap<String, String>>>);

impl Files {
    /// Writes a whole file.
    pub fn write(&self, owner: &Arc<str>, path: &str, text: String) {
        self.lock().entry(owner.clone()).or_default().insert(path.to_owned(), text);
    }

    /// A whole file; `None` where there is none.
    pub fn read(&self, owner: &str, path: &str) -> Option<String> {
        self.lock().get(owner)?.get(path).cloned()
    }

    /// The pod or sandbox is gone, and its files with it.
    pub fn forget(&self, owner: &str) {
        self.lock().remove(owner);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, HashMap<String, String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
