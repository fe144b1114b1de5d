use std::collections::VecDeque;

use agent_sandbox_common::Duration;
use agent_sandbox_common::suggest::listed;
use serde_json::{Number, Value};

/// A part of a JSON Schema, as far as the configuration's uses JSON Schema.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// The whole, into which references lead.
    root: &'a Value,
    here: &'a Value,
}

impl<'a> Part<'a> {
    /// The whole.
    pub fn root(root: &'a Value) -> Self {
        Self { root, here: root }
    }

    fn at(self, here: &'a Value) -> Self {
        let definition = here["$ref"].as_str().and_then(|name| self.root.pointer(name.strip_prefix('#')?));
        Self { root: self.root, here: definition.unwrap_or(here) }
    }

    fn all(self, keyword: &str) -> impl Iterator<Item = Self> + use<'a> {
        self.here[keyword].as_array().into_iter().flatten().map(move |part| self.at(part))
    }

    /// The forms that a value may have; null is one of a field that may be left out.
    pub fn forms(self) -> Vec<Self> {
        if self.here["anyOf"].is_array() { self.all("anyOf").flat_map(Self::forms).collect() } else { vec![self] }
    }

    /// Whether it takes `value`; what `value` holds is not looked at.
    pub fn takes(self, value: &Value) -> bool {
        self.forms().into_iter().any(|form| form.is_form_of(value))
    }

    fn is_form_of(self, value: &Value) -> bool {
        let words = self.own_words();
        if !words.is_empty() {
            return value.as_str().is_some_and(|word| words.contains(&word));
        }
        let types = self.types();
        types.is_empty() || types.iter().any(|name| self.is_of_type(name, value))
    }

    fn is_of_type(self, name: &str, value: &Value) -> bool {
        match value {
            Value::Null => name == "null",
            Value::Bool(_) => name == "boolean",
            Value::Number(number) => name == "number" || (name == "integer" && self.holds(number)),
            Value::String(_) => name == "string",
            Value::Array(_) => name == "array",
            Value::Object(_) => name == "object",
        }
    }

    fn holds(self, number: &Number) -> bool {
        let (least, most) = self.range();
        number.as_i128().is_some_and(|number| (least..=most).contains(&number))
    }

    fn types(self) -> Vec<&'a str> {
        let kind = &self.here["type"];
        kind.as_array().map_or_else(|| kind.as_str().into_iter().collect(), |names| texts(names).collect())
    }

    /// The whole numbers it takes, by the size of the type that holds them.
    fn range(self) -> (i128, i128) {
        match self.here["format"].as_str() {
            Some("uint16") => (0, u16::MAX.into()),
            Some("uint32") => (0, u32::MAX.into()),
            Some("int32") => (i32::MIN.into(), i32::MAX.into()),
            Some("int64") => (i64::MIN.into(), i64::MAX.into()),
            _ => (0, u64::MAX.into()),
        }
    }

    /// The words of an enumeration.
    pub fn words(self) -> Vec<&'a str> {
        self.forms().into_iter().flat_map(Self::own_words).collect()
    }

    fn own_words(self) -> Vec<&'a str> {
        let consts = self.all("oneOf").filter_map(|choice| choice.here["const"].as_str());
        consts.chain(texts(self.here["enum"].as_array().into_iter().flatten())).collect()
    }

    /// What each item of a list is.
    pub fn items(self) -> Self {
        self.at(&self.here["items"])
    }

    /// The fields of a mapping.
    pub fn fields(self) -> impl Iterator<Item = (&'a str, Self)> {
        let fields = self.here["properties"].as_object().into_iter().flatten();
        fields.map(move |(name, part)| (name.as_str(), self.at(part)))
    }

    /// The fields without which a mapping is none.
    pub fn required(self) -> impl Iterator<Item = &'a str> {
        texts(self.here["required"].as_array().into_iter().flatten())
    }

    /// What fields with other names hold, where there may be such.
    pub fn others(self) -> Option<Self> {
        let others = &self.here["additionalProperties"];
        (others.is_object() || *others == true).then(|| self.at(others))
    }

    /// Whether fields with other names are refused.
    pub fn is_closed(self) -> bool {
        ["additionalProperties", "unevaluatedProperties"].iter().any(|keyword| self.here[keyword] == false)
    }

    /// The kinds that a mapping may be of: the field that says it, its value, and the fields of the kind.
    pub fn kinds(self) -> impl Iterator<Item = (&'a str, &'a str, Self)> {
        self.all("oneOf").filter_map(|kind| {
            let (tag, name) = kind.fields().find_map(|(tag, part)| Some((tag, part.here["const"].as_str()?)))?;
            Some((tag, name, kind))
        })
    }

    /// Whether it is a duration, alone or beside null.
    pub fn is_duration(self) -> bool {
        self.forms().iter().any(|form| form.here["description"] == Duration::ALLOWED)
    }

    /// What it takes, in words; of many words those most like `got`.
    pub fn allowed(self, got: &str) -> String {
        let forms = self.forms();
        forms.iter().filter_map(|form| form.form_in_words(got)).collect::<Vec<_>>().join(", or ")
    }

    fn form_in_words(self, got: &str) -> Option<String> {
        let words = self.own_words();
        if !words.is_empty() {
            return Some(listed(&words, got));
        }
        // A pattern is for programs; beside it the description is what people are told.
        if self.here["pattern"].is_string() {
            return self.here["description"].as_str().map(str::to_owned);
        }
        match *self.types().first()? {
            "null" => None,
            "boolean" => Some("true or false".into()),
            "number" => Some("a number".into()),
            "integer" => {
                let (least, most) = self.range();
                Some(format!("a whole number from {least} to {most}"))
            }
            "array" => Some("a list".into()),
            "object" => {
                let names: Vec<&str> = self.fields().map(|(name, _)| name).collect();
                Some(if names.is_empty() {
                    "a mapping".into()
                } else {
                    format!("a mapping with {}", listed(&names, got))
                })
            }
            _ => Some("text".into()),
        }
    }

    /// The path of the field nearest to the root that has that name; none within a list.
    pub fn path_of(self, key: &str) -> Option<String> {
        let mut waiting = VecDeque::from([(String::new(), self)]);
        while let Some((path, part)) = waiting.pop_front() {
            for (name, part) in part.forms().into_iter().flat_map(Part::fields) {
                let path = format!("{path}{name}");
                if name == key {
                    return Some(path);
                }
                waiting.push_back((path + ".", part));
            }
        }
        None
    }
}

fn texts<'a>(values: impl IntoIterator<Item = &'a Value>) -> impl Iterator<Item = &'a str> {
    values.into_iter().filter_map(Value::as_str)
}
