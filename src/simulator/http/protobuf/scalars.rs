//! Values that stand in JSON otherwise than in protobuf.

use jiff::Timestamp;
use serde_json::Value;

use super::wire::{Fields, Raw, Writer};

/// `metav1.Time` and `MicroTime`: empty where it is not set.
pub fn read_time(bytes: &[u8], micros: bool) -> Option<Value> {
    let found = Fields::read(bytes)?;
    let Some(seconds) = found.last(1).and_then(Raw::number) else { return Some(Value::Null) };
    let nanos = found.last(2).and_then(Raw::number).filter(|_| micros).unwrap_or(0);
    let time = Timestamp::new(seconds.cast_signed(), i32::try_from(nanos).ok()?).ok()?;
    // Go reads a MicroTime with six digits alone.
    Some(if micros { format!("{time:.6}") } else { time.to_string() }.into())
}

pub fn time(value: &Value) -> Option<Vec<u8>> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    let mut writer = Writer::default();
    let since = time.as_nanosecond();
    writer.number(1, i64::try_from(since.div_euclid(1_000_000_000)).ok()?.cast_unsigned());
    writer.number(2, u64::try_from(since.rem_euclid(1_000_000_000)).ok()?);
    Some(writer.0)
}

pub fn read_quantity(bytes: &[u8]) -> Option<Value> {
    Fields::read(bytes)?.last(1).map_or(Some("0".into()), |raw| raw.text().map(Value::from))
}

pub fn quantity(value: &Value) -> Option<Vec<u8>> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(one(&text))
}

/// 0 says that the number counts, 1 that the text does.
pub fn read_int_or_text(bytes: &[u8]) -> Option<Value> {
    let found = Fields::read(bytes)?;
    if found.last(1).and_then(Raw::number) == Some(1) {
        return found.last(3).map_or(Some("".into()), |raw| raw.text().map(Value::from));
    }
    found.last(2).map_or(Some(0.into()), |raw| raw.number().map(|number| number.cast_signed().into()))
}

pub fn int_or_text(value: &Value) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    if let Some(text) = value.as_str() {
        writer.number(1, 1);
        writer.bytes(3, text.as_bytes());
    } else {
        writer.number(1, 0);
        writer.number(2, value.as_i64()?.cast_unsigned());
    }
    Some(writer.0)
}

pub fn raw(value: &Value) -> Vec<u8> {
    one(&value.to_string())
}

pub fn read_texts(bytes: &[u8]) -> Option<Value> {
    let found = Fields::read(bytes)?;
    found.0.get(&1).into_iter().flatten().map(|raw| raw.text().map(Value::from)).collect()
}

pub fn texts(value: &Value) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    for text in value.as_array()? {
        writer.bytes(1, text.as_str()?.as_bytes());
    }
    Some(writer.0)
}

/// A message of one field.
fn one(text: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(1, text.as_bytes());
    writer.0
}
