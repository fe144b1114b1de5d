//! A step as files and the Python dict have it: flat.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_act::{Act, Command, StepKind};
use super::session_file::{Content, FilePath, ReadFile, WriteFile};
use super::session_http::{HttpMethod, HttpRequest};
use super::{ByteSize, ConfigError, Duration};

/// A step of a session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SessionStep")]
pub(super) struct StepFields {
    /// What it does.
    kind: StepKind,
    /// Name of its figures: lower-case letters, digits and `_`. Default: the kind and its place in the list, `exec_1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How often it is done, one after another.
    #[serde(default = "once")]
    pub repeat: u32,
    /// Deadline of each time. Default `workload.exec_timeout`; for `suspend` and `resume` 3m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// `exec`, `execute`: the command, run by `/bin/sh -c`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// `exec`, `execute`, `http`: text that the output, or the answer's body, must hold; `wrong_output` if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect: Option<String>,
    /// `think`: how long.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pause: Option<Duration>,
    /// `write_file`, `read_file`: where the file is, below the runtime's base directory; of letters, digits and `-._/`.
    /// `http`: path and query of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// `write_file`: how many bytes are written, up to 100MB. They are random, and different each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<ByteSize>,
    /// `write_file`: text that is written, instead of `size`. `read_file`: what the file must hold. Default: what the
    /// session wrote there last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// `http`: method of the request. Default `GET`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<HttpMethod>,
    /// `http`: port of the sandbox. Default 8888.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// `http`: headers of the request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// `http`: body of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// `http`: status that the answer must have. Default: any from 200 to 299.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

pub(super) const fn once() -> u32 {
    1
}

impl StepFields {
    /// One that says no more than its kind.
    fn of_kind(kind: StepKind) -> Self {
        Self {
            kind,
            name: None,
            repeat: once(),
            timeout: None,
            command: None,
            expect: None,
            pause: None,
            path: None,
            size: None,
            content: None,
            method: None,
            port: None,
            headers: BTreeMap::new(),
            body: None,
            status: None,
        }
    }

    /// Refuses a field that is not of its kind.
    pub fn refuse_stray(&self) -> Result<(), String> {
        use StepKind::{Exec, Execute, Http, ReadFile, Think, WriteFile};
        // Named one by one, so that the compiler asks for a new field here.
        #[rustfmt::skip]
        let Self { kind, name, repeat: _, timeout, command, expect, pause, path, size, content, method, port, headers, body, status } = self;
        let given = [
            ("command", &[Exec, Execute][..], command.is_some()),
            ("expect", &[Exec, Execute, Http], expect.is_some()),
            ("for", &[Think], pause.is_some()),
            ("path", &[WriteFile, ReadFile, Http], path.is_some()),
            ("size", &[WriteFile], size.is_some()),
            ("content", &[WriteFile, ReadFile], content.is_some()),
            ("method", &[Http], method.is_some()),
            ("port", &[Http], port.is_some()),
            ("headers", &[Http], !headers.is_empty()),
            ("body", &[Http], body.is_some()),
            ("status", &[Http], status.is_some()),
        ];
        let of_a_pause = [("timeout", timeout.is_some()), ("name", name.is_some())];
        let mut stray = given.iter().filter(|(_, kinds, given)| *given && !kinds.contains(kind)).map(|it| it.0);
        let first = stray.next().or_else(|| {
            let given = of_a_pause.iter().find(|(_, given)| *given && *kind == Think);
            given.map(|it| it.0)
        });
        first.map_or(Ok(()), |field| Err(refusal(field, "it", &format!("nothing, as kind is {kind}"))))
    }

    /// What it does, with what that needs.
    pub fn act(self) -> Result<Act, String> {
        let kind = self.kind;
        let missing = |field: &str, what: &str| refusal(field, "nothing", &format!("{what}, as kind is {kind}"));
        Ok(match kind {
            StepKind::Exec | StepKind::Execute => {
                let text = self.command.filter(|text| !text.trim().is_empty());
                let text = text.ok_or_else(|| missing("command", "a command"))?;
                let command = Command { text, expect: self.expect };
                if kind == StepKind::Exec { Act::Exec(command) } else { Act::Execute(command) }
            }
            StepKind::WriteFile => Act::WriteFile(WriteFile {
                path: file_path(self.path, kind)?,
                content: match (self.size, self.content.filter(|text| !text.is_empty())) {
                    (Some(size), None) => Content::Random(size),
                    (None, Some(text)) => Content::Text(text),
                    (None, None) => return Err(missing("size", "a size, or a content")),
                    (Some(_), Some(_)) => return Err(refusal("content", "it beside size", "one of the two")),
                },
            }),
            StepKind::ReadFile => Act::ReadFile(ReadFile { path: file_path(self.path, kind)?, content: self.content }),
            StepKind::Http => {
                let plain = HttpRequest::default();
                Act::Http(HttpRequest {
                    method: self.method.unwrap_or(plain.method),
                    path: self.path.unwrap_or(plain.path),
                    port: self.port.unwrap_or(plain.port),
                    headers: self.headers,
                    body: self.body,
                    status: self.status,
                    expect: self.expect,
                })
            }
            StepKind::Think => Act::Think(self.pause.ok_or_else(|| missing("for", "a duration"))?),
            StepKind::Suspend => Act::Suspend,
            StepKind::Resume => Act::Resume,
        })
    }
}

fn file_path(path: Option<String>, kind: StepKind) -> Result<FilePath, String> {
    let path = path.ok_or_else(|| refusal("path", "nothing", &format!("a path, as kind is {kind}")))?;
    path.parse().map_err(|error: String| format!(".path: {error}"))
}

fn refusal(field: &str, got: &str, allowed: &str) -> String {
    format!(".{}", ConfigError::not_allowed(field, got, allowed))
}

impl From<Act> for StepFields {
    fn from(act: Act) -> Self {
        let mut fields = Self::of_kind(act.kind());
        match act {
            Act::Exec(command) | Act::Execute(command) => {
                (fields.command, fields.expect) = (Some(command.text), command.expect);
            }
            Act::WriteFile(file) => {
                fields.path = Some(file.path.to_string());
                match file.content {
                    Content::Text(text) => fields.content = Some(text),
                    Content::Random(size) => fields.size = Some(size),
                }
            }
            Act::ReadFile(file) => (fields.path, fields.content) = (Some(file.path.to_string()), file.content),
            Act::Http(request) => {
                let HttpRequest { method, path, port, headers, body, status, expect } = request;
                (fields.method, fields.path, fields.port) = (Some(method), Some(path), Some(port));
                (fields.headers, fields.body, fields.status, fields.expect) = (headers, body, status, expect);
            }
            Act::Think(pause) => fields.pause = Some(pause),
            Act::Suspend | Act::Resume => {}
        }
        fields
    }
}
