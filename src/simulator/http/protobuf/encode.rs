use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::table::{Field, Shape, Type, table};
use super::wire::Writer;
use super::{MAGIC, scalars, unions};

/// The message of an object of a built-in kind, in its envelope; `None` where the kind has none, or a field is of another
/// type than the kind's. Fields that the kind lacks are left out.
pub fn encode(object: &Value) -> Option<Vec<u8>> {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let mut type_meta = Writer::default();
    type_meta.bytes(1, api_version.as_bytes());
    type_meta.bytes(2, kind.as_bytes());
    let mut envelope = Writer(MAGIC.to_vec());
    envelope.bytes(1, &type_meta.0);
    envelope.bytes(2, &message(object.as_object()?, table().of_kind(api_version, kind)?)?);
    Some(envelope.0)
}

/// A `WatchEvent`, with its length before it as in a stream.
pub fn watch_event(name: &str, object: &[u8]) -> Vec<u8> {
    let (mut raw, mut event) = (Writer::default(), Writer::default());
    raw.bytes(1, object);
    event.bytes(1, name.as_bytes());
    event.bytes(2, &raw.0);
    let length = u32::try_from(event.0.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), &*event.0].concat()
}

fn message(object: &Map<String, Value>, id: usize) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    for field in &table().messages[id].fields {
        match (field.name, field.kind) {
            (".", Type::Message(id)) => writer.bytes(field.number, &message(object, id)?),
            (name, _) => {
                if let Some(value) = object.get(name).filter(|value| !value.is_null()) {
                    write_field(&mut writer, field, value)?;
                }
            }
        }
    }
    Some(writer.0)
}

fn write_field(writer: &mut Writer, field: &Field, value: &Value) -> Option<()> {
    match field.shape {
        Shape::Plain { .. } | Shape::Pointer => write(writer, field.number, field.kind, value),
        Shape::List => value.as_array()?.iter().try_for_each(|item| write(writer, field.number, field.kind, item)),
        Shape::Map => value.as_object()?.iter().try_for_each(|(key, value)| {
            let mut entry = Writer::default();
            entry.bytes(1, key.as_bytes());
            write(&mut entry, 2, field.kind, value)?;
            writer.bytes(field.number, &entry.0);
            Some(())
        }),
    }
}

fn write(writer: &mut Writer, number: u64, kind: Type, value: &Value) -> Option<()> {
    match kind {
        Type::Int => writer.number(number, value.as_i64()?.cast_unsigned()),
        Type::Flag => writer.number(number, value.as_bool()?.into()),
        Type::Double => writer.double(number, value.as_f64()?),
        _ => writer.bytes(number, &content(kind, value)?),
    }
    Some(())
}

/// What a field holds that has a length.
fn content(kind: Type, value: &Value) -> Option<Vec<u8>> {
    Some(match kind {
        Type::Int | Type::Flag | Type::Double => return None,
        Type::Text => value.as_str()?.into(),
        Type::Bytes => STANDARD.decode(value.as_str()?).ok()?,
        Type::Time | Type::MicroTime => scalars::time(value)?,
        Type::Quantity => scalars::quantity(value)?,
        Type::IntOrText => scalars::int_or_text(value)?,
        Type::Raw => scalars::raw(value),
        Type::Texts => scalars::texts(value)?,
        Type::Message(id) => message(value.as_object()?, id)?,
        Type::Union(id) => union(id, value)?,
    })
}

fn union(id: usize, value: &Value) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    let of = &table().messages[id];
    // Where there is a schema, the flag beside it says so.
    if value.is_object()
        && let Some(flag) = of.fields.iter().find(|field| field.kind == Type::Flag)
    {
        writer.number(flag.number, 1);
    }
    write_field(&mut writer, unions::field_of(of, value)?, value)?;
    Some(writer.0)
}
