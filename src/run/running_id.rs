use std::sync::{Arc, Mutex, PoisonError};

/// The id of the run that is under way, for whoever has to clean up after this process.
#[derive(Debug, Clone, Default)]
pub struct RunningId(Arc<Mutex<Option<String>>>);

impl RunningId {
    /// The id; `None` before there is a run.
    #[must_use]
    pub fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, run_id: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(run_id.to_owned());
    }
}
