use rand::RngExt;

use crate::config::Share;

/// The names of a run's claims: `asb-<run id>-<index>`.
#[derive(Debug, Clone)]
pub struct Names {
    prefix: String,
    share: Option<Share>,
}

impl Names {
    /// The names of run `run_id`; a share of it has the names that its claims have in the whole.
    #[must_use]
    pub fn new(run_id: &str, share: Option<Share>) -> Self {
        Self { prefix: format!("asb-{run_id}-"), share }
    }

    /// The name of a claim of this process' plan.
    #[must_use]
    pub fn of(&self, index: u64) -> String {
        format!("{}{}", self.prefix, self.share.map_or(index, |share| share.index(index)))
    }

    /// The claim of a name, by its place in this process' plan; `None` where it is not of this run, or of another share.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<u64> {
        let index = name.strip_prefix(&self.prefix)?.parse().ok()?;
        self.share.map_or(Some(index), |share| share.nth(index))
    }
}

/// A new run id: 10 of a-z and 0-9, 51 bits.
#[must_use]
pub fn new_run_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..10).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}
