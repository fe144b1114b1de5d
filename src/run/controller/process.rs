use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::sync::watch;

use crate::run::cost::of_process;

/// The process is looked at this often.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long it has to end once it is asked to.
const GRACE: Duration = Duration::from_secs(5);
/// What is quoted of its log: the last lines, of so many bytes at most.
const LAST_LINES: usize = 10;
const LAST_BYTES: u64 = 32 << 10;
/// Most characters of each line: a stack trace in one line hides the error before it.
const LONGEST_LINE: usize = 400;

/// A program that runs until it ends, or this is dropped.
pub(super) struct Process {
    id: u32,
    log: PathBuf,
    ended: watch::Receiver<Option<ExitStatus>>,
    /// Nothing is ever sent: that it is gone asks the process to end.
    stop: Option<mpsc::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts `command`, in a process group of its own: a Ctrl-C is ours alone. What it prints goes to the file `log`.
    pub(super) fn start(mut command: Command, log: &Path) -> io::Result<Self> {
        let output = create(log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let (started, has_started) = mpsc::channel();
        let (stop, stopped) = mpsc::channel();
        let (tell, ended) = watch::channel(None);
        // The kernel ends such a process with the thread that has started it, so that thread waits for it.
        let thread = thread::Builder::new().name("controller".into()).spawn(move || {
            let child = command.spawn();
            let (mut child, answer) = match child {
                Ok(child) => {
                    let id = child.id();
                    (Some(child), Ok(id))
                }
                Err(error) => (None, Err(error)),
            };
            let _ = started.send(answer);
            if let Some(child) = &mut child {
                tell.send_replace(attend(child, &stopped).ok());
            }
        })?;
        let id = has_started.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { id, log: log.to_owned(), ended, stop: Some(stop), thread: Some(thread) })
    }

    /// Waits for its end; how it ended, where the system says so.
    pub(super) async fn ended(&self) -> Option<ExitStatus> {
        let mut ended = self.ended.clone();
        ended.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    /// How it ended; `None` while it runs.
    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// CPU in seconds so far and peak memory in bytes, while it runs and where the system says so.
    pub(super) fn cost(&self) -> Option<(f64, u64)> {
        of_process(self.id)
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines that it printed.
    pub(super) fn last_lines(&self) -> String {
        let text = tail(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].iter();
        last.map(|line| line.chars().take(LONGEST_LINE).collect()).collect::<Vec<String>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits for the end of `child`, which is asked to end when `stopped` is closed.
fn attend(child: &mut Child, stopped: &Receiver<Infallible>) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stopped.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Disconnected) {
            return end(child);
        }
    }
}

fn end(child: &mut Child) -> io::Result<ExitStatus> {
    // It is not waited for yet, so its id is still its own, and its group's.
    let group = Pid::from_raw(child.id().cast_signed());
    let _ = killpg(group, Signal::SIGTERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL_INTERVAL);
    }
    let _ = killpg(group, Signal::SIGKILL);
    child.wait()
}

fn create(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(log)
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(LAST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn start(script: &str) -> (Process, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        (Process::start(command, &folder.path().join("runs/controller.log")).unwrap(), folder)
    }

    #[tokio::test]
    async fn what_it_printed_last_outlives_it() {
        let (process, _folder) = start("seq 20; echo >&2 no cluster; exit 3");
        assert_eq!(process.ended().await.unwrap().code(), Some(3));
        let last = process.last_lines();
        assert!(last.starts_with("12\n") && last.ends_with("20\nno cluster"), "{last}");
    }

    #[tokio::test]
    async fn one_that_is_dropped_ends() {
        let (process, _folder) = start("echo up; exec sleep 1000");
        let ended = process.ended.clone();
        assert_eq!(process.status(), None);
        drop(process);
        let signal = ended.borrow().and_then(|status| status.signal());
        assert_eq!(signal, Some(Signal::SIGTERM as i32));
    }

    #[test]
    fn a_program_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Process::start(Command::new("/nowhere"), &folder.path().join("log")).is_err());
    }
}
