use minijinja::value::{Serde, Value as Context};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};
use serde_json::Value;

use crate::stack::StackError;
use crate::stack::manifest::parse;

/// The templates of data/, by the name errors use.
const TEMPLATES: [(&str, &str); 4] = [
    ("sandbox-template.yaml", include_str!("../../../data/sandbox-template.yaml")),
    ("warm-pool.yaml", include_str!("../../../data/warm-pool.yaml")),
    ("gvisor-installer.yaml", include_str!("../../../data/gvisor-installer.yaml")),
    ("probe-pod.yaml", include_str!("../../../data/probe-pod.yaml")),
];

/// Renders a template of data/ into objects. Every value it prints is written as a YAML value, whatever it holds, and
/// an undefined one is an error: there is no way to print a value raw.
pub(super) fn render(name: &'static str, context: &Value) -> Result<Vec<Value>, StackError> {
    let wrong = |message: String| StackError::Manifest { origin: format!("data/{name}"), message };
    let environment = environment().map_err(|error| wrong(error.to_string()))?;
    let template = environment.get_template(name).map_err(|error| wrong(error.to_string()))?;
    let yaml = template.render(Serde(context)).map_err(|error| wrong(format!("{error:#}")))?;
    parse(&yaml).map_err(wrong)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_formatter(write_yaml);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// JSON is YAML, but for characters that YAML calls unprintable and JSON leaves alone: they are escaped. Between
/// quotes, the only place where such characters stand in JSON, `\u` and four digits mean the same to both.
fn write_yaml(out: &mut Output, _: &mut State, value: &Context) -> Result<(), minijinja::Error> {
    use std::fmt::Write as _;
    if value.is_undefined() {
        return Err(minijinja::ErrorKind::UndefinedError.into());
    }
    let json = serde_json::to_string(value)
        .map_err(|error| minijinja::Error::new(minijinja::ErrorKind::BadSerialization, error.to_string()))?;
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                write!(out, "\\u{:04x}", u32::from(c))
            }
            c => out.write_char(c),
        }?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use minijinja::context;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_value_arrives_byte_for_byte(value in any::<String>(), key in any::<String>()) {
            let environment = environment().unwrap();
            let text = "a: {{ value }}\nb: {{ map }}\nc:\n  - {{ value }}\n";
            let map = std::collections::BTreeMap::from([(key, value.clone())]);
            let yaml = environment.render_str(text, context! { value => value.clone(), map => map.clone() }).unwrap();
            let parsed: Value = serde_saphyr::from_str(&yaml).unwrap();
            prop_assert_eq!(parsed, serde_json::json!({"a": value, "b": map, "c": [value]}));
        }

        #[test]
        fn what_is_shown_reads_back_the_same(value in any::<String>(), key in any::<String>()) {
            let object = serde_json::json!({"a": value, "m": {key: value}});
            let yaml = crate::stack::render::to_yaml(std::slice::from_ref(&object));
            let parsed: Vec<Value> = serde_saphyr::from_multiple(&yaml).unwrap();
            prop_assert_eq!(parsed, vec![object]);
        }
    }

    #[test]
    fn hostile_values() {
        let environment = environment().unwrap();
        for value in [
            "x: y\n- z",
            "\"",
            "'",
            "{{ evil }}",
            "#",
            "no",
            "~",
            "\u{85}",
            "\u{2028}",
            "\u{1F600}",
            "\t",
            "&a *a",
            "---",
        ] {
            let yaml = environment.render_str("a: {{ value }}", context! { value }).unwrap();
            let parsed: Value = serde_saphyr::from_str(&yaml).unwrap();
            assert_eq!(parsed["a"], value, "{yaml}");
        }
    }

    #[test]
    fn an_undefined_value_is_an_error() {
        assert!(environment().unwrap().render_str("a: {{ nothing }}", context! {}).is_err());
    }
}
