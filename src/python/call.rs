use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use agent_sandbox_bench::load::Stop;
use agent_sandbox_bench::run::Running;
use pyo3::prelude::*;
use serde::Serialize;
use tokio::sync::watch;

use super::errors::Raised;
use super::{bridge, convert, errors, wait};

/// What a call does. It gives JSON.
pub(super) type Work = Box<dyn FnOnce(&Arc<Task>) -> Result<String, Raised> + Send>;

/// Work in a thread of its own. The caller waits for it, or awaits it. A call without a reference is stopped.
#[pyclass(frozen, module = "agent_sandbox_bench._native")]
pub(super) struct Call(Arc<Task>);

/// What a call and its thread share.
#[derive(Default)]
pub(super) struct Task {
    pub stop: Stop,
    /// Which run it is, if it is one.
    pub running: Running,
    news: watch::Sender<News>,
    /// Absent from a call that is over if the thread panicked.
    outcome: OnceLock<Result<String, PyErr>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct News {
    /// Values that were told so far.
    count: usize,
    /// The last of them, as JSON.
    last: Vec<String>,
    is_over: bool,
}

impl Call {
    pub fn begin(work: Work) -> PyResult<Self> {
        let task = Arc::new(Task::default());
        let end = End(Arc::clone(&task));
        let play = move || drop(end.0.outcome.set(work(&end.0).map_err(PyErr::from)));
        let thread = thread::Builder::new().name("call".into()).spawn(play)?;
        *task.thread() = Some(thread);
        Ok(Self(task))
    }
}

#[pymethods]
impl Call {
    /// Asks for the end. A run releases what it claimed and writes what it measured.
    fn stop(&self) {
        self.0.stop.stop();
    }

    /// True at the end.
    fn is_over(&self) -> bool {
        self.0.news.borrow().is_over
    }

    /// Waits until more than `seen` values were told, or for the end; `None`: for the end alone. Raises what a signal
    /// handler does.
    #[pyo3(signature = (seen=None))]
    fn wait(&self, py: Python<'_>, seen: Option<usize>) -> PyResult<()> {
        wait::block(py, Arc::clone(&self.0).changed(seen))
    }

    /// As `wait`, a future of the running loop.
    #[pyo3(signature = (seen=None))]
    fn future<'py>(&self, py: Python<'py>, seen: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        bridge::future(py, Arc::clone(&self.0).changed(seen))
    }

    /// How many values were told so far, and those after the first `seen` that are kept.
    fn told<'py>(&self, py: Python<'py>, seen: usize) -> PyResult<(usize, Bound<'py, PyAny>)> {
        let (count, values) = {
            let news = self.0.news.borrow();
            let new = news.count.saturating_sub(seen).min(news.last.len());
            (news.count, format!("[{}]", news.last[news.last.len() - new..].join(",")))
        };
        Ok((count, convert::from_json(py, &values)?))
    }

    /// What it gave, or raised; at the end only.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.0.outcome.get() {
            Some(Ok(json)) => convert::from_json(py, json),
            Some(Err(error)) => Err(error.clone_ref(py)),
            None => Err(errors::other("the call's thread panicked")),
        }
    }

    /// The run's folder, once it is known.
    fn out_dir(&self) -> Option<PathBuf> {
        self.0.running.out_dir()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Task {
    /// Adds a value. A caller that has not yet taken the values before it gets them too.
    pub fn tell(&self, value: &impl Serialize) {
        self.news(value, |_| {});
    }

    /// Replaces the last value.
    pub fn tell_latest(&self, value: &impl Serialize) {
        self.news(value, Vec::clear);
    }

    fn news(&self, value: &impl Serialize, forget: fn(&mut Vec<String>)) {
        // What is told is plain data: numbers, words, lists and maps with words for keys.
        let Ok(json) = serde_json::to_string(value) else { return };
        self.news.send_modify(|news| {
            forget(&mut news.last);
            news.last.push(json);
            news.count += 1;
        });
    }

    /// More than `seen` values were told, or the call is over and its thread has ended.
    async fn changed(self: Arc<Self>, seen: Option<usize>) {
        let mut news = self.news.subscribe();
        let is_new = |news: &News| news.is_over || seen.is_some_and(|seen| seen < news.count);
        // The sender lives in self, so the channel cannot close.
        let is_over = news.wait_for(is_new).await.is_ok_and(|news| news.is_over);
        if is_over && let Some(thread) = self.thread().take() {
            // It has said its last: joined, so that none of its threads is left when the caller forks.
            let _ = thread.join();
        }
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the call is over where its thread ends, also by a panic.
struct End(Arc<Task>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.news.send_modify(|news| news.is_over = true);
    }
}
