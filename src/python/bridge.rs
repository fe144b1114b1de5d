//! Waits as futures of asyncio, by pyo3-async-runtimes on a runtime of our own: one thread, from the first open wait to
//! the last.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3_async_runtimes::{TaskLocals, generic};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinError;

static BRIDGE: Mutex<Bridge> = Mutex::new(Bridge { open: 0, runtime: None });

struct Bridge {
    /// Waits that asyncio does not know to be over.
    open: usize,
    /// Present while one is open.
    runtime: Option<Runtime>,
}

/// A future of the running loop that is done when `end` is. Cancelled, it waits no longer.
pub(super) fn future(py: Python<'_>, end: impl Future<Output = ()> + Send + 'static) -> PyResult<Bound<'_, PyAny>> {
    let running_loop = TaskLocals::with_running_loop(py)?;
    let (wait, runtime) = Wait::open()?;
    let _entered = runtime.enter();
    let end = async {
        end.await;
        Ok(())
    };
    let future = generic::future_into_py_with_locals::<OnBridge, _, ()>(py, running_loop, end)?;
    future.call_method1("add_done_callback", (wait,))?;
    Ok(future)
}

/// An open wait. The last one ends the runtime.
#[pyclass]
struct Wait {
    is_open: bool,
}

#[pymethods]
impl Wait {
    /// asyncio calls this before it wakes the task that waits, which may fork then: the thread is gone by that time.
    fn __call__(&mut self, py: Python<'_>, _future: &Bound<'_, PyAny>) {
        let last = self.close();
        py.detach(|| drop(last));
    }
}

impl Wait {
    fn open() -> io::Result<(Self, Handle)> {
        let mut bridge = bridge();
        let runtime = match bridge.runtime.take() {
            Some(runtime) => runtime,
            None => Builder::new_multi_thread().worker_threads(1).thread_name("asyncio").build()?,
        };
        let handle = bridge.runtime.insert(runtime).handle().clone();
        bridge.open += 1;
        Ok((Self { is_open: true }, handle))
    }

    fn close(&mut self) -> Option<Runtime> {
        let mut bridge = bridge();
        let Bridge { open, runtime } = &mut *bridge;
        *open -= usize::from(std::mem::take(&mut self.is_open));
        runtime.take_if(|_| *open == 0)
    }
}

impl Drop for Wait {
    /// Open still where the loop was closed before the wait was over: then a thread of the runtime may be here.
    fn drop(&mut self) {
        if let Some(last) = self.close() {
            last.shutdown_background();
        }
    }
}

fn bridge() -> MutexGuard<'static, Bridge> {
    BRIDGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bridge as pyo3-async-runtimes sees it: the runtime that was entered.
struct OnBridge;

struct Ended(JoinError);

impl generic::JoinError for Ended {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send> {
        self.0.into_panic()
    }
}

impl generic::Runtime for OnBridge {
    type JoinError = Ended;
    type JoinHandle = Pin<Box<dyn Future<Output = Result<(), Ended>> + Send>>;

    fn spawn<F: Future<Output = ()> + Send + 'static>(task: F) -> Self::JoinHandle {
        let task = tokio::spawn(task);
        Box::pin(async { task.await.map_err(Ended) })
    }

    /// On the one thread: all that blocks here waits for the GIL, and two would wait for it in turn.
    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Self::JoinHandle {
        Self::spawn(async { work() })
    }
}

impl generic::ContextExt for OnBridge {
    fn scope<F: Future<Output = R> + Send + 'static, R>(
        _: TaskLocals,
        task: F,
    ) -> Pin<Box<dyn Future<Output = R> + Send>> {
        Box::pin(task)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}
