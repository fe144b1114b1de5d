use std::borrow::Cow;

use agent_sandbox_common::check::{Checked, ensure, some_time};
use agent_sandbox_common::words;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{ConfigError, Duration};

words! {
    /// What a step does.
    #[derive(JsonSchema)]
    pub enum StepKind {
        /// Runs a command in the sandbox through the API server, as `workload.exec`.
        Exec = "exec",
        /// Sends a command to the runtime's HTTP port 8888, as `workload.execute`.
        Execute = "execute",
        /// Waits, and has no figures.
        Think = "think",
        /// Suspends the Sandbox; ends when it says that its pod is gone.
        Suspend = "suspend",
        /// Resumes the Sandbox; ends when it is Ready again.
        Resume = "resume",
    }
}

/// A step of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StepFields", into = "StepFields")]
pub struct SessionStep {
    /// What its figures are called.
    pub name: Option<String>,
    /// How often it is done, one after another.
    pub repeat: u32,
    /// Deadline of each time.
    pub timeout: Option<Duration>,
    /// What is done.
    pub act: Act,
}

/// What a step does, with what it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Run a command through the API server.
    Exec(Command),
    /// Send a command to the runtime.
    Execute(Command),
    /// Wait.
    Think(Duration),
    /// Suspend the Sandbox.
    Suspend,
    /// Resume it.
    Resume,
}

/// A command, run by `/bin/sh -c`, and what it must print.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Command {
    /// The command.
    pub text: String,
    /// Text that the output must hold.
    pub expect: Option<String>,
}

impl Act {
    /// Its word.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::Exec(_) => StepKind::Exec,
            Self::Execute(_) => StepKind::Execute,
            Self::Think(_) => StepKind::Think,
            Self::Suspend => StepKind::Suspend,
            Self::Resume => StepKind::Resume,
        }
    }

    /// The command that it runs, where it runs one.
    #[must_use]
    pub const fn command(&self) -> Option<&Command> {
        match self {
            Self::Exec(command) | Self::Execute(command) => Some(command),
            Self::Think(_) | Self::Suspend | Self::Resume => None,
        }
    }
}

/// A step of a session.
// As files and the Python dict have it: flat.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SessionStep")]
struct StepFields {
    /// What it does.
    kind: StepKind,
    /// Name of its figures: lower-case letters, digits and `_`. Default: the kind and its place in the list, `exec_1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// How often it is done, one after another.
    #[serde(default = "once")]
    repeat: u32,
    /// Deadline of each time. Default `workload.exec_timeout`; for `suspend` and `resume` 3m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<Duration>,
    /// `exec`, `execute`: the command, run by `/bin/sh -c`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// `exec`, `execute`: text that the output must hold; `wrong_output` if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect: Option<String>,
    /// `think`: how long.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pause: Option<Duration>,
}

pub(super) const fn once() -> u32 {
    1
}

impl TryFrom<StepFields> for SessionStep {
    /// Begins with a dot and the field at fault, as the path goes on below the step.
    type Error = String;

    fn try_from(fields: StepFields) -> Result<Self, String> {
        // Named one by one, so that the compiler asks for a new field here.
        let StepFields { kind, name, repeat, timeout, command, expect, pause } = fields;
        let runs = matches!(kind, StepKind::Exec | StepKind::Execute);
        let given = [
            ("command", runs, command.is_some()),
            ("expect", runs, expect.is_some()),
            ("for", kind == StepKind::Think, pause.is_some()),
            ("timeout", kind != StepKind::Think, timeout.is_some()),
            ("name", kind != StepKind::Think, name.is_some()),
        ];
        let stray = given.into_iter().find(|(_, belongs, given)| *given && !belongs);
        if let Some((field, ..)) = stray {
            return Err(refusal(field, "it", &format!("nothing, as kind is {kind}")));
        }
        let command = || {
            let text = command.filter(|text| !text.trim().is_empty());
            let text = text.ok_or_else(|| refusal("command", "nothing", &format!("a command, as kind is {kind}")))?;
            Ok::<_, String>(Command { text, expect })
        };
        let act = match kind {
            StepKind::Exec => Act::Exec(command()?),
            StepKind::Execute => Act::Execute(command()?),
            StepKind::Think => {
                Act::Think(pause.ok_or_else(|| refusal("for", "nothing", "a duration, as kind is think"))?)
            }
            StepKind::Suspend => Act::Suspend,
            StepKind::Resume => Act::Resume,
        };
        Ok(Self { name, repeat, timeout, act })
    }
}

fn refusal(field: &str, got: &str, allowed: &str) -> String {
    format!(".{}", ConfigError::not_allowed(field, got, allowed))
}

impl From<SessionStep> for StepFields {
    fn from(SessionStep { name, repeat, timeout, act }: SessionStep) -> Self {
        let kind = act.kind();
        let (command, pause) = match act {
            Act::Exec(command) | Act::Execute(command) => (Some(command), None),
            Act::Think(pause) => (None, Some(pause)),
            Act::Suspend | Act::Resume => (None, None),
        };
        let (command, expect) = command.map_or((None, None), |it| (Some(it.text), it.expect));
        Self { kind, name, repeat, timeout, command, expect, pause }
    }
}

impl JsonSchema for SessionStep {
    fn schema_name() -> Cow<'static, str> {
        StepFields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        StepFields::json_schema(generator)
    }
}

impl SessionStep {
    /// Checks what the types cannot say; `at` is its path.
    pub(super) fn validate(&self, at: &str) -> Checked {
        ensure((1..=10_000).contains(&self.repeat), &format!("{at}.repeat"), self.repeat, "1 to 10000")?;
        self.timeout.map_or(Ok(()), |timeout| some_time(&format!("{at}.timeout"), timeout))?;
        let plain = |name: &str| {
            let word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
            (1..=40).contains(&name.len()) && name.bytes().all(word)
        };
        let name = self.name.as_deref().unwrap_or("unnamed");
        let allowed = "1 to 40 lower-case letters, digits and _";
        ensure(plain(name), &format!("{at}.name"), format!("\"{name}\""), allowed)
    }
}
