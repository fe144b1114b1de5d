//! How to start this program once more.

use std::ffi::OsString;
use std::io;
use std::sync::OnceLock;

static COMMAND: OnceLock<Vec<OsString>> = OnceLock::new();

/// Says by which words this program is started, where that is not its own file: an interpreter runs it.
pub fn set_own_command(words: Vec<OsString>) {
    // The first one stays: a process does not change what it is.
    let _ = COMMAND.set(words);
}

/// The words by which this program is started.
///
/// # Errors
/// Where the system does not know the program's file.
pub fn own_command() -> io::Result<Vec<OsString>> {
    match COMMAND.get() {
        Some(words) => Ok(words.clone()),
        None => Ok(vec![std::env::current_exe()?.into_os_string()]),
    }
}
