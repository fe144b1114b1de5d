//! What this machine says of itself.

use std::fs::read_to_string;
use std::thread::available_parallelism;

use nix::sys::utsname::uname;

use super::program::python_version;
use crate::measure::Environment;

/// This machine and this process; `None` where the system does not say what it is.
pub(super) fn environment() -> Option<Environment> {
    let system = uname().ok()?;
    let text = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    let file = |path: &str| read_to_string(path).unwrap_or_default();
    Some(Environment {
        host: text(system.nodename()),
        os: os_of(&file("/etc/os-release")).unwrap_or_else(|| text(system.sysname())),
        kernel: text(system.release()),
        arch: std::env::consts::ARCH.into(),
        cpu: value_of(&file("/proc/cpuinfo"), "model name", ':'),
        cores: available_parallelism().ok().map(|cores| cores.get() as u64),
        memory_bytes: memory_of(&file("/proc/meminfo")),
        python: python_version(),
    })
}

/// The value of the first line that has this name.
fn value_of(text: &str, name: &str, separator: char) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(separator));
    lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn os_of(release: &str) -> Option<String> {
    let name = value_of(release, "PRETTY_NAME", '=')?;
    Some(name.trim_matches(['"', '\'']).to_owned()).filter(|name| !name.is_empty())
}

fn memory_of(meminfo: &str) -> Option<u64> {
    let total = value_of(meminfo, "MemTotal", ':')?;
    Some(total.strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_name_counts() {
        let cpus = "processor\t: 0\nmodel name\t: AMD EPYC: 7B13\n\nprocessor\t: 1\nmodel name\t: other\n";
        assert_eq!(value_of(cpus, "model name", ':').as_deref(), Some("AMD EPYC: 7B13"));
        assert_eq!(value_of("CPU implementer : 0x41\n", "model name", ':'), None);
        assert_eq!(memory_of("MemFree: 1 kB\nMemTotal:       16384 kB\n"), Some(16 << 20));
        assert_eq!(memory_of("MemTotal: many\n"), None);
        assert_eq!(os_of("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n").as_deref(), Some("Debian GNU/Linux 12"));
        assert_eq!(os_of("PRETTY_NAME=\n"), None);
    }

    #[test]
    fn this_machine_has_a_name_and_a_core() {
        let environment = environment().unwrap();
        assert!(!environment.host.is_empty() && !environment.kernel.is_empty() && environment.cores >= Some(1));
    }
}
