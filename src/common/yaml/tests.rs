use proptest::prelude::*;
use serde_json::{Value, json};

use super::{read, read_all, read_first};

/// What `kubectl label --local -o json` of kubectl 1.32 makes of these.
#[test]
fn a_number_is_what_kubectl_takes_it_for() {
    let numbers = [
        ("0644", json!(420)),
        ("-0644", json!(-420)),
        ("0o17", json!(15)),
        ("0O17", json!(15)),
        ("0x1F", json!(31)),
        ("+0x10", json!(16)),
        ("0x_F", json!(15)),
        ("0b101", json!(5)),
        ("-0b11", json!(-3)),
        ("1_000", json!(1000)),
        ("1__0", json!(10)),
        ("0_7", json!(7)),
        ("08", json!(8)),
        ("00", json!(0)),
        ("-0", json!(0)),
        ("+5", json!(5)),
        ("1e3", json!(1000)),
        ("1e1_0", json!(10_000_000_000_u64)),
        (".5", json!(0.5)),
        ("-.5", json!(-0.5)),
        ("1.", json!(1)),
        ("1.10", json!(1.1)),
        ("1_000.5", json!(1000.5)),
        ("18446744073709551615", json!(u64::MAX)),
        ("!!int '12'", json!(12)),
        ("!!float 3", json!(3)),
    ];
    same(&numbers);
}

fn same(scalars: &[(&str, Value)]) {
    for (text, value) in scalars {
        assert_eq!(read(&format!("[{text}]")), Ok(json!([value])), "{text}");
    }
}

#[test]
fn a_word_is_what_kubectl_takes_it_for() {
    let words = [
        ("yes", json!(true)),
        ("On", json!(true)),
        ("n", json!(false)),
        ("OFF", json!(false)),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("!!bool yes", json!(true)),
        ("!!binary aGk=", json!("hi")),
    ];
    same(&words);
    for text in [
        "12:30:45",
        "2001-01-01",
        "1e",
        ".inf1",
        "+",
        ".",
        "_",
        "0x",
        "0b2",
        "_1",
        "0o8",
        "tRue",
        "nUll",
        "1e400",
        "0b",
        "=",
        "0x1p4",
        "infinity",
        "nan",
        "+inf",
        "0x-1",
        "--1",
    ] {
        assert_eq!(read(&format!("[{text}]")), Ok(json!([text])), "{text}");
    }
    for (tagged, value) in
        [("!!str 12", "12"), ("'0644'", "0644"), ("! 12", "12"), ("!foo 12", "12"), ("!!str yes", "yes")]
    {
        assert_eq!(read(&format!("[{tagged}]")), Ok(json!([value])), "{tagged}");
    }
    for wrong in [".nan", "-.inf", "!!null x", "!!float x"] {
        assert!(read(&format!("[{wrong}]")).is_err(), "{wrong}");
    }
}

#[test]
fn keys_are_text_and_merges_count_by_their_place() {
    let both = "{a: &x {b: 1}, c: {b: 3, <<: *x}, d: {<<: *x, b: 3}, e: {<<: [*x, {b: 2, f: 2}]}, 0x10: g, yes: h}";
    let value = json!({"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 3}, "e": {"b": 1, "f": 2}, "16": "g", "true": "h"});
    assert_eq!(read(both), Ok(value));
    for wrong in ["{~: 1}", "{[1]: 1}", "{a: {<<: 3}}", "{a: *nope}", "&x {a: *x}"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(read_first("{a: 1, a: 2}"), Ok(json!({"a": 2})));
    assert_eq!(
        read("b: 2\na: 1\na: 2").unwrap_err().to_string(),
        "line 3, column 1: the key \"a\" stands twice in one mapping"
    );
}

#[test]
fn empty_documents_are_none() {
    let text = "# only a comment\n---\na: 1\n---\n\n---\n# again\n---\nb: 2\n---\n";
    assert_eq!(read_all(text), Ok(vec![json!({"a": 1}), json!({"b": 2})]));
    assert_eq!(read("# only a comment\n"), Ok(Value::Null));
    assert_eq!(read("a: 1\n---\n"), Ok(json!({"a": 1})));
    assert_eq!(read("a: 1\n---\nb: 2\n").unwrap_err().line, 3);
    assert_eq!(read_first("a: 1\n---\n{ broken"), Ok(json!({"a": 1})));
}

#[test]
fn aliases_of_aliases_are_bounded() {
    let level = |at: u32| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(", "));
    let text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned() + &(1..20).map(level).collect::<String>();
    assert!(read(&text).unwrap_err().message.contains("aliases"));
    let deep = "[".repeat(100_000);
    assert!(read(&deep).is_err());
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[-+0-9a-fxobeE._:~ynYN]{0,6}",
        Just("yes".to_owned()),
        Just("<<".to_owned()),
        "[0-9]{1,2}:[0-9]{2}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z0-9~.]{0,3}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_yaml(value in values()) {
        prop_assert_eq!(read(&value.to_string()), Ok(value));
    }

    #[test]
    fn no_text_is_a_panic(text in "[-:?&*!|>'\"%@`{}\\[\\], \n\t#a0<~x.]{0,40}") {
        let _ = (read(&text), read_all(&text), read_first(&text));
    }
}
