//! The protobuf form of the built-in messages that clients send: one decoder for all, over tables of fields.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::messages::{Field, Type, message};

/// Four bytes before every message: `k8s` and a zero.
const MAGIC: &[u8] = b"k8s\0";

/// The JSON of a message; `None` where it is malformed, or has a field that the tables lack.
pub fn decode(bytes: &[u8]) -> Option<Value> {
    let envelope = fields(bytes.strip_prefix(MAGIC)?)?;
    let type_meta = fields(last(&envelope, 1)?)?;
    let text = |number| last(&type_meta, number).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let (api_version, kind) = (text(1), text(2));
    let mut object = read(last(&envelope, 2).unwrap_or_default(), message(api_version, kind)?)?;
    object.insert("apiVersion".into(), api_version.into());
    object.insert("kind".into(), kind.into());
    Some(Value::Object(object))
}

/// A field as it stands on the wire.
enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn fields(mut bytes: &[u8]) -> Option<BTreeMap<u64, Vec<Raw<'_>>>> {
    let mut found: BTreeMap<u64, Vec<Raw>> = BTreeMap::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let raw = match tag & 7 {
            0 => Raw::Number(varint(&mut bytes)?),
            1 => Raw::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = varint(&mut bytes)?;
                Raw::Bytes(take(&mut bytes, usize::try_from(length).ok()?)?)
            }
            5 => Raw::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        found.entry(tag >> 3).or_default().push(raw);
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn last<'a>(fields: &BTreeMap<u64, Vec<Raw<'a>>>, number: u64) -> Option<&'a [u8]> {
    match fields.get(&number)?.last()? {
        Raw::Bytes(bytes) => Some(bytes),
        Raw::Number(_) => None,
    }
}

fn read(bytes: &[u8], table: &[Field]) -> Option<Map<String, Value>> {
    let found = fields(bytes)?;
    // What is not understood must not be dropped unseen.
    let is_known = |(number, raw): (&u64, &Vec<Raw>)| table.iter().any(|field| field.0 == *number) || is_empty(raw);
    if !found.iter().all(is_known) {
        return None;
    }
    let mut object = Map::new();
    for (number, name, kind) in table {
        let Some(raw) = found.get(number) else { continue };
        let value = value(raw, *kind)?;
        // Protobuf writes empty texts where JSON leaves the field out.
        if value != "" && !value.is_null() {
            object.insert((*name).into(), value);
        }
    }
    Some(object)
}

/// Whether a field is empty: Go writes structs, numbers and flags even then.
fn is_empty(raw: &[Raw]) -> bool {
    raw.iter().all(|raw| match raw {
        Raw::Number(number) => *number == 0,
        Raw::Bytes(bytes) => bytes.is_empty(),
    })
}

fn value(raw: &[Raw], kind: Type) -> Option<Value> {
    let bytes = || raw.iter().filter_map(|raw| if let Raw::Bytes(bytes) = raw { Some(*bytes) } else { None });
    let number = raw.iter().rev().find_map(|raw| if let Raw::Number(number) = raw { Some(*number) } else { None });
    Some(match kind {
        Type::Text => std::str::from_utf8(bytes().next_back()?).ok()?.into(),
        Type::Number => number?.cast_signed().into(),
        Type::Flag => (number? != 0).into(),
        Type::Count => number.filter(|number| *number != 0).map_or(Value::Null, |number| number.cast_signed().into()),
        Type::Set => number.filter(|number| *number != 0).map_or(Value::Null, |_| true.into()),
        Type::Ignored => Value::Null,
        Type::Bytes => STANDARD.encode(bytes().next_back()?).into(),
        Type::Time => time(bytes().next_back()?)?,
        Type::One(table) => Value::Object(read(bytes().next_back()?, table)?),
        Type::TextList => bytes().map(|text| std::str::from_utf8(text).ok().map(Value::from)).collect::<Option<_>>()?,
        Type::List(table) => bytes().map(|item| read(item, table).map(Value::Object)).collect::<Option<_>>()?,
        Type::IntOrText => {
            let either = fields(bytes().next_back()?)?;
            let is_text = matches!(either.get(&1).and_then(|raw| raw.last()), Some(Raw::Number(1)));
            let (number, kind) = if is_text { (3, Type::Text) } else { (2, Type::Number) };
            either.get(&number).map_or(Some(0.into()), |raw| value(raw, kind))?
        }
        Type::Quantity => last(&fields(bytes().next_back()?)?, 1)
            .map_or(Some(Value::from("0")), |text| std::str::from_utf8(text).ok().map(Value::from))?,
        Type::Map(kind) => {
            let kind = *kind;
            let entry: Vec<Map<String, Value>> = bytes()
                .map(|item| {
                    let found = fields(item)?;
                    let key = std::str::from_utf8(last(&found, 1).unwrap_or_default()).ok()?.to_owned();
                    let value = found.get(&2).map_or(Some("".into()), |raw| value(raw, kind))?;
                    Some(Map::from_iter([(key, value)]))
                })
                .collect::<Option<_>>()?;
            Value::Object(entry.into_iter().flatten().collect())
        }
    })
}

fn time(bytes: &[u8]) -> Option<Value> {
    let found = fields(bytes)?;
    let Some(Raw::Number(seconds)) = found.get(&1).and_then(|raw| raw.last()) else { return Some(Value::Null) };
    Some(jiff::Timestamp::from_second(seconds.cast_signed()).ok()?.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    #[test]
    fn a_namespace() {
        let labels = field(11, &[field(1, b"a"), field(2, b"b")].concat());
        let metadata = field(1, &[field(1, b"team"), labels].concat());
        let type_meta = field(1, &[field(1, b"v1"), field(2, b"Namespace")].concat());
        let bytes = [MAGIC, &type_meta, &field(2, &metadata)].concat();
        let wanted = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": "team", "labels": { "a": "b" } } });
        assert_eq!(decode(&bytes), Some(wanted));
    }

    proptest! {
        #[test]
        fn any_bytes_end_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let type_meta = field(1, &[field(1, b"v1"), field(2, b"Secret")].concat());
            decode(&[MAGIC, &type_meta, &[2 << 3 | 2], &bytes].concat());
            decode(&bytes);
        }
    }
}
