use std::sync::Arc;

use tokio::sync::watch;

/// Ends a run early: the schedule stops, what was claimed is released, what was measured is written.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks for the end; more than once is the same as once.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// True once asked for.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until asked for.
    pub async fn stopped(&self) {
        // The sender lives in self, so the channel cannot close.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}
