//! When a container ends, as far as its command says so. Nothing of it is run.

use std::time::Duration;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// After its start.
    pub after: Duration,
    pub code: i32,
}

/// What a statement does.
enum Effect {
    Takes(Duration),
    Returns(i32),
    Exits(i32),
}

/// What stands for more than itself in a shell: a script with it is not understood.
const SPECIAL: &[char] = &['|', '&', '<', '>', '$', '`', '(', ')', '{', '}', '*', '?', '\'', '"', '\\'];

/// How a command ends: `sleep`, `true`, `false`, `echo` and `exit`, alone or in a script of `sh -c`. `None` for one that goes on
/// for ever, and for every other command.
pub fn exit_of(command: &[String]) -> Option<Exit> {
    match command {
        [] => None,
        [shell, flag, script] if name(shell).ends_with("sh") && flag == "-c" => run(script),
        words => Some(match effect(&words.iter().map(String::as_str).collect::<Vec<_>>(), 0)? {
            Effect::Takes(after) => Exit { after, code: 0 },
            Effect::Returns(code) | Effect::Exits(code) => Exit { after: Duration::ZERO, code },
        }),
    }
}

fn run(script: &str) -> Option<Exit> {
    let script = script.replace("&&", "\n&&");
    let (mut after, mut code) = (Duration::ZERO, 0);
    for statement in script.split([';', '\n']) {
        let (only_after_success, statement) = match statement.trim().strip_prefix("&&") {
            Some(rest) => (true, rest.trim()),
            None => (false, statement.trim()),
        };
        if statement.is_empty() || (only_after_success && code != 0) {
            continue;
        }
        if statement.contains(SPECIAL) {
            return None;
        }
        match effect(&statement.split_whitespace().collect::<Vec<_>>(), code)? {
            Effect::Takes(time) => (after, code) = (after.checked_add(time)?, 0),
            Effect::Returns(returned) => code = returned,
            Effect::Exits(code) => return Some(Exit { after, code }),
        }
    }
    Some(Exit { after, code })
}

/// `last` is the code of the statement before.
fn effect(words: &[&str], last: i32) -> Option<Effect> {
    let words = words.strip_prefix(&["exec"]).unwrap_or(words);
    match (name(words.first()?), &words[1..]) {
        ("sleep", [time]) => Some(Effect::Takes(seconds(time)?)),
        ("exit", []) => Some(Effect::Exits(last)),
        ("exit", [code]) => Some(Effect::Exits(code.parse::<u8>().ok()?.into())),
        ("true" | ":" | "echo", _) => Some(Effect::Returns(0)),
        ("false", _) => Some(Effect::Returns(1)),
        _ => None,
    }
}

/// The time of `sleep`, with the units of GNU and `BusyBox`; `None` for `infinity`.
fn seconds(time: &str) -> Option<Duration> {
    let (number, unit) = time.split_at(time.trim_end_matches(['s', 'm', 'h', 'd']).len());
    let factor = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * factor).ok()
}

/// A program without its folder.
fn name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(command: &[&str]) -> Option<(u64, i32)> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        exit_of(&command).map(|exit| (exit.after.as_millis() as u64, exit.code))
    }

    #[test]
    fn commands_end_when_they_say_so() {
        for (script, ends) in [
            ("exit 0", (0, 0)),
            ("sleep 2; exit 0", (2000, 0)),
            ("sleep 0.5 && exit 3", (500, 3)),
            ("false && exit 3", (0, 1)),
            ("false; exit", (0, 1)),
            ("echo done\nsleep 1m\ntrue", (60_000, 0)),
            ("exec /bin/sleep 3", (3000, 0)),
        ] {
            assert_eq!(exit(&["/bin/bash", "-c", script]), Some(ends), "{script}");
        }
        assert_eq!(exit(&["sleep", "4"]), Some((4000, 0)));
        assert_eq!(exit(&["/bin/false"]), Some((0, 1)));
        assert_eq!(exit(&["echo", "a; exit 3"]), Some((0, 0)));
    }

    #[test]
    fn what_never_ends_or_is_not_understood_goes_on() {
        for script in
            ["sleep infinity", "sleep inf", "sleep -1", "exit 300", "python app.py", "sleep $TIME", "true | false"]
        {
            assert_eq!(exit(&["sh", "-c", script]), None, "{script}");
        }
        assert_eq!((exit(&[]), exit(&["nginx"])), (None, None));
    }
}
