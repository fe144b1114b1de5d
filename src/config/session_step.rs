use std::borrow::Cow;

use agent_sandbox_common::check::{Checked, ensure, some_time};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Duration;
use super::session_act::Act;
use super::session_fields::StepFields;

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

impl TryFrom<StepFields> for SessionStep {
    /// Begins with a dot and the field at fault, as the path goes on below the step.
    type Error = String;

    fn try_from(fields: StepFields) -> Result<Self, String> {
        fields.refuse_stray()?;
        let (name, repeat, timeout) = (fields.name.clone(), fields.repeat, fields.timeout);
        Ok(Self { name, repeat, timeout, act: fields.act()? })
    }
}

impl From<SessionStep> for StepFields {
    fn from(SessionStep { name, repeat, timeout, act }: SessionStep) -> Self {
        let mut fields = Self::from(act);
        (fields.name, fields.repeat, fields.timeout) = (name, repeat, timeout);
        fields
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
        ensure(plain(name), &format!("{at}.name"), format!("\"{name}\""), allowed)?;
        if let Act::Http(request) = &self.act { request.validate(at) } else { Ok(()) }
    }
}
