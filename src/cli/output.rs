use std::fmt::Arguments;
use std::io::{self, Write};

use crate::run::RunError;

/// Writes data to stdout. A reader that has seen enough (`| head`) is no error.
pub(super) fn write_out(text: &[u8]) -> Result<i32, RunError> {
    let mut stdout = io::stdout();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(RunError::Write { what: "the standard output".into(), error })
        }
        _ => Ok(0),
    }
}

/// A line for people, on stderr. The reader may be gone, which must not end the run. Text from a cluster must not steer
/// a terminal.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::output::to_people(format_args!($($text)*)) };
}
pub(super) use say;

pub(super) fn to_people(text: Arguments) {
    let _ = writeln!(io::stderr(), "{}", harmless(&text.to_string()));
}

/// The text without control characters, but for its lines.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && !"\n\t".contains(char) { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clusters_words_do_not_steer_a_terminal() {
        assert_eq!(harmless("a\x1b[2J\r\u{9b}b\n\tc"), "a [2J  b\n\tc");
    }
}
