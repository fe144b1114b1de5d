use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::Metadata;
use crate::kinds::Kind;

/// An object at one resource version. Everything but `metadata` is kept as the JSON it is sent as: most writes touch
/// one section, and sections that did not change are shared with the version before.
#[derive(Debug)]
pub struct Object {
    pub metadata: Metadata,
    /// `spec`, `status`, `data`, ..., by name.
    sections: Vec<(Arc<str>, Arc<RawValue>)>,
    /// The whole object in its stored version, once it was asked for.
    encoded: OnceLock<Bytes>,
}

impl Clone for Object {
    /// A copy that can be changed: what was encoded is not taken along.
    fn clone(&self) -> Self {
        Self { metadata: self.metadata.clone(), sections: self.sections.clone(), encoded: OnceLock::new() }
    }
}

impl Object {
    pub fn new(metadata: Metadata) -> Self {
        Self { metadata, sections: Vec::new(), encoded: OnceLock::new() }
    }

    /// Reads an object as it stands on the wire; `apiVersion` and `kind` are the caller's to judge.
    pub fn from_value(value: Value) -> Result<Self, serde_json::Error> {
        let Value::Object(fields) = value else {
            return Err(serde::de::Error::custom("an object must be a JSON object"));
        };
        let mut object = Self::new(Metadata::default());
        for (name, field) in fields {
            match name.as_str() {
                "apiVersion" | "kind" => {}
                "metadata" => object.metadata = serde_json::from_value(field)?,
                _ => object.set(name, &field),
            }
        }
        Ok(object)
    }

    /// The JSON of a section.
    pub fn section(&self, name: &str) -> Option<&Arc<RawValue>> {
        self.sections.iter().find(|(other, _)| **other == *name).map(|(_, json)| json)
    }

    /// A section, parsed; `null` where there is none.
    pub fn parse(&self, name: &str) -> Value {
        self.section(name).and_then(|json| serde_json::from_str(json.get()).ok()).unwrap_or_default()
    }

    /// A section, parsed into a type that says which fields matter; the default where it does not fit.
    pub fn parse_as<'a, T: serde::Deserialize<'a> + Default>(&'a self, name: &str) -> T {
        self.section(name).and_then(|json| serde_json::from_str(json.get()).ok()).unwrap_or_default()
    }

    /// Sets a section; `null` removes it.
    pub fn set(&mut self, name: impl Into<Arc<str>> + AsRef<str>, value: &impl Serialize) {
        let json: Arc<RawValue> = to_raw_value(value).expect("JSON of our own types and of parsed JSON").into();
        self.set_json(name, Some(json).filter(|json| json.get() != "null"));
    }

    /// Sets a section to JSON that was encoded before, or removes it.
    pub fn set_json(&mut self, name: impl Into<Arc<str>> + AsRef<str>, json: Option<Arc<RawValue>>) {
        let at = self.sections.iter().position(|(other, _)| **other == *name.as_ref());
        match (at, json) {
            (Some(at), Some(json)) => self.sections[at].1 = json,
            (None, Some(json)) => self.sections.push((name.into(), json)),
            (Some(at), None) => drop(self.sections.remove(at)),
            (None, None) => {}
        }
        self.encoded = OnceLock::new();
    }

    pub fn sections(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<RawValue>)> {
        self.sections.iter().map(|(name, json)| (name, json))
    }

    /// Bytes of the sections' JSON.
    pub fn size(&self) -> usize {
        self.sections.iter().map(|(_, json)| json.get().len()).sum()
    }

    /// Whether every section but `status` is the same.
    pub fn same_desired_state(&self, other: &Self) -> bool {
        let desired = |object: &Self| -> std::collections::BTreeMap<String, String> {
            let sections = object.sections().filter(|(name, _)| &***name != "status");
            sections.map(|(name, json)| (name.to_string(), json.get().to_owned())).collect()
        };
        desired(self) == desired(other)
    }

    /// Whether both say the same, whatever their resource versions.
    pub fn same_content(&self, other: &Self) -> bool {
        let content = |object: &Self| {
            let mut metadata = object.metadata.clone();
            metadata.resource_version = 0;
            (serde_json::to_value(metadata).unwrap_or_default(), object.parse("status"))
        };
        self.same_desired_state(other) && content(self) == content(other)
    }

    /// The object in `version` of its kind.
    pub fn encode(&self, kind: &Kind, version: &str) -> Bytes {
        if version == kind.stored_version() {
            return self.encoded.get_or_init(|| encode(&Envelope { object: self, kind, version })).clone();
        }
        let mut value = self.to_value(kind, version);
        kind.convert(&mut value, kind.stored_version(), version);
        encode(&value)
    }

    /// The object in `version` of its kind, as JSON that can be changed.
    pub fn to_value(&self, kind: &Kind, version: &str) -> Value {
        let mut fields = Map::new();
        fields.insert("apiVersion".into(), kind.api_version(version).into());
        fields.insert("kind".into(), (*kind.kind).into());
        fields.insert("metadata".into(), serde_json::to_value(&self.metadata).unwrap_or_default());
        for (name, _) in self.sections() {
            fields.insert(name.to_string(), self.parse(name));
        }
        Value::Object(fields)
    }
}

fn encode(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("JSON of our own types").into()
}

struct Envelope<'a> {
    object: &'a Object,
    kind: &'a Kind,
    version: &'a str,
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("kind", &*self.kind.kind)?;
        fields.serialize_entry("apiVersion", &self.kind.api_version(self.version))?;
        fields.serialize_entry("metadata", &self.object.metadata)?;
        for (name, json) in self.object.sections() {
            fields.serialize_entry(&**name, &**json)?;
        }
        fields.end()
    }
}
