use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::size::MOST_CLAIMS;
use crate::config::{ConfigError, Duration};

/// Opens a trace file.
pub type Opener<'a> = dyn Fn(&Path) -> io::Result<Box<dyn BufRead>> + 'a;

/// Opens it where it is.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(Box::new(BufReader::new(File::open(path)?)))
}

/// Bytes of a line of a trace file, at most.
const LONGEST_LINE: u64 = 4096;

/// Reads offsets from the start, one a line: a duration, or seconds. Empty lines and lines from `#` on are skipped.
pub(crate) fn read_trace(path: &Path, field: &str, read: &Opener<'_>) -> Result<Vec<i64>, ConfigError> {
    let refuse = |message: String| ConfigError::new(field, format!("{}: {message}", path.display()));
    let unreadable = |error: io::Error| refuse(format!("cannot be read: {error}"));
    let mut file = read(path).map_err(unreadable)?;
    let mut offsets: Vec<i64> = Vec::new();
    let mut text = String::new();
    for number in 1.. {
        text.clear();
        if (&mut file).take(LONGEST_LINE).read_line(&mut text).map_err(unreadable)? == 0 {
            break;
        }
        if text.len() as u64 == LONGEST_LINE || offsets.len() as u64 > MOST_CLAIMS {
            return Err(refuse(format!("line {number}: too long, allowed: {MOST_CLAIMS} offsets, one a line")));
        }
        let line = text.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let seconds = line.parse().ok().and_then(Duration::from_secs_f64);
        let offset = seconds.map_or_else(|| line.parse::<Duration>(), Ok);
        let offset = offset.map_err(|error| refuse(format!("line {number}: {error}, or seconds")))?;
        if offsets.last().is_some_and(|last| *last > offset.nanos()) {
            return Err(refuse(format!("line {number}: got {line} after a later offset, allowed: rising offsets")));
        }
        offsets.push(offset.nanos());
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn traces_are_read_or_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace");
        fs::write(&file, "0\n0.5 # half\n\n1500ms\n").unwrap();
        assert_eq!(read_trace(&file, "load.trace", &open).unwrap(), [0, 500_000_000, 1_500_000_000]);
        let endless = "1".repeat(5000);
        for (text, line) in [("1\n0.5\n", "line 2"), ("soon\n", "line 1"), ("-1\n", "line 1"), (&*endless, "line 1")] {
            fs::write(&file, text).unwrap();
            let error = read_trace(&file, "load.trace", &open).unwrap_err().to_string();
            assert!(error.starts_with("load.trace: ") && error.contains(line), "{error}");
        }
    }
}
