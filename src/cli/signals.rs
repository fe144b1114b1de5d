use std::path::Path;
use std::{fs, io, thread};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::progress::Live;
use crate::load::Stop;
use crate::run::Running;

/// What asks a command to end.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is gone; absent where that is to be ignored.
    hangup: Option<Signal>,
}

impl Signals {
    /// Hears them from now on; needs a runtime.
    pub fn new() -> io::Result<Self> {
        let heeds_hangup = !is_ignored(SignalKind::hangup(), Path::new("/proc/self/status"));
        let hangup = if heeds_hangup { Some(signal(SignalKind::hangup())?) } else { None };
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())?, hangup })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hangup => {}
        }
    }
}

/// Whether who started this process has it ignore a signal, as `nohup` does. Where the system does not say, the signal is
/// left as it is.
fn is_ignored(kind: SignalKind, status: &Path) -> bool {
    let Ok(status) = fs::read_to_string(status) else { return true };
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

/// The first SIGINT, SIGTERM or SIGHUP stops the run cleanly; a second one ends the process at once, and says what stays.
/// `cleanup` is the command that removes it, without the run's id; `None` where nothing outlives this process.
pub(super) fn stop_on_signal(stop: &Stop, live: &Live, running: &Running, cleanup: Option<String>) -> io::Result<()> {
    let (stop, live, running) = (stop.clone(), live.clone(), running.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = async move {
        let Ok(mut signals) = Signals::new() else { return };
        signals.next().await;
        live.say("stopping: releasing what was claimed; once more to leave it behind");
        stop.stop();
        signals.next().await;
        live.end();
        if let (Some(command), Some(run_id)) = (cleanup, running.run_id()) {
            live.say(&format!(
                "what run {run_id} has claimed stays, and its Lease; remove it by: {command} --run-id {run_id}"
            ));
        }
        std::process::exit(130);
    };
    thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_ignored_at_the_start_stays_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let status = folder.path().join("status");
        let ignored = |mask: &str| {
            fs::write(&status, format!("Name:\tx\nSigIgn:\t{mask}\n")).unwrap();
            is_ignored(SignalKind::hangup(), &status)
        };
        assert!(ignored("0000000000001001") && !ignored("0000000000001000"));
        assert!(is_ignored(SignalKind::hangup(), &folder.path().join("absent")));
    }
}
