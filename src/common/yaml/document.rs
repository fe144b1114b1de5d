use std::collections::HashMap;

use granit_parser::{BorrowedInput, Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::error::YamlError;
use super::scalar::{self, Tag};

/// What becomes of a key that stands twice in one mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// It is an error: one of the two is a slip.
    Refused,
    /// The last one counts, as for kubectl.
    LastCounts,
}

/// What aliases may add to a text, in bytes: who repeats an alias of aliases must not cost the machine its memory.
const MOST_ALIASED: usize = 16 << 20;
/// What a value costs beside its text.
const COST: usize = 16;

/// Makes values of a parser's events, a document at a time.
pub(super) struct Reader<'text, I: BorrowedInput<'text>> {
    parser: Parser<'text, I>,
    duplicates: Duplicates,
    anchors: HashMap<usize, Value>,
    aliased: usize,
}

type Next<'text> = Option<(Event<'text>, Marker)>;

impl<'text, I: BorrowedInput<'text>> Reader<'text, I> {
    pub fn new(parser: Parser<'text, I>, duplicates: Duplicates) -> Self {
        Self { parser, duplicates, anchors: HashMap::new(), aliased: 0 }
    }

    /// The next document and where it begins.
    pub fn document(&mut self) -> Result<Option<(Marker, Value)>, YamlError> {
        while let Some((event, place)) = self.next()? {
            match event {
                Event::DocumentStart(..) => self.anchors.clear(),
                Event::StreamEnd => break,
                node => return Ok(Some((place, self.value(node, place)?))),
            }
        }
        Ok(None)
    }

    fn next(&mut self) -> Result<Next<'text>, YamlError> {
        loop {
            match self.parser.next_event().transpose()? {
                Some((event, _)) if is_aside(&event) => {}
                next => return Ok(next.map(|(event, span)| (event, span.start))),
            }
        }
    }

    fn value(&mut self, event: Event<'text>, place: Marker) -> Result<Value, YamlError> {
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = Tag::of(tag.as_deref(), style == ScalarStyle::Plain);
                (scalar::resolve(&text, tag).map_err(|message| YamlError::at(place, message))?, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence()?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping()?, anchor),
            Event::Alias(anchor) => (self.alias(anchor, place)?, 0),
            _ => return Err(YamlError::at(place, "something else than a value")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while let Some((event, place)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.value(event, place)?);
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self) -> Result<Value, YamlError> {
        let mut map = Map::new();
        // Keys that stand here themselves; what is merged in may be set again.
        let mut own = Map::new();
        while let Some((event, place)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.value(event, place)?;
            let Some((event, value_place)) = self.next()? else { break };
            let value = self.value(event, value_place)?;
            if merges {
                merge(&mut map, value).ok_or_else(|| YamlError::at(value_place, "<< takes mappings alone"))?;
                continue;
            }
            let key = name(key).ok_or_else(|| YamlError::at(place, "a key that is not text"))?;
            if own.insert(key.clone(), Value::Null).is_some() && self.duplicates == Duplicates::Refused {
                return Err(YamlError::at(place, format!("the key {key:?} stands twice in one mapping")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn alias(&mut self, anchor: usize, place: Marker) -> Result<Value, YamlError> {
        let known = self.anchors.get(&anchor);
        let known = known.ok_or_else(|| YamlError::at(place, "an alias within what it stands for"))?;
        self.aliased += cost(known);
        if self.aliased > MOST_ALIASED {
            return Err(YamlError::at(place, "aliases repeat too much"));
        }
        Ok(known.clone())
    }
}

/// Sets what a mapping, or a list of them, holds. As go-yaml does: what is merged in counts by its place, not less.
fn merge(into: &mut Map<String, Value>, value: Value) -> Option<()> {
    match value {
        Value::Object(map) => into.extend(map),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            // The first of a list counts most.
            items.into_iter().rev().try_for_each(|item| merge(into, item))?;
        }
        _ => return None,
    }
    Some(())
}

/// JSON has text for keys alone.
fn name(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn cost(value: &Value) -> usize {
    COST + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(cost).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| COST + key.len() + cost(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Whether an event is about no node.
fn is_aside(event: &Event) -> bool {
    matches!(event, Event::Comment(..) | Event::Anchor(..) | Event::StreamStart | Event::DocumentEnd)
}
