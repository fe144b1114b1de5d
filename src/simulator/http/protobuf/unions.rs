//! Messages that stand in JSON as the one of their fields that is set: a schema or a flag, a schema or a list.

use serde_json::{Map, Value};

use super::table::{Field, Message, Shape, Type};

/// The JSON of a union whose fields were read: a schema before the flag that says whether there is one.
pub fn collapse(message: &Message, mut read: Map<String, Value>) -> Value {
    let names = || message.fields.iter().map(|field| field.name);
    let set = names().find(|name| read.get(*name).is_some_and(|value| !value.is_boolean()));
    set.or_else(|| names().find(|name| read.contains_key(*name))).and_then(|name| read.remove(name)).unwrap_or_default()
}

/// The field that a union's JSON stands for.
pub fn field_of<'a>(message: &'a Message, value: &Value) -> Option<&'a Field> {
    message.fields.iter().find(|field| match field.shape {
        Shape::List => value.is_array(),
        _ => {
            if field.kind == Type::Flag {
                value.is_boolean()
            } else {
                value.is_object()
            }
        }
    })
}
