use std::io::{self, Write};

use crate::run::RunError;

/// Writes data to stdout. A reader that has seen enough (`| head`) is no error.
pub(super) fn write_out(text: &[u8]) -> Result<i32, RunError> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(0),
    }
}
