use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Of what a process prints, so much is kept for its log.
const LOG: usize = 64 << 10;

/// Processes that stand for pods. Only the runner that the simulator was told of is ever started: what a pod's spec says
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
    said: Arc<Mutex<Said>>,
}

/// What a process has printed.
#[derive(Debug, Default)]
struct Said {
    address: Option<SocketAddr>,
    log: Vec<u8>,
}

impl Processes {
    pub fn new(runner: Vec<OsString>, server: String, authority: Option<String>) -> Self {
        let folder = std::env::temp_dir().join(format!("agent-sandbox-bench-{:016x}", rand::random::<u64>()));
        Self { runner, server, authority, folder, running: Mutex::default() }
    }

    /// Starts a runner for the pod `uid`, which speaks to the API with `token`.
    pub fn start(&self, uid: &Arc<str>, token: &str) -> io::Result<()> {
        let kubeconfig = self.write_kubeconfig(uid, token)?;
        let (program, words) = self.runner.split_first().ok_or(io::ErrorKind::Unsupported)?;
        let mut command = Command::new(program);
        let output = || Stdio::piped();
        let mut child =
            command.args(words).arg(kubeconfig).stdin(Stdio::null()).stdout(output()).stderr(output()).spawn()?;
        let said = Arc::new(Mutex::new(Said::default()));
        listen(child.stdout.take(), &said)?;
        listen(child.stderr.take(), &said)?;
        self.lock().insert(uid.clone(), Process { child, said });
        Ok(())
    }

    /// The exit codes of those that have ended, each once; a signal counts as a shell counts it.
    pub fn ended(&self) -> Vec<(Arc<str>, i32)> {
        let mut running = self.lock();
        let mut ended = Vec::new();
        for (uid, process) in running.iter_mut() {
            if let Ok(Some(status)) = process.child.try_wait() {
                use std::os::unix::process::ExitStatusExt;
                let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(255);
                ended.push((uid.clone(), code));
            }
        }
        for (uid, _) in &ended {
            running.remove(uid);
            let _ = std::fs::remove_file(self.kubeconfig(uid));
        }
        ended
    }

    /// Asks the pod's process to end, or, where it is not `asked`, ends it.
    pub fn end(&self, uid: &str, asked: bool) {
        if let Some(process) = self.lock().get_mut(uid) {
            // It is not waited for yet, so its id is still its own.
            let signal = if asked { Signal::SIGTERM } else { Signal::SIGKILL };
            let _ = kill(Pid::from_raw(process.child.id().cast_signed()), signal);
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
        self.lock().get(uid)?.said.lock().unwrap_or_else(PoisonError::into_inner).address
    }

    /// What the pod's process has printed, while it runs.
    pub fn log(&self, uid: &str) -> Option<String> {
        let running = self.lock();
        let said = running.get(uid)?.said.lock().unwrap_or_else(PoisonError::into_inner);
        Some(String::from_utf8_lossy(&said.log).into_owned())
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
fn listen(output: Option<impl Read + Send + 'static>, said: &Arc<Mutex<Said>>) -> io::Result<()> {
    let Some(output) = output else { return Ok(()) };
    let said = Arc::clone(said);
    let read = move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(address) = line.strip_prefix("listening on ") {
                said.address = address.parse().ok();
            }
            if said.log.len() + line.len() < LOG {
                said.log.extend_from_slice(line.as_bytes());
                said.log.push(b'\n');
            }
        }
    };
    thread::Builder::new().name("pod".into()).spawn(read).map(drop)
}
