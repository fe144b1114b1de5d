use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Number, Value};

/// What a scalar says of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Nothing: its form tells.
    None,
    /// Text, by quotes or by a tag.
    Text,
    Null,
    Bool,
    Int,
    Float,
    /// Base64 of text.
    Binary,
}

impl Tag {
    pub fn of(tag: Option<&granit_parser::Tag>, is_plain: bool) -> Self {
        let Some(tag) = tag else { return if is_plain { Self::None } else { Self::Text } };
        match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
            Some("null") => Self::Null,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("binary") => Self::Binary,
            _ => Self::Text,
        }
    }
}

/// The value of a scalar; an error in words where its tag asks for another type.
pub(super) fn resolve(text: &str, tag: Tag) -> Result<Value, String> {
    let value = match tag {
        Tag::Text => return Ok(text.into()),
        Tag::Binary => return binary(text).map(Value::String).ok_or_else(|| "!!binary is not base64 of a text".into()),
        _ => plain(text)?,
    };
    let (fits, wanted) = match tag {
        Tag::Null => (value.is_null(), "null"),
        Tag::Bool => (value.is_boolean(), "bool"),
        Tag::Int => (value.is_i64() || value.is_u64(), "int"),
        Tag::Float => (value.is_number(), "float"),
        Tag::None | Tag::Text | Tag::Binary => (true, ""),
    };
    if fits { Ok(value) } else { Err(format!("{text:?} is no !!{wanted}")) }
}

fn binary(text: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text: String = text.split_whitespace().collect();
    String::from_utf8(GeneralPurpose::new(&STANDARD, config).decode(text).ok()?).ok()
}

/// The value of a scalar without quotes and tag.
fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return Err(format!("{text} is not a number that JSON has")),
        _ => number(text).map_or_else(|| text.into(), Value::Number),
    })
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    let digits: Cow<str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    integer(&digits).or_else(|| float(&digits))
}

/// As Go's `strconv.ParseInt` with base 0: `0x`, `0b`, `0o` and a leading 0 name the base.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&*lower, 10),
    };
    // Rust reads a sign of its own here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let size = i128::from(u64::from_str_radix(digits, base).ok()?);
    let value = if negative { -size } else { size };
    i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from)).ok()
}

/// A decimal fraction, with an exponent or without. What is beyond a float is text.
fn float(text: &str) -> Option<Number> {
    let form = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = form.split_once(['e', 'E']).unwrap_or((form, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || exponent.is_empty() || ![whole, fraction, exponent].into_iter().all(digits)
    {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    // A whole number is written as one, as Go writes it.
    if value.fract() == 0.0 && value.abs() < 2_f64.powi(63) {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}
