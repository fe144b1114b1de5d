use rand::RngExt;

/// The names of a run's claims: `asb-<run id>-<index>`.
#[derive(Debug, Clone)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// The names of run `run_id`.
    #[must_use]
    pub fn new(run_id: &str) -> Self {
        Self { prefix: format!("asb-{run_id}-") }
    }

    /// The name of a claim.
    #[must_use]
    pub fn of(&self, index: u64) -> String {
        format!("{}{index}", self.prefix)
    }

    /// The claim of a name; `None` where the name is not of this run.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&self.prefix)?.parse().ok()
    }
}

/// A new run id: 10 of a-z and 0-9, 51 bits.
#[must_use]
pub fn new_run_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..10).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}
