use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// From when to when a certificate is valid, s since 1970.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub from: u64,
    pub to: u64,
}

impl Validity {
    /// Of a certificate, DER (RFC 5280, 4.1): `None` where it is none.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = element(certificate, SEQUENCE)?;
        let (mut rest, _) = element(certificate, SEQUENCE)?;
        if let Some((_, after)) = element(rest, VERSION) {
            rest = after;
        }
        // Serial number, algorithm of the signature, issuer.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            rest = element(rest, tag)?.1;
        }
        let (validity, _) = element(rest, SEQUENCE)?;
        let (from, rest) = time(validity)?;
        let (to, _) = time(rest)?;
        Some(Self { from, to })
    }

    pub fn holds(&self, at: u64) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// The content of the element that begins here, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (short, rest) = rest.split_first().filter(|_| *first == tag)?;
    let (length, rest) = if *short < 0x80 {
        (usize::from(*short), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    rest.split_at_checked(length)
}

/// A time, always UTC and to the second.
fn time(der: &[u8]) -> Option<(u64, &[u8])> {
    let (text, rest) = element(der, UTC_TIME).or_else(|| element(der, GENERALIZED_TIME))?;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let written = match text.len() {
        // RFC 5280: years from 50 on are the last century's.
        12 if text.as_bytes()[0] >= b'5' => format!("19{text}"),
        12 => format!("20{text}"),
        _ => text.to_owned(),
    };
    let at = DateTime::strptime("%Y%m%d%H%M%S", written).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some((u64::try_from(at.timestamp().as_second()).unwrap_or(0), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, content.len() as u8][..], &content].concat()
    }

    fn certificate(from: &[u8], to: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            &wrapped(VERSION, &[&[INTEGER, 1, 2]]),
            &[INTEGER, 1, 7],
            &wrapped(SEQUENCE, &[]),
            &wrapped(SEQUENCE, &[]),
            &wrapped(SEQUENCE, &[from, to]),
        ];
        wrapped(SEQUENCE, &[&wrapped(SEQUENCE, &parts)])
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let short = wrapped(UTC_TIME, &[b"991231235959Z"]);
        let long = wrapped(GENERALIZED_TIME, &[b"20500101000000Z"]);
        let validity = Validity::of(&certificate(&short, &long)).unwrap();
        assert_eq!(validity, Validity { from: 946_684_799, to: 2_524_608_000 });
        assert!(validity.holds(946_684_799) && !validity.holds(946_684_798) && !validity.holds(2_524_608_001));
        assert_eq!(Validity::of(&certificate(&short, &wrapped(UTC_TIME, &[b"soon"]))), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60), cut in 0..60_usize) {
            let _ = Validity::of(&bytes);
            let whole = certificate(&wrapped(UTC_TIME, &[b"991231235959Z"]), &wrapped(UTC_TIME, &[b"991231235959Z"]));
            bytes.splice(0..0, whole[..cut.min(whole.len())].iter().copied());
            let _ = Validity::of(&bytes);
        }
    }
}
