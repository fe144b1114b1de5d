use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What Linux shows to programs counts so, whatever it counts by itself.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU of this process so far, user and system, in seconds.
pub(super) fn cpu_s() -> f64 {
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// Peak resident memory in bytes. Linux's own count of this program, since getrusage's survives an exec.
pub(super) fn max_rss_bytes() -> u64 {
    peak_rss_of("self").unwrap_or_else(from_rusage)
}

/// CPU in seconds so far and peak resident memory in bytes of another process; `None` once it has ended, and where the system
/// is not Linux.
pub(super) fn of_process(id: u32) -> Option<(f64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some((cpu_of(&stat)?, peak_rss_of(&id.to_string())?))
}

/// User and system time, the 14th and the 15th field: the second is the program's name in brackets, which may hold anything.
fn cpu_of(stat: &str) -> Option<f64> {
    let mut ticks = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((user + system) as f64 / TICKS_PER_SECOND)
}

/// Resident memory of this process in bytes; `None` where the system is not Linux.
pub(super) fn rss_bytes() -> Option<u64> {
    memory_of("self", "VmRSS:")
}

fn peak_rss_of(process: &str) -> Option<u64> {
    memory_of(process, "VmHWM:")
}

fn memory_of(process: &str, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

fn from_rusage() -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss().max(0) as u64 * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_is_no_field() {
        assert_eq!(cpu_of("7 (a) b (c) S 1 7 7 0 -1 4194304 1 0 0 0 150 25 9 9 20 0 5 0 1 1 1"), Some(1.75));
        assert_eq!(cpu_of("7 (a) S 1"), None);
    }
}
