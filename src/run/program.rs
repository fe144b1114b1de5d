//! How to start this program once more, and what runs it.

use std::ffi::OsString;
use std::io;
use std::sync::OnceLock;

/// The words by which Python starts this program, and Python's version.
static PYTHON: OnceLock<(Vec<OsString>, String)> = OnceLock::new();

/// Says that Python of this version runs this program, and by which words it does.
pub fn set_python(words: Vec<OsString>, version: String) {
    // The first one stays: a process does not change what it is.
    let _ = PYTHON.set((words, version));
}

/// The words by which this program is started.
///
/// # Errors
/// Where the system does not know the program's file.
pub fn own_command() -> io::Result<Vec<OsString>> {
    match PYTHON.get() {
        Some((words, _)) => Ok(words.clone()),
        None => Ok(vec![std::env::current_exe()?.into_os_string()]),
    }
}

/// The version of the Python that runs this program, where one does.
pub(super) fn python_version() -> Option<String> {
    PYTHON.get().map(|(_, version)| version.clone())
}
