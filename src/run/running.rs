use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The run that is under way, for whoever follows it, or has to clean up after this process.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<Option<Named>>>);

#[derive(Debug)]
struct Named {
    run_id: String,
    out_dir: PathBuf,
}

impl Running {
    /// The run's id; `None` before there is a run.
    #[must_use]
    pub fn run_id(&self) -> Option<String> {
        self.ask(|named| named.run_id.clone())
    }

    /// The folder of its results, which is made before the first claim; `None` likewise.
    #[must_use]
    pub fn out_dir(&self) -> Option<PathBuf> {
        self.ask(|named| named.out_dir.clone())
    }

    pub(super) fn set(&self, run_id: &str, out_dir: &Path) {
        let named = Named { run_id: run_id.to_owned(), out_dir: out_dir.to_owned() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(named);
    }

    fn ask<T>(&self, what: impl FnOnce(&Named) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(what)
    }
}
