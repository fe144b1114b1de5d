//! The ports on which a program listens, as Linux knows them: a controller that takes any free port says nowhere which.

use std::collections::HashSet;
use std::fs;

/// The TCP ports of the process; none where the system is not Linux, or does not say.
pub(super) fn ports(process: u32) -> Vec<u16> {
    let sockets = sockets(process);
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let rows: Vec<String> = tables.into_iter().flatten().flat_map(|text| rows(&text)).collect();
    rows.iter().filter_map(|row| listens(row, &sockets)).collect()
}

/// The numbers of its open sockets.
fn sockets(process: u32) -> HashSet<String> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    let number =
        |target: std::path::PathBuf| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    targets.filter_map(number).collect()
}

/// Without the head.
fn rows(table: &str) -> Vec<String> {
    table.lines().skip(1).map(str::to_owned).collect()
}

/// The port of a row of `/proc/net/tcp`, where one of the sockets listens on it.
fn listens(row: &str, sockets: &HashSet<String>) -> Option<u16> {
    let fields: Vec<&str> = row.split_whitespace().collect();
    let [_, local, _, "0A", _, _, _, _, _, socket, ..] = fields[..] else { return None };
    let (_, port) = local.rsplit_once(':')?;
    sockets.contains(socket).then(|| u16::from_str_radix(port, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_that_of_a_socket_which_listens() {
        let row = |local: &str, state: &str, socket: u32| {
            format!(
                "  0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  0  0 {socket} 1 0000 100"
            )
        };
        let ours = HashSet::from(["17".to_owned()]);
        assert_eq!(listens(&row("0100007F:1F90", "0A", 17), &ours), Some(8080));
        assert_eq!(listens(&row("00000000000000000000000001000000:0050", "0A", 17), &ours), Some(80));
        assert_eq!(listens(&row("0100007F:1F90", "01", 17), &ours), None, "a connection");
        assert_eq!(listens(&row("0100007F:1F90", "0A", 18), &ours), None, "another program's");
        assert_eq!(listens("", &ours), None);
        assert!(ports(u32::MAX).is_empty());
    }
}
