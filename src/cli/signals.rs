use std::io;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use super::progress::Live;
use crate::load::Stop;

/// The first SIGINT or SIGTERM stops the run cleanly; a second one ends the process at once.
pub(super) fn stop_on_signal(stop: &Stop, live: &Live) -> io::Result<()> {
    let (stop, live) = (stop.clone(), live.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        for first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first {
                live.say("stopping: releasing what was claimed; once more to leave it behind");
                stop.stop();
            } else {
                std::process::exit(130);
            }
        }
    };
    thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait)).map(drop)
}
