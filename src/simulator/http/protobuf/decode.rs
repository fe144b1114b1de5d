use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::table::{Field, Shape, Type, table};
use super::wire::{Fields, Raw};
use super::{MAGIC, MAX_DEPTH, scalars, unions};

/// The JSON of a message; `None` where it is malformed, is of an unknown kind, or has a field that the kind lacks.
pub fn decode(bytes: &[u8]) -> Option<Value> {
    let envelope = Fields::read(bytes.strip_prefix(MAGIC)?)?;
    let type_meta = Fields::read(envelope.last(1)?.bytes()?)?;
    let text = |number| type_meta.last(number).and_then(Raw::text).unwrap_or_default();
    let (api_version, kind) = (text(1), text(2));
    let content = envelope.last(2).and_then(Raw::bytes).unwrap_or_default();
    let mut object = read(content, table().of_kind(api_version, kind)?, MAX_DEPTH)?;
    object.insert("apiVersion".into(), api_version.into());
    object.insert("kind".into(), kind.into());
    Some(Value::Object(object))
}

fn read(bytes: &[u8], message: usize, depth: usize) -> Option<Map<String, Value>> {
    let (message, depth) = (&table().messages[message], depth.checked_sub(1)?);
    let found = Fields::read(bytes)?;
    // What is not understood must not be dropped unseen.
    let is_known = |number: &u64| message.fields.iter().any(|field| field.number == *number);
    if !found.0.iter().all(|(number, raw)| is_known(number) || raw.iter().all(is_empty)) {
        return None;
    }
    let mut object = Map::new();
    for field in &message.fields {
        let Some(raw) = found.0.get(&field.number) else { continue };
        match (field.name, field.kind) {
            (".", Type::Message(id)) => object.extend(read(raw.last()?.bytes()?, id, depth)?),
            (name, _) => {
                let value = of_field(field, raw, depth)?;
                if !value.is_null() {
                    object.insert(name.into(), value);
                }
            }
        }
    }
    Some(object)
}

/// Whether a field is empty: Go writes texts, numbers and structs of newer and older releases even then.
fn is_empty(raw: &Raw) -> bool {
    match raw {
        Raw::Number(number) => *number == 0,
        Raw::Bytes(bytes) => bytes.is_empty(),
    }
}

/// The value of a field; null where JSON leaves it out.
fn of_field(field: &Field, raw: &[Raw], depth: usize) -> Option<Value> {
    match field.shape {
        Shape::List => raw.iter().map(|raw| value(*raw, field.kind, depth)).collect(),
        Shape::Map => {
            let entries = raw.iter().map(|raw| entry(*raw, field.kind, depth));
            Some(Value::Object(entries.collect::<Option<_>>()?))
        }
        Shape::Pointer => value(*raw.last()?, field.kind, depth),
        Shape::Plain { keeps_zero } => {
            let value = value(*raw.last()?, field.kind, depth)?;
            let is_zero = !keeps_zero && (value == 0 || value == 0.0 || value == "" || value == false);
            Some(if is_zero { Value::Null } else { value })
        }
    }
}

fn entry(raw: Raw, kind: Type, depth: usize) -> Option<(String, Value)> {
    let found = Fields::read(raw.bytes()?)?;
    let key = found.last(1).map_or(Some(""), Raw::text)?.to_owned();
    // Zero values may be left out on the wire.
    let empty = if matches!(kind, Type::Int | Type::Flag) { Raw::Number(0) } else { Raw::Bytes(&[]) };
    Some((key, value(found.last(2).unwrap_or(empty), kind, depth)?))
}

fn value(raw: Raw, kind: Type, depth: usize) -> Option<Value> {
    match kind {
        Type::Text => raw.text().map(Value::from),
        Type::Int => Some(raw.number()?.cast_signed().into()),
        Type::Flag => Some((raw.number()? != 0).into()),
        Type::Double => Some(f64::from_le_bytes(raw.bytes()?.try_into().ok()?).into()),
        Type::Bytes => Some(STANDARD.encode(raw.bytes()?).into()),
        Type::Time => scalars::read_time(raw.bytes()?, false),
        Type::MicroTime => scalars::read_time(raw.bytes()?, true),
        Type::Quantity => scalars::read_quantity(raw.bytes()?),
        Type::IntOrText => scalars::read_int_or_text(raw.bytes()?),
        Type::Raw => within(raw.bytes()?),
        Type::Texts => scalars::read_texts(raw.bytes()?),
        Type::Message(id) => read(raw.bytes()?, id, depth).map(Value::Object),
        Type::Union(id) => Some(unions::collapse(&table().messages[id], read(raw.bytes()?, id, depth)?)),
    }
}

/// JSON within a message, or another message with its envelope.
fn within(bytes: &[u8]) -> Option<Value> {
    let found = Fields::read(bytes)?;
    let Some(raw) = found.last(1) else { return Some(Value::Null) };
    let bytes = raw.bytes()?;
    serde_json::from_slice(bytes).ok().or_else(|| decode(bytes))
}
