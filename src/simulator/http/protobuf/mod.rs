//! The protobuf form of the built-in kinds, over a table of their messages that is generated from Kubernetes' Go types.

mod decode;
mod encode;
mod scalars;
mod table;
mod unions;
mod wire;

pub use decode::decode;
pub use encode::{encode, watch_event};
pub use wire::Writer;

/// Four bytes before every message: `k8s` and a zero.
const MAGIC: &[u8] = b"k8s\0";

/// Messages may contain themselves (the schemas of CRDs do): no client nests them deeper.
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::table::{Message, Shape, Type, table};
    use super::*;
    use proptest::prelude::*;
    use rand::seq::IndexedRandom;
    use rand::{Rng, RngExt, SeedableRng};
    use serde_json::{Map, Value, json};

    /// An object as a client would send it: some of the fields, of all types.
    fn object_of(message: &Message, random: &mut impl Rng, depth: usize) -> Map<String, Value> {
        let mut object = Map::new();
        for field in &message.fields {
            let is_message = matches!(field.kind, Type::Message(_) | Type::Union(_));
            if random.random_bool(if is_message && depth > 3 { 1.0 } else { 0.4 }) {
                continue;
            }
            if field.name == "." {
                let Type::Message(id) = field.kind else { panic!("{}: not inline", field.number) };
                object.extend(object_of(&table().messages[id], random, depth + 1));
                continue;
            }
            let mut one = || value(field.kind, random, depth);
            let value = match field.shape {
                Shape::Plain { .. } | Shape::Pointer => one(),
                Shape::List => json!([one(), one()]),
                Shape::Map => json!({ "a": one(), "b/c": one() }),
            };
            object.insert(field.name.into(), value);
        }
        object
    }

    fn value(kind: Type, random: &mut impl Rng, depth: usize) -> Value {
        let number = random.random_range(1..i32::MAX);
        match kind {
            Type::Text => format!("ä{number}").into(),
            Type::Int => (*[number, -number].choose(random).unwrap()).into(),
            Type::Flag => true.into(),
            Type::Double => (f64::from(number) / 8.0).into(),
            Type::Bytes => "AAECAw==".into(),
            Type::Time => "2026-01-02T03:04:05Z".into(),
            Type::MicroTime => format!("2026-01-02T03:04:05.{:06}Z", number % 1_000_000).into(),
            Type::Quantity => format!("{number}Mi").into(),
            Type::IntOrText => [json!(number), json!(0), json!("50%")].choose(random).unwrap().clone(),
            Type::Raw => json!({ "f:a": { "b": [number, null] } }),
            Type::Texts => json!(["x", "y"]),
            Type::Message(id) => object_of(&table().messages[id], random, depth + 1).into(),
            Type::Union(id) => {
                let field = &table().messages[id].fields[random.random_range(0..2)];
                let list = |one| if matches!(field.shape, Shape::List) { json!([one]) } else { one };
                list(value(field.kind, random, depth + 1))
            }
        }
    }

    proptest! {
        #[test]
        fn every_object_comes_back(seed in any::<u64>()) {
            let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            for (api_version, kind, message) in table().kinds() {
                let mut sent = object_of(message, &mut random, 0);
                let api_version = if api_version == "*" { "v1" } else { api_version };
                sent.insert("apiVersion".into(), api_version.into());
                sent.insert("kind".into(), kind.into());
                let sent = Value::Object(sent);
                let bytes = encode(&sent).unwrap_or_else(|| panic!("cannot encode {sent}"));
                prop_assert_eq!(decode(&bytes), Some(sent));
            }
        }

        #[test]
        fn any_bytes_end_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), field in 8_u8..255) {
            for (api_version, kind, _) in table().kinds() {
                let mut message = wire::Writer::default();
                message.bytes(1, api_version.as_bytes());
                message.bytes(2, kind.as_bytes());
                let mut envelope = wire::Writer::default();
                envelope.bytes(1, &message.0);
                envelope.bytes(2, &bytes);
                decode(&[MAGIC, &envelope.0].concat());
                // The same, as the content of a field.
                let mut inner = vec![field | 2];
                inner.extend_from_slice(&bytes);
                decode(&[MAGIC, &envelope.0, &inner].concat());
            }
            decode(&bytes);
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut inner = Vec::new();
        for _ in 0..10_000 {
            let mut outer = wire::Writer::default();
            outer.bytes(25, &inner); // JSONSchemaProps.allOf
            inner = outer.0;
        }
        let envelope = |number: u64, content: &[u8]| {
            let mut writer = wire::Writer::default();
            writer.bytes(number, content);
            writer.0
        };
        // spec, versions, schema, openAPIV3Schema
        let definition = envelope(2, &envelope(7, &envelope(4, &envelope(1, &inner))));
        let head = [envelope(1, b"apiextensions.k8s.io/v1"), envelope(2, b"CustomResourceDefinition")].concat();
        let bytes = [MAGIC, &envelope(1, &head), &envelope(2, &definition)].concat();
        assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn what_go_writes_of_zeros_is_left_out_as_go_leaves_it_out_of_json() {
        let status = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" }, "status": {
            "containerStatuses": [{ "name": "c", "ready": false, "restartCount": 0, "image": "", "imageID": "" }] },
            "spec": { "terminationGracePeriodSeconds": 0, "containers": [
                { "name": "c", "ports": [{ "containerPort": 1, "hostPort": 0 }], "stdin": false }] } });
        let mut left = status.clone();
        left["spec"]["containers"] = json!([{ "name": "c", "ports": [{ "containerPort": 1 }] }]);
        assert_eq!(decode(&encode(&status).unwrap()), Some(left));
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let mut bytes = encode(&json!({ "apiVersion": "v1", "kind": "ConfigMap" })).unwrap();
        assert!(decode(&bytes).is_some());
        let at = bytes.len();
        // The message is the last field and empty: its length becomes 2.
        bytes[at - 1] = 2;
        bytes.extend([15 << 3, 1]);
        assert_eq!(decode(&bytes), None);
    }
}
