use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::store::Key;

/// Bytes of what a process prints that are kept for its log.
const LOG_LIMIT: usize = 64 << 10;

/// The processes of pods. Only the runner in the simulator's own options is ever started: the command in a pod's spec
/// is not run.
#[derive(Debug)]
pub struct Processes {
    /// Its command, as [`Options::runner`](crate::Options::runner).
    runner: Vec<OsString>,
    server: String,
    /// PEM of the authority that the server's certificate is of.
    authority: Option<String>,
    /// Where their kubeconfigs are, for their owner's eyes alone.
    folder: PathBuf,
    running: Mutex<HashMap<Arc<str>, Process>>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    printed: Arc<Mutex<Printed>>,
    pod: Key,
    /// When it is killed, where its pod was deleted.
    kill_ns: Option<i64>,
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The pod's.
    pub uid: Arc<str>,
    pub pod: Key,
    /// Its exit code; a signal counts as a shell counts it.
    pub code: i32,
    /// Whether its pod was deleted before.
    pub was_deleted: bool,
}

/// What a process has printed.
#[derive(Debug, Default)]
struct Printed {
    address: Option<SocketAddr>,
    log: Vec<u8>,
}

impl Processes {
    pub fn new(runner: Vec<OsString>, server: String, authority: Option<String>) -> Self {
        let folder = std::env::temp_dir().join(format!("agent-sandbox-bench-{:016x}", rand::random::<u64>()));
        Self { runner, server, authority, folder, running: Mutex::default() }
    }

    /// Starts a runner for a pod; it calls the API with `token`.
    pub fn start(&self, uid: &Arc<str>, pod: &Key, token: &str) -> io::Result<()> {
        let kubeconfig = self.write_kubeconfig(uid, token)?;
        let (program, words) = self.runner.split_first().ok_or(io::ErrorKind::Unsupported)?;
        let mut command = Command::new(program);
        let output = || Stdio::piped();
        let mut child =
            command.args(words).arg(kubeconfig).stdin(Stdio::null()).stdout(output()).stderr(output()).spawn()?;
        let printed = Arc::new(Mutex::new(Printed::default()));
        read(child.stdout.take(), &printed)?;
        read(child.stderr.take(), &printed)?;
        self.lock().insert(uid.clone(), Process { child, printed, pod: pod.clone(), kill_ns: None });
        Ok(())
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Those that have ended, each once.
    pub fn ended(&self) -> Vec<Ended> {
        let ended: Vec<_> =
            self.lock().extract_if(|_, process| matches!(process.child.try_wait(), Ok(Some(_)))).collect();
        let report = |(uid, mut process): (Arc<str>, Process)| {
            let _ = std::fs::remove_file(self.kubeconfig(&uid));
            // It was waited for above, so this is what was found then.
            let status = process.child.try_wait().ok().flatten();
            let code = status.and_then(|status| status.code().or_else(|| status.signal().map(|signal| 128 + signal)));
            Ended { uid, pod: process.pod, code: code.unwrap_or(255), was_deleted: process.kill_ns.is_some() }
        };
        ended.into_iter().map(report).collect()
    }

    /// The pod was deleted: asks its process to end, and sets when it is killed. False where there is none.
    pub fn end(&self, uid: &str, kill_ns: i64) -> bool {
        let mut running = self.lock();
        let Some(process) = running.get_mut(uid) else { return false };
        if process.kill_ns.is_none() {
            process.kill_ns = Some(kill_ns);
            process.signal(Signal::SIGTERM);
        }
        true
    }

    /// Kills the pod's process.
    pub fn kill(&self, uid: &str) {
        if let Some(process) = self.lock().get(uid) {
            process.signal(Signal::SIGKILL);
        }
    }

    /// Kills those that were asked to end and have not by their time.
    pub fn kill_overdue(&self, now_ns: i64) {
        for process in self.lock().values().filter(|process| process.kill_ns.is_some_and(|at| at <= now_ns)) {
            process.signal(Signal::SIGKILL);
        }
    }

    /// Ends all, at once.
    pub fn end_all(&self) {
        for process in self.lock().values_mut() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Where the pod's process listens, once it does.
    pub fn address(&self, uid: &str) -> Option<SocketAddr> {
        self.lock().get(uid)?.printed.lock().unwrap_or_else(PoisonError::into_inner).address
    }

    /// What the pod's process has printed, while it runs.
    pub fn log(&self, uid: &str) -> Option<String> {
        let running = self.lock();
        let printed = running.get(uid)?.printed.lock().unwrap_or_else(PoisonError::into_inner);
        Some(String::from_utf8_lossy(&printed.log).into_owned())
    }

    fn kubeconfig(&self, uid: &str) -> PathBuf {
        self.folder.join(format!("{uid}.yaml"))
    }

    fn write_kubeconfig(&self, uid: &str, token: &str) -> io::Result<PathBuf> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.kubeconfig(uid);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(kubeconfig("pod", &self.server, self.authority.as_deref(), token).as_bytes())?;
        Ok(path)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Process>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    fn signal(&self, signal: Signal) {
        // It is not waited for yet, so its id is still its own.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), signal);
    }
}

/// A kubeconfig with one context, YAML.
pub fn kubeconfig(name: &str, server: &str, authority: Option<&str>, token: &str) -> String {
    let authority =
        authority.map_or_else(String::new, |pem| format!("\n    certificate-authority-data: {}", STANDARD.encode(pem)));
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {name}\nclusters:\n- name: {name}\n  cluster:\n    \
         server: {server}{authority}\nusers:\n- name: {name}\n  user:\n    token: {token}\n\
         contexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: {name}\n    \
         namespace: default\n"
    )
}

/// Reads what a process prints until it ends.
fn read(output: Option<impl Read + Send + 'static>, printed: &Arc<Mutex<Printed>>) -> io::Result<()> {
    let Some(output) = output else { return Ok(()) };
    let printed = Arc::clone(printed);
    let lines = move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(address) = line.strip_prefix("listening on ") {
                printed.address = address.parse().ok();
            }
            if printed.log.len() + line.len() < LOG_LIMIT {
                printed.log.extend_from_slice(line.as_bytes());
                printed.log.push(b'\n');
            }
        }
    };
    thread::Builder::new().name("pod".into()).spawn(lines).map(drop)
}
