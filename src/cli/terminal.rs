//! How this terminal shows text. What a cluster said is made harmless first; colour is put around it.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use console::Term;

use super::output::harmless;
use crate::report::{Line, Look, Screen, Tone};

/// How the standard error output shows text. In a file a sentence stays in one line, whatever `COLUMNS` says.
pub(super) fn look() -> Look {
    let terminal = is_terminal();
    let size = Term::stderr().size_checked().filter(|_| io::stderr().is_terminal());
    Look {
        width: size.map(|(_, columns)| usize::from(columns)).filter(|columns| *columns > 0),
        colour: terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        unicode: speaks_utf8(|name| env::var(name).ok()),
    }
}

/// Whether the standard error output is a terminal that can do more than print lines.
pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// As the C library settles it: the first of three that says anything.
fn speaks_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let settled =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|it| !it.is_empty()));
    settled.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Prints text for people. The reader may be gone, which must not end the run.
pub(super) fn show(screen: &Screen, look: &Look) {
    let _ = write!(io::stderr(), "{}", painted(screen, look));
}

/// Prints why a command failed; a line that does not fit goes on below, broken between words.
pub(super) fn show_error(error: &impl Display) {
    let mut screen = Screen::default();
    for (at, text) in error.to_string().lines().enumerate() {
        let line = if at == 0 { Line::new(Tone::Bad, "error: ") } else { Line::default() };
        screen.push(line.and(Tone::Plain, text).hanging(2));
    }
    show(&screen, &look());
}

/// The text as the terminal gets it.
pub(super) fn painted(screen: &Screen, look: &Look) -> String {
    screen.text(look.width, |tone, text| paint(tone, &harmless(text), look.colour))
}

/// `text` in the colour of what it means.
fn paint(tone: Tone, text: &str, colour: bool) -> String {
    let code = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Strong => "1",
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "31",
        Tone::Dim => "2",
    };
    if colour && !text.trim().is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_stands_around_words_that_are_harmless() {
        let mut screen = Screen::default();
        screen.push(Line::new(Tone::Bad, "a\x1b[2Jb"));
        let look = |colour| Look { colour, ..Look::default() };
        assert_eq!(painted(&screen, &look(true)), "\x1b[31ma [2Jb\x1b[0m\n");
        assert_eq!(painted(&screen, &look(false)), "a [2Jb\n");
    }

    #[test]
    fn the_first_locale_that_says_anything_counts() {
        let told = |locale: [&str; 3]| {
            let names = ["LC_ALL", "LC_CTYPE", "LANG"];
            speaks_utf8(|name| Some(locale[names.iter().position(|it| *it == name)?].to_owned()))
        };
        assert!(told(["", "", "en_US.UTF-8"]) && told(["C.utf8", "", "C"]));
        assert!(!told(["C", "", "en_US.UTF-8"]) && !told(["", "", ""]));
    }
}
