use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::controller::Controllers;
use super::store::Store;

/// Threads that serve HTTP; the controllers have one more.
const SERVING: usize = 2;

/// What a simulator runs on.
pub struct Threads {
    stop: Arc<AtomicBool>,
    store: Arc<Store>,
    controllers: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Threads {
    /// Starts the controllers, and what `serve` gives within a runtime.
    pub fn start<S>(
        serve: impl FnOnce() -> io::Result<S>,
        controllers: Controllers,
        store: Arc<Store>,
    ) -> io::Result<Self>
    where
        S: Future<Output: Send + 'static> + Send + 'static,
    {
        let runtime =
            Builder::new_multi_thread().worker_threads(SERVING).thread_name("simulator").enable_all().build()?;
        let serving = {
            let _guard = runtime.enter();
            serve()?
        };
        runtime.spawn(serving);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let controllers =
            std::thread::Builder::new().name("controllers".into()).spawn(move || controllers.run(&stopped))?;
        Ok(Self { stop, store, controllers: Some(controllers), runtime: Some(runtime) })
    }

    /// Closes the connections and joins the threads; false where that was done before.
    pub fn stop(&mut self) -> bool {
        self.stop.store(true, Ordering::Relaxed);
        self.store.wake_controllers();
        if let Some(runtime) = self.runtime.take() {
            // On a thread of its own: a runtime must not be shut down within another one, where the caller may be.
            let shutdown = std::thread::spawn(|| runtime.shutdown_timeout(Duration::from_secs(1)));
            let _ = shutdown.join();
        }
        // A panic there was printed; stopping is all that is left to do.
        self.controllers.take().map(JoinHandle::join).is_some()
    }
}
