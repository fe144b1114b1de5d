use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::controller::Controllers;
use crate::store::Store;

/// What a simulator runs on: tasks of the caller's runtime.
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Starts the controllers, and what `serve` gives.
    pub fn start<S>(serve: impl FnOnce() -> io::Result<S>, controllers: Controllers, _: Arc<Store>) -> io::Result<Self>
    where
        S: Future<Output: Send + 'static> + Send + 'static,
    {
        let serving = serve()?;
        let serving = tokio::spawn(async move { drop(serving.await) });
        Ok(Self(vec![serving, tokio::spawn(controllers.run_made_up())]))
    }

    /// Ends the tasks; false where that was done before.
    pub fn stop(&mut self) -> bool {
        self.0.iter().for_each(JoinHandle::abort);
        !std::mem::take(&mut self.0).is_empty()
    }
}
