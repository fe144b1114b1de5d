use std::pin::pin;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::Builder;
use tokio::time::timeout;

/// From one look at signals to the next; short for who presses Ctrl-C, long for the work's own threads.
const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Waits in this thread, without the GIL; raises what a signal handler does.
pub(super) fn block(py: Python<'_>, end: impl Future<Output = ()> + Send) -> PyResult<()> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let mut end = pin!(end);
    // Handlers run between two turns of the runtime: one that makes a call itself may wait as well.
    while py.detach(|| runtime.block_on(async { timeout(SIGNAL_CHECK_INTERVAL, &mut end).await })).is_err() {
        py.check_signals()?;
    }
    Ok(())
}
