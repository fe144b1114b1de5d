use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::FutureExt;
#[cfg(not(feature = "made-up"))]
use futures::executor::block_on;
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

use super::stop::Stop;

/// How long after a panic the rest of a run may take to release its claims by itself; then the removal of leftovers does.
const TIME_TO_END: Duration = Duration::from_secs(4);

/// A task of a run that panicked: a fault of this program.
#[derive(Debug, Clone, Error)]
#[error("the task {task} panicked: {message}")]
pub struct TaskPanic {
    /// Name of the task.
    pub task: &'static str,
    /// What it said.
    pub message: String,
}

/// Watches over the tasks and threads of one run. The first that panics stops the run and is its error.
#[derive(Debug, Clone)]
pub struct Supervisor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stop: Stop,
    tasks: TaskTracker,
    panic: watch::Sender<Option<(TaskPanic, Instant)>>,
}

impl Supervisor {
    /// Of a run that `stop` ends.
    #[must_use]
    pub fn new(stop: Stop) -> Self {
        Self(Arc::new(Inner { stop, tasks: TaskTracker::new(), panic: watch::Sender::new(None) }))
    }

    /// What ends the run.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// The first panic.
    #[must_use]
    pub fn panic(&self) -> Option<TaskPanic> {
        self.0.panic.borrow().as_ref().map(|(panic, _)| panic.clone())
    }

    /// `work`, to be awaited; `None` where it panics.
    pub fn catch<T, W: Future<Output = T>>(
        &self,
        task: &'static str,
        work: W,
    ) -> impl Future<Output = Option<T>> + use<T, W> {
        let supervisor = self.clone();
        // An async block would hold `work` twice: as it came, and as it is awaited.
        let caught = AssertUnwindSafe(work).catch_unwind();
        caught.map(move |ended| ended.map_err(|cause| supervisor.note(task, &*cause)).ok())
    }

    /// Does `work` now; `None` where it panics.
    pub fn catch_now<T>(&self, task: &'static str, work: impl FnOnce() -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|cause| self.note(task, &*cause)).ok()
    }

    /// Starts a task that ends by itself, on the current runtime.
    pub fn spawn(&self, task: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(self.catch(task, work));
    }

    /// Starts a thread.
    ///
    /// # Errors
    /// The system's, where it gives none.
    pub fn thread<T: Send + 'static>(
        &self,
        task: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Thread<T>> {
        let (sender, end) = oneshot::channel();
        let supervisor = self.clone();
        let work = move || {
            if let Some(end) = supervisor.catch_now(task, work) {
                let _ = sender.send(end);
            }
        };
        Ok(Thread { end, handle: Some(thread::Builder::new().name(task.into()).spawn(work)?) })
    }

    /// Does `work` apart from the connections: on a thread of its own, where it may block and sleeps by [`apart::sleep`].
    ///
    /// # Errors
    /// The system's, where it gives no thread.
    #[cfg(not(feature = "made-up"))]
    pub fn apart<T: Send + 'static>(
        &self,
        task: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<Thread<T>> {
        self.thread(task, || block_on(work))
    }

    /// As beside real time, but a task: what is on one thread happens in one order.
    #[cfg(feature = "made-up")]
    pub fn apart<T: Send + 'static>(
        &self,
        task: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<Thread<T>> {
        let (sender, end) = oneshot::channel();
        let work = self.catch(task, work);
        tokio::spawn(async move { work.await.map(|end| sender.send(end)) });
        Ok(Thread { end, handle: None })
    }

    /// Waits until no task of [`Supervisor::spawn`] is left, or the run is [given up](Supervisor::given_up).
    pub async fn ended(&self) {
        self.0.tasks.close();
        tokio::select! {
            () = self.0.tasks.wait() => {}
            () = self.given_up() => {}
        }
    }

    /// Waits until a task has panicked and the others have had their time to end.
    pub async fn given_up(&self) {
        let mut panic = self.0.panic.subscribe();
        // The sender lives in self, so the channel cannot close.
        let at = panic.wait_for(Option::is_some).await.ok().and_then(|panic| panic.as_ref().map(|(_, at)| *at));
        sleep_until(at.unwrap_or_else(Instant::now) + TIME_TO_END).await;
    }

    fn note(&self, task: &'static str, cause: &(dyn Any + Send)) {
        let text = cause.downcast_ref::<&str>().copied().or(cause.downcast_ref::<String>().map(String::as_str));
        let panic = TaskPanic { task, message: text.unwrap_or("it did not say why").to_owned() };
        self.0.panic.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert((panic, Instant::now()));
            is_first
        });
        self.0.stop.stop();
    }
}

/// A thread of a run.
#[derive(Debug)]
pub struct Thread<T> {
    end: oneshot::Receiver<T>,
    /// `None` for a task.
    handle: Option<JoinHandle<()>>,
}

impl<T> Thread<T> {
    /// What it returned, without blocking the runtime until then; `None` where it panicked.
    pub async fn join(self) -> Option<T> {
        let end = self.end.await.ok();
        // It has nothing left to do. Once joined, the process may fork.
        let _ = self.handle.map(JoinHandle::join);
        end
    }

    /// Wakes it where it is parked.
    pub fn unpark(&self) {
        self.handle.iter().for_each(|handle| handle.thread().unpark());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn the_first_panic_stops_the_run_and_is_kept() {
        let supervisor = Supervisor::new(Stop::default());
        assert_eq!(supervisor.catch("a", async { 1 }).await, Some(1));
        assert!(!supervisor.stop().is_stopped() && supervisor.panic().is_none());
        supervisor.spawn("b", async { panic!("no {}", "more") });
        supervisor.ended().await;
        assert!(supervisor.stop().is_stopped());
        assert_eq!(supervisor.catch_now("c", || panic!("later")), None::<()>);
        assert_eq!(supervisor.thread("d", || panic!("last")).unwrap().join().await, None::<()>);
        assert_eq!(supervisor.panic().unwrap().to_string(), "the task b panicked: no more");
    }

    #[test]
    fn catching_panics_makes_a_task_little_larger() {
        let supervisor = Supervisor::new(Stop::default());
        let work = std::future::ready([0_u8; 4096]);
        assert!(size_of_val(&supervisor.catch("a", work.clone())) < size_of_val(&work) + 64);
    }

    #[tokio::test]
    async fn waiting_for_a_thread_does_not_hold_up_the_runtime() {
        let (sender, receiver) = mpsc::channel();
        let thread = Supervisor::new(Stop::default()).thread("waits", move || receiver.recv()).unwrap();
        // On the same thread of the runtime: a join that blocks would wait for ever.
        let other = tokio::spawn(async move { sender.send(7) });
        assert_eq!(thread.join().await, Some(Ok(7)));
        other.await.unwrap().unwrap();
    }
}
