//! Checks that a value has the form of the schema, before the types read it. So one place says, in the user's words,
//! what each field got, what is allowed and what was probably meant.

use std::sync::LazyLock;

use agent_sandbox_common::check::Checked;
use agent_sandbox_common::suggest::{did_you_mean, listed, nearest};
use agent_sandbox_common::{ConfigError, yaml};
use serde_json::{Map, Value};

use super::Config;
use super::schema::Part;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Config).to_value());

/// Refuses what the schema of the configuration does not have.
///
/// # Errors
/// A [`ConfigError`] with the path of the first field at fault.
pub(super) fn check(value: &Value) -> Checked {
    check_at(Part::root(&SCHEMA), value, "")
}

/// The words that the field at `path` takes, where it takes words.
#[must_use]
pub fn words_of(path: &str) -> Vec<&'static str> {
    let root = Some(Part::root(&SCHEMA));
    let field = path.split('.').fold(root, |part, key| part?.fields().find(|(name, _)| *name == key).map(|it| it.1));
    field.map_or_else(Vec::new, Part::words)
}

fn check_at(part: Part, value: &Value, path: &str) -> Checked {
    let Some(form) = part.forms().into_iter().find(|form| form.takes(value)) else {
        return Err(refused(part, value, path));
    };
    match value {
        Value::Object(fields) => check_fields(form, fields, path),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(at, item)| check_at(form.items(), item, &format!("{path}[{at}]")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn check_fields(form: Part, fields: &Map<String, Value>, path: &str) -> Checked {
    let kind = check_kind(form, fields, path)?;
    let tag = form.kinds().take(1).flat_map(|(tag, _, kind)| kind.fields().filter(move |(name, _)| *name == tag));
    let own: Vec<(&str, Part)> = kind.map_or_else(|| tag.collect(), |kind| kind.fields().collect());
    let known: Vec<(&str, Part)> = form.fields().chain(own).collect();
    for (key, value) in fields {
        let field = below(path, key);
        let own = known.iter().find(|(name, _)| name == key).map(|(_, part)| *part);
        match own.or(form.others()) {
            Some(part) => check_at(part, value, &field)?,
            None if form.is_closed() => return Err(unknown(&known, key, path)),
            None => {}
        }
    }
    let absent = form.required().find(|name| !fields.contains_key(*name));
    let part = absent.and_then(|name| known.iter().find(|(known, _)| *known == name));
    part.map_or(Ok(()), |(name, part)| Err(ConfigError::not_allowed(below(path, name), "nothing", part.allowed(""))))
}

/// Which of several kinds a mapping is, each with fields of its own, where it may be one of several.
fn check_kind<'a>(form: Part<'a>, fields: &Map<String, Value>, path: &str) -> Result<Option<Part<'a>>, ConfigError> {
    let kinds: Vec<(&str, &str, Part)> = form.kinds().collect();
    let Some((tag, ..)) = kinds.first() else { return Ok(None) };
    let names: Vec<&str> = kinds.iter().map(|(_, name, _)| *name).collect();
    let field = below(path, tag);
    match fields.get(*tag) {
        Some(Value::String(got)) => {
            let found = kinds.iter().find(|(_, name, _)| name == got).map(|(.., kind)| *kind);
            found.map(Some).ok_or_else(|| ConfigError::not_a_word(field, got, &names))
        }
        // A key that was meant to be this one is what to speak of.
        None if fields.keys().any(|key| nearest(key, [*tag]).is_some()) => Ok(None),
        got => Err(ConfigError::not_allowed(field, got.map_or("nothing".into(), Value::to_string), listed(&names, ""))),
    }
}

fn refused(part: Part, value: &Value, path: &str) -> ConfigError {
    let word = value.as_str().unwrap_or_default();
    let meant = nearest(word, part.words()).map(str::to_owned).or_else(|| meant(part, value));
    let got = if value.is_null() { "nothing".into() } else { value.to_string() };
    ConfigError::not_allowed(path, got, part.allowed(word) + &did_you_mean(meant))
}

/// What `value` was meant to be, where it holds that in another form: a number in quotes, a list of one.
fn meant(part: Part, value: &Value) -> Option<String> {
    let other = match value {
        Value::Number(number) if part.is_duration() && number.as_f64() >= Some(0.0) => format!("{number}s").into(),
        Value::Array(items) if items.len() == 1 => items.first()?.clone(),
        Value::String(text) => yaml::read(text).ok()?,
        Value::Number(_) | Value::Bool(_) => value.to_string().into(),
        Value::Array(_) | Value::Object(_) | Value::Null => return None,
    };
    let other = if part.takes(&other) { other } else { Value::Array(vec![value.clone()]) };
    let fits = part.takes(&other) && other.as_array().is_none_or(|items| items.iter().all(|it| part.items().takes(it)));
    let plain = other.as_str().filter(|text| yaml::read(text).as_ref() == Ok(&other));
    fits.then(|| plain.map_or_else(|| other.to_string(), str::to_owned)).filter(|text| text.len() < 40)
}

/// The error of a key that is not there: the key that was meant, here or elsewhere.
fn unknown(known: &[(&str, Part)], key: &str, path: &str) -> ConfigError {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let near = nearest(key, names.iter().copied()).map(str::to_owned);
    let meant = near.or_else(|| Part::root(&SCHEMA).path_of(key));
    let allowed = format!("{} (docs/config.md){}", listed(&names, key), did_you_mean(meant));
    ConfigError::not_allowed(below(path, key), "an unknown field", allowed)
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
