use serde_json::Value;

use super::StringMap;

/// A label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    /// Parses what stands in `labelSelector`.
    ///
    /// # Errors
    /// A sentence that quotes the part that could not be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        split_outside_parentheses(text)
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(Requirement::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Reads a `LabelSelector` of an object; `None` where it is none.
    pub fn of(selector: &Value) -> Option<Self> {
        let fields = selector.as_object()?;
        let labels = fields.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
        let labels = labels.map(|(key, value)| Some(Requirement::In(key.clone(), vec![value.as_str()?.into()])));
        let expressions = fields.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
        labels.chain(expressions.map(Requirement::of)).collect::<Option<_>>().map(Self)
    }

    pub fn matches(&self, labels: &StringMap) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    fn of(expression: &Value) -> Option<Self> {
        let key = expression["key"].as_str()?.to_owned();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let values = || expression["values"].as_array()?.iter().map(text).collect::<Option<Vec<String>>>();
        Some(match expression["operator"].as_str()? {
            "In" => Self::In(key, values()?),
            "NotIn" => Self::NotIn(key, values()?),
            "Exists" => Self::Exists(key),
            "DoesNotExist" => Self::Absent(key),
            _ => return None,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let unreadable = || format!("unable to parse requirement: \"{text}\"");
        if let Some(key) = text.strip_prefix('!') {
            return Ok(Self::Absent(key.trim().into()));
        }
        if let Some((key, values)) = text.split_once(" notin ") {
            return Ok(Self::NotIn(key.trim().into(), set(values).ok_or_else(unreadable)?));
        }
        if let Some((key, values)) = text.split_once(" in ") {
            return Ok(Self::In(key.trim().into(), set(values).ok_or_else(unreadable)?));
        }
        if let Some((key, value)) = text.split_once("!=") {
            return Ok(Self::NotIn(key.trim().into(), vec![value.trim().into()]));
        }
        if let Some((key, value)) = text.split_once('=') {
            return Ok(Self::In(key.trim().into(), vec![value.trim_start_matches('=').trim().into()]));
        }
        if text.contains(char::is_whitespace) { Err(unreadable()) } else { Ok(Self::Exists(text.into())) }
    }

    fn matches(&self, labels: &StringMap) -> bool {
        let is_one_of = |key: &str, values: &[String]| labels.get(key).map(|value| values.iter().any(|v| v == value));
        match self {
            Self::In(key, values) => is_one_of(key, values) == Some(true),
            Self::NotIn(key, values) => is_one_of(key, values) != Some(true),
            Self::Exists(key) => labels.contains_key(key),
            Self::Absent(key) => !labels.contains_key(key),
        }
    }
}

fn set(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some(inner.split(',').map(|value| value.trim().to_owned()).collect())
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, labels: &[(&str, &str)]) -> bool {
        Selector::parse(selector).unwrap().matches(&labels.iter().copied().collect())
    }

    #[test]
    fn every_operator() {
        let labels = [("app", "web"), ("tier", "front")];
        for selector in
            ["app=web", "app==web", "app!=db", "app in (web, db)", "app notin (db)", "app,tier", "!gone", ""]
        {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in ["app=db", "app!=web", "app in (db)", "app notin (web,db)", "gone", "!app", "app=web,gone=1"] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn of_an_object() {
        let selector = Selector::of(&serde_json::json!({ "matchLabels": { "app": "web" }, "matchExpressions": [
            { "key": "tier", "operator": "NotIn", "values": ["back"] }, { "key": "gone", "operator": "DoesNotExist" }] }));
        assert_eq!(selector, Selector::parse("app=web,tier notin (back),!gone").ok());
        assert_eq!(Selector::of(&Value::Null), None);
    }

    #[test]
    fn unreadable_parts_are_quoted() {
        assert!(Selector::parse("app in web").unwrap_err().contains("app in web"));
        assert!(Selector::parse("two words").is_err());
    }
}
