//! The memory of gVisor's sandboxes that run on this machine, where it is a node.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use crate::measure::{MEMORY, MetricUnit, SANDBOXES, SourceValue};

/// How gVisor names the process of a Pod's sandbox: its kernel, of which each Pod has one.
const SANDBOX: &str = "runsc-sandbox";
/// And the one that opens files for it.
const GOFER: &str = "runsc-gofer";

/// A process, as far as it matters here.
struct Process {
    parent: u32,
    /// Base name of its program as it calls itself; empty of a kernel's thread.
    name: String,
}

/// How many sandboxes there are, and the proportional set size of all their processes. A page that several processes map
/// counts once in all.
///
/// # Errors
/// Where this system does not say: it is no Linux, or another user's processes may not be read.
pub(super) fn sandboxes() -> Result<Vec<SourceValue>, String> {
    let all = processes(Path::new("/proc"))?;
    let ours = with_children(&all);
    let sandboxes = ours.iter().filter(|id| is_sandbox(**id, &all)).count();
    let mut bytes = 0;
    for id in &ours {
        match pss_bytes(*id) {
            Ok(more) => bytes += more,
            // It has ended meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound || error.raw_os_error() == Some(ESRCH) => {}
            Err(error) => return Err(format!("/proc/{id}/smaps_rollup: {error}")),
        }
    }
    let count = SourceValue::gauge(SANDBOXES, MetricUnit::Count, sandboxes as f64);
    let memory = SourceValue::gauge(MEMORY, MetricUnit::Bytes, bytes as f64);
    Ok(if sandboxes == 0 { vec![count] } else { vec![count, memory] })
}

/// No such process.
const ESRCH: i32 = 3;

fn processes(proc: &Path) -> Result<HashMap<u32, Process>, String> {
    let entries = fs::read_dir(proc).map_err(|error| format!("{}: {error}", proc.display()))?;
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let process = |id: u32| {
        let folder = proc.join(id.to_string());
        let command = fs::read(folder.join("cmdline")).ok()?;
        let parent = parent(&fs::read_to_string(folder.join("stat")).ok()?)?;
        Some((id, Process { parent, name: name(&command) }))
    };
    Ok(ids.filter_map(process).collect())
}

/// The third field after the name in brackets, which may hold anything.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn name(command: &[u8]) -> String {
    let first = command.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(first);
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A sandbox whose parent is one is no other: it is a process that the kernel of the first runs the guest's code in.
fn is_sandbox(id: u32, all: &HashMap<u32, Process>) -> bool {
    let is_named = |id: u32| all.get(&id).is_some_and(|process| process.name == SANDBOX);
    is_named(id) && !all.get(&id).is_some_and(|process| is_named(process.parent))
}

/// gVisor's processes, and those that they have started.
fn with_children(all: &HashMap<u32, Process>) -> HashSet<u32> {
    let is_ours = |id: &u32| {
        let mut at = *id;
        // A chain of parents ends, but ids may be used anew while they are read.
        for _ in 0..64 {
            match all.get(&at) {
                Some(process) if [SANDBOX, GOFER].contains(&process.name.as_str()) => return true,
                Some(process) => at = process.parent,
                None => return false,
            }
        }
        false
    };
    all.keys().copied().filter(is_ours).collect()
}

fn pss_bytes(id: u32) -> std::io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.unwrap_or_default() * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_counted_once_with_all_its_processes() {
        let process = |parent, name: &str| Process { parent, name: name.into() };
        let all: HashMap<u32, Process> = [
            (1, process(0, "init")),
            (10, process(1, "containerd-shim-runsc-v1")),
            (11, process(10, GOFER)),
            (12, process(10, SANDBOX)),
            (13, process(12, SANDBOX)),
            (14, process(13, "")),
            (20, process(1, SANDBOX)),
            (30, process(1, "bash")),
        ]
        .into();
        assert_eq!(with_children(&all), HashSet::from([11, 12, 13, 14, 20]));
        let mut sandboxes: Vec<u32> = all.keys().copied().filter(|id| is_sandbox(*id, &all)).collect();
        sandboxes.sort_unstable();
        assert_eq!(sandboxes, [12, 20]);
    }

    #[test]
    fn processes_are_read_as_the_kernel_writes_them() {
        assert_eq!(parent("17 (a) b) S 4 17 17 0 -1"), Some(4));
        assert_eq!(parent("nothing"), None);
        assert_eq!(name(b"/usr/bin/runsc-sandbox\0--root=/run\0boot\0"), SANDBOX);
        assert_eq!(name(b""), "");
        let own = std::process::id();
        let is_linux = cfg!(target_os = "linux");
        assert_eq!(processes(Path::new("/proc")).is_ok_and(|all| all.contains_key(&own)), is_linux);
        assert!(!is_linux || pss_bytes(own).unwrap() > 100_000);
    }
}
