//! The protobuf form of the few built-in messages that clients send: a table of fields, and one decoder for all.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Four bytes before every message: `k8s` and a zero.
const MAGIC: &[u8] = b"k8s\0";

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Type {
    Text,
    Number,
    Flag,
    /// Bytes, base64 in JSON.
    Bytes,
    /// `metav1.Time`: seconds.
    Time,
    One(&'static [Field]),
    /// `map<string, string>` or of bytes.
    Map(bool),
    TextList,
    List(&'static [Field]),
}

type Field = (u64, &'static str, Type);

const OWNER: &[Field] = &[
    (1, "kind", Type::Text),
    (3, "name", Type::Text),
    (4, "uid", Type::Text),
    (5, "apiVersion", Type::Text),
    (6, "controller", Type::Flag),
    (7, "blockOwnerDeletion", Type::Flag),
];

const METADATA: &[Field] = &[
    (1, "name", Type::Text),
    (2, "generateName", Type::Text),
    (3, "namespace", Type::Text),
    (5, "uid", Type::Text),
    (6, "resourceVersion", Type::Text),
    (7, "generation", Type::Number),
    (8, "creationTimestamp", Type::Time),
    (9, "deletionTimestamp", Type::Time),
    (10, "deletionGracePeriodSeconds", Type::Number),
    (11, "labels", Type::Map(false)),
    (12, "annotations", Type::Map(false)),
    (13, "ownerReferences", Type::List(OWNER)),
    (14, "finalizers", Type::TextList),
];

const DELETE_OPTIONS: &[Field] = &[
    (1, "gracePeriodSeconds", Type::Number),
    (2, "preconditions", Type::One(&[(1, "uid", Type::Text), (2, "resourceVersion", Type::Text)])),
    (4, "propagationPolicy", Type::Text),
    (5, "dryRun", Type::TextList),
];

const NAMESPACE: &[Field] =
    &[(1, "metadata", Type::One(METADATA)), (2, "spec", Type::One(&[(1, "finalizers", Type::TextList)]))];

const CONFIG_MAP: &[Field] = &[
    (1, "metadata", Type::One(METADATA)),
    (2, "data", Type::Map(false)),
    (3, "binaryData", Type::Map(true)),
    (4, "immutable", Type::Flag),
];

const SECRET: &[Field] = &[
    (1, "metadata", Type::One(METADATA)),
    (2, "data", Type::Map(true)),
    (3, "type", Type::Text),
    (4, "stringData", Type::Map(false)),
];

const SERVICE_ACCOUNT: &[Field] = &[(1, "metadata", Type::One(METADATA))];

const ACCESS_REVIEW_SPEC: &[Field] = &[
    (
        1,
        "resourceAttributes",
        Type::One(&[
            (1, "namespace", Type::Text),
            (2, "verb", Type::Text),
            (3, "group", Type::Text),
            (4, "version", Type::Text),
            (5, "resource", Type::Text),
            (6, "subresource", Type::Text),
            (7, "name", Type::Text),
        ]),
    ),
    (2, "nonResourceAttributes", Type::One(&[(1, "path", Type::Text), (2, "verb", Type::Text)])),
];

const LEASE_SPEC: &[Field] = &[
    (1, "holderIdentity", Type::Text),
    (2, "leaseDurationSeconds", Type::Number),
    (3, "acquireTime", Type::Time),
    (4, "renewTime", Type::Time),
    (5, "leaseTransitions", Type::Number),
];

fn message(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "SelfSubjectAccessReview" => &[(2, "spec", Type::One(ACCESS_REVIEW_SPEC))],
        "DeleteOptions" => DELETE_OPTIONS,
        "Namespace" => NAMESPACE,
        "ConfigMap" => CONFIG_MAP,
        "Secret" => SECRET,
        "ServiceAccount" => SERVICE_ACCOUNT,
        "Lease" => &[(1, "metadata", Type::One(METADATA)), (2, "spec", Type::One(LEASE_SPEC))],
        _ => return None,
    })
}

/// The JSON of a message; `None` where it is malformed or of a kind the table lacks.
pub fn decode(bytes: &[u8]) -> Option<Value> {
    let envelope = fields(bytes.strip_prefix(MAGIC)?)?;
    let type_meta = fields(last(&envelope, 1)?)?;
    let text = |number| last(&type_meta, number).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let (api_version, kind) = (text(1), text(2));
    let mut object = read(last(&envelope, 2).unwrap_or_default(), message(kind)?)?;
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

fn value(raw: &[Raw], kind: Type) -> Option<Value> {
    let bytes = || raw.iter().filter_map(|raw| if let Raw::Bytes(bytes) = raw { Some(*bytes) } else { None });
    let number = raw.iter().rev().find_map(|raw| if let Raw::Number(number) = raw { Some(*number) } else { None });
    Some(match kind {
        Type::Text => std::str::from_utf8(bytes().next_back()?).ok()?.into(),
        Type::Number => number?.cast_signed().into(),
        Type::Flag => (number? != 0).into(),
        Type::Bytes => STANDARD.encode(bytes().next_back()?).into(),
        Type::Time => time(bytes().next_back()?)?,
        Type::One(table) => Value::Object(read(bytes().next_back()?, table)?),
        Type::TextList => bytes().map(|text| std::str::from_utf8(text).ok().map(Value::from)).collect::<Option<_>>()?,
        Type::List(table) => bytes().map(|item| read(item, table).map(Value::Object)).collect::<Option<_>>()?,
        Type::Map(of_bytes) => {
            let kind = if of_bytes { Type::Bytes } else { Type::Text };
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
