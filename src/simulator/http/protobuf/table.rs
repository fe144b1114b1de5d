use std::collections::HashMap;
use std::sync::LazyLock;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Int,
    Flag,
    Double,
    /// Base64 in JSON.
    Bytes,
    /// `metav1.Time`: whole seconds.
    Time,
    MicroTime,
    Quantity,
    IntOrText,
    /// JSON within: `RawExtension`, `FieldsV1`.
    Raw,
    /// A message that is a list of texts in JSON, such as the extra fields of a user.
    Texts,
    Message(usize),
    /// A message that stands in JSON as the one of its fields that is set.
    Union(usize),
}

/// How often a field appears, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Always there; what is zero is left out of JSON unless `keeps_zero`.
    Plain {
        keeps_zero: bool,
    },
    /// There where it is set, to zero also.
    Pointer,
    List,
    /// By texts.
    Map,
}

#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub number: u64,
    /// In JSON; `.` where the fields of this message stand in the parent.
    pub name: &'static str,
    pub shape: Shape,
    pub kind: Type,
}

#[derive(Debug, Default)]
pub struct Message {
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Table {
    pub messages: Vec<Message>,
    by_kind: HashMap<(&'static str, &'static str), usize>,
}

/// The table, read at its first use.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| parse(include_str!("messages.txt")));
    &TABLE
}

impl Table {
    /// The message of a kind; some kinds of a name stand in several groups, others belong to all.
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<usize> {
        self.by_kind.get(&(api_version, kind)).or_else(|| self.by_kind.get(&("*", kind))).copied()
    }

    #[cfg(test)]
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str, &Message)> {
        self.by_kind.iter().map(|((version, kind), id)| (*version, *kind, &self.messages[*id]))
    }
}

fn parse(text: &'static str) -> Table {
    let heads = || text.lines().filter_map(|line| line.strip_prefix("message "));
    let ids: HashMap<&str, usize> = heads().zip(0..).map(|(head, id)| (first(head), id)).collect();
    let by_kind = heads().zip(0..).filter_map(|(head, id)| {
        let mut words = head.split(' ').skip(1);
        Some(((words.next()?, words.next()?), id))
    });
    let mut messages: Vec<Message> = Vec::with_capacity(ids.len());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with("message ") {
            messages.push(Message::default());
        } else if let Some(message) = messages.last_mut() {
            message.fields.push(field(line, &ids).expect("a generated line; a test reads them all"));
        }
    }
    Table { messages, by_kind: by_kind.collect() }
}

fn first(head: &str) -> &str {
    head.split(' ').next().unwrap_or_default()
}

fn field(line: &'static str, ids: &HashMap<&str, usize>) -> Option<Field> {
    let mut words = line.split(' ');
    let (number, name, of) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
    let (shape, of) = if let Some(of) = of.strip_prefix('*') {
        (Shape::Pointer, of)
    } else if let Some(of) = of.strip_prefix("[]") {
        (Shape::List, of)
    } else if let Some(of) = of.strip_prefix("{}") {
        (Shape::Map, of)
    } else {
        (Shape::Plain { keeps_zero: of.ends_with('!') }, of.trim_end_matches('!'))
    };
    Some(Field { number, name, shape, kind: kind(of, ids)? })
}

fn kind(of: &str, ids: &HashMap<&str, usize>) -> Option<Type> {
    Some(match of {
        "text" => Type::Text,
        "int" => Type::Int,
        "flag" => Type::Flag,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        "time" => Type::Time,
        "microtime" => Type::MicroTime,
        "quantity" => Type::Quantity,
        "int-or-text" => Type::IntOrText,
        "raw" => Type::Raw,
        "texts" => Type::Texts,
        _ => match of.strip_prefix('?') {
            Some(of) => Type::Union(*ids.get(of)?),
            None => Type::Message(*ids.get(of)?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    #[test]
    fn every_built_in_kind_and_its_list_has_a_message() {
        for kind in kinds::built_in().filter(|kind| !kind.custom) {
            let version = &kind.versions[0].api_version;
            assert!(table().of_kind(version, &kind.kind).is_some(), "{version} {}", kind.kind);
            let list = format!("{}List", kind.kind);
            assert!(kind.review || table().of_kind(version, &list).is_some(), "{version} {list}");
        }
    }
}
