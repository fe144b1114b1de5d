use serde_json::Value;

use super::{Object, Selector};

/// What a list or a watch is narrowed to: labels and fields.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    labels: Selector,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    path: String,
    equal: bool,
    value: String,
}

impl Filter {
    /// Parses `labelSelector` and `fieldSelector`.
    ///
    /// # Errors
    /// A sentence that quotes the part that could not be read.
    pub fn parse(labels: &str, fields: &str) -> Result<Self, String> {
        let fields = fields.split(',').filter(|part| !part.is_empty()).map(Field::parse).collect::<Result<_, _>>()?;
        Ok(Self { labels: Selector::parse(labels)?, fields })
    }

    /// The fields that are asked for, by path.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| &*field.path)
    }

    pub fn matches(&self, object: &Object) -> bool {
        self.labels.matches(&object.metadata.labels) && self.fields.iter().all(|field| field.matches(object))
    }
}

impl Field {
    fn parse(text: &str) -> Result<Self, String> {
        let split = text.split_once("!=").map(|(path, value)| (path, false, value));
        let split = split.or_else(|| text.split_once('=').map(|(path, value)| (path, true, value)));
        let (path, equal, value) =
            split.ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{text}'"))?;
        // Events are stored as those of the core group.
        let path = path.trim().replacen("regarding.", "involvedObject.", 1);
        Ok(Self { path, equal, value: value.trim_start_matches('=').trim().into() })
    }

    fn matches(&self, object: &Object) -> bool {
        let is = match self.path.as_str() {
            "metadata.name" => *object.metadata.name == *self.value,
            "metadata.namespace" => *object.metadata.namespace == *self.value,
            path => section_field(object, path) == self.value,
        };
        is == self.equal
    }
}

fn section_field(object: &Object, path: &str) -> String {
    let (section, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = object.parse(section);
    match value.pointer(&format!("/{}", rest.replace('.', "/"))).unwrap_or(&value) {
        Value::String(text) => text.clone(),
        Value::Null | Value::Object(_) => String::new(),
        other => other.to_string(),
    }
}
