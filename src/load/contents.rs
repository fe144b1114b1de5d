//! What sessions write into files.

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::{Act, Content, PlannedStep};

/// Pieces of a size begin at so many places.
const PLACES: u64 = 1 << 16;

/// One random text, made before the run from its seed. Each file is a piece of it, which costs nothing to take: no latency
/// contains the time to make content. The pieces begin at different places, so that a file of another claim, or of an earlier
/// write, is found out.
pub(crate) struct Contents(Bytes);

impl Contents {
    /// Enough for the files of a session.
    pub fn new(session: &[PlannedStep], seed: u64) -> Self {
        let size = |step: &PlannedStep| match &step.act {
            Act::WriteFile(file) => match file.content {
                Content::Random(size) => Some(size.bytes()),
                Content::Text(_) => None,
            },
            _ => None,
        };
        let Some(largest) = session.iter().filter_map(size).max() else { return Self(Bytes::new()) };
        let mut text = vec![0; (largest + PLACES) as usize];
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut text);
        Self(text.into())
    }

    /// The content of a claim's write, the `nth` of its session.
    pub fn of(&self, content: &Content, claim: u64, nth: u64) -> Bytes {
        match content {
            Content::Text(text) => Bytes::copy_from_slice(text.as_bytes()),
            Content::Random(size) => {
                // Odd factors: the writes of one claim, and the same write of many, all begin elsewhere.
                let from = claim.wrapping_mul(0x9E37_79B9).wrapping_add(nth.wrapping_mul(0x85EB)) % PLACES;
                self.0.slice(from as usize..(from + size.bytes()) as usize)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::{ByteSize, Duration, WriteFile};

    #[test]
    fn files_differ_by_claim_and_by_write_and_are_of_the_seed() {
        let content = Content::Random(ByteSize::of(1000).unwrap());
        let act = Act::WriteFile(WriteFile { path: "a".parse().unwrap(), content: content.clone() });
        let step = PlannedStep { name: "a".into(), repeat: 1, timeout: Duration::from_secs(1), act };
        let of = |seed| {
            let contents = Contents::new(std::slice::from_ref(&step), seed);
            let all = (0..50).flat_map(|claim| (0..20).map(move |nth| (claim, nth)));
            all.map(|(claim, nth)| contents.of(&content, claim, nth)).collect::<Vec<_>>()
        };
        let first = of(7);
        assert!(first.iter().all(|piece| piece.len() == 1000));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 1000);
        assert_eq!(first, of(7));
        assert_ne!(first, of(8));
        assert_eq!(Contents::new(&[], 7).of(&Content::Text("hi".into()), 1, 2), "hi");
    }
}
