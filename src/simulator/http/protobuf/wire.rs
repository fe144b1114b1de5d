use std::collections::BTreeMap;

/// A field as it stands on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Raw<'a> {
    pub fn bytes(self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub fn text(self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

/// The fields of a message by their numbers.
#[derive(Debug)]
pub struct Fields<'a>(pub BTreeMap<u64, Vec<Raw<'a>>>);

impl<'a> Fields<'a> {
    /// `None` where the bytes are malformed.
    pub fn read(mut bytes: &'a [u8]) -> Option<Self> {
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
        Some(Self(found))
    }

    /// The value of a field that stands once: of several the last holds.
    pub fn last(&self, number: u64) -> Option<Raw<'a>> {
        self.0.get(&number)?.last().copied()
    }
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

/// A message that is written.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    pub fn number(&mut self, number: u64, value: u64) {
        self.varint(number << 3);
        self.varint(value);
    }

    pub fn double(&mut self, number: u64, value: f64) {
        self.varint(number << 3 | 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bytes(&mut self, number: u64, value: &[u8]) {
        self.varint(number << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }
}
