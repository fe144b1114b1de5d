//! Reading files that somebody else may have made: within bounds, and never one that makes a reader wait. Writing files
//! whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Permissions of a file that only its owner may read.
pub const PRIVATE: u32 = 0o600;
/// Permissions of a file that the umask alone restricts.
pub const SHARED: u32 = 0o666;

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

/// Writes a file whole or not at all: beside it, then renamed, so that neither a kill nor a full disk leaves half of a
/// file. A pipe or a device is written as it is.
///
/// # Errors
/// The system's.
pub fn write_whole(path: &Path, bytes: &[u8], permissions: u32) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|present| !present.is_file()) {
        return fs::write(path, bytes);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(permissions).open(&beside);
    let written = opened.and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // It may not exist; the first error counts.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_has_no_end_is_refused() {
        assert_eq!(read_text(Path::new("/dev/zero")).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read_regular(Path::new("/dev/zero")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read_regular(Path::new("/nowhere")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        write_whole(&file, b"first, and longer", SHARED).unwrap();
        let mut reader = File::open(&file).unwrap();
        write_whole(&file, b"second", PRIVATE).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"second");
        let mut before = String::new();
        reader.read_to_string(&mut before).unwrap();
        assert_eq!(before, "first, and longer", "who reads the old file reads it to its end");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_whole(folder.path(), b"text", SHARED).is_err(), "a folder");
        assert!(write_whole(&folder.path().join("absent/a.csv"), b"text", SHARED).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_whole(Path::new("/dev/null"), b"text", SHARED).unwrap();
    }
}
