use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use agent_sandbox_bench::load::Stop;
use pyo3::prelude::*;

use super::errors;

/// From one look at signals and progress to the next; short for who presses Ctrl-C, long for the work's own threads.
const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Does `work` in a thread of its own, without the GIL, while this one hears signals and calls `tell`. What those raise
/// stops the work, whose end is waited for; it is returned beside the work's result.
pub(super) fn attend<T: Send + 'static>(
    py: Python<'_>,
    stop: &Stop,
    work: impl FnOnce() -> T + Send + 'static,
    mut tell: impl FnMut() -> PyResult<()>,
) -> PyResult<(T, Option<PyErr>)> {
    let (sender, mut ended) = mpsc::channel();
    let worker = thread::Builder::new().name("run".into()).spawn(move || drop(sender.send(work())))?;
    let mut raised = None;
    loop {
        match py.detach(|| next(&mut ended)) {
            Ok(outcome) => {
                // It has sent its last: joined, so that none of its threads is left when the caller forks.
                let _ = worker.join();
                return Ok((outcome, raised));
            }
            Err(RecvTimeoutError::Disconnected) => return Err(errors::other("the run's thread panicked")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let heard = py.check_signals();
        match if raised.is_none() { heard.and_then(|()| tell()) } else { heard } {
            Ok(()) => {}
            Err(error) if raised.is_none() => {
                stop.stop();
                raised = Some(error);
            }
            // A second Ctrl-C: the caller waits no longer; what is still to be released is, as long as the process lives.
            Err(error) => return Err(error),
        }
    }
}

fn next<T: Send>(ended: &mut mpsc::Receiver<T>) -> Result<T, RecvTimeoutError> {
    ended.recv_timeout(SIGNAL_CHECK_INTERVAL)
}
