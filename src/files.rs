//! Reading files that somebody else may have made: within bounds, and never one that makes a reader wait.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// A configuration, a manifest, a summary: none is larger.
pub const LARGEST: u64 = 64 << 20;

/// The whole text of a file, or of a pipe, of at most [`LARGEST`] bytes.
///
/// # Errors
/// The system's, and `InvalidData` for what is larger or no text.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("larger than {} MiB", LARGEST >> 20)));
    }
    Ok(text)
}

/// Opens a regular file: a pipe in a folder from somebody else would be waited for, and a device has no end.
///
/// # Errors
/// The system's, and `InvalidInput` for what is no regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file"));
    }
    File::open(path)
}

/// As [`read_text`], of a regular file alone.
///
/// # Errors
/// As those two.
pub fn read_regular(path: &Path) -> io::Result<String> {
    open_regular(path)?;
    read_text(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused() {
        assert_eq!(read_text(Path::new("/dev/zero")).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read_regular(Path::new("/dev/zero")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read_regular(Path::new("/nowhere")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
