use std::sync::Arc;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One stream of chance. Each purpose has its own, so that the draws of one part of the simulator do not depend on
/// those of another. The same seed gives the n-th claim the same service time in every run.
#[derive(Debug)]
pub struct Random(pub ChaCha8Rng);

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    Names = 1,
    WarmLatency = 2,
    ColdLatency = 3,
    Faults = 4,
    Nodes = 5,
    PoolNames = 6,
    EndLatency = 7,
}

/// The characters `generateName` draws from: no vowels, so no words.
const SUFFIX: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(purpose as u64);
        Self(stream)
    }

    /// A version 4 uid.
    pub fn uid(&mut self) -> Arc<str> {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        let (time, mid, version) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
        let (variant, node) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
        format!("{time:08x}-{mid:04x}-4{version:03x}-{variant:04x}-{node:012x}").into()
    }

    /// The five characters the API server appends to `generateName`.
    pub fn suffix(&mut self) -> String {
        (0..5).map(|_| char::from(SUFFIX[self.0.random_range(0..SUFFIX.len())])).collect()
    }

    /// True with probability `share`.
    pub fn hits(&mut self, share: f64) -> bool {
        share >= 1.0 || self.0.random::<f64>() < share
    }
}
