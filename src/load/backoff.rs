use std::time::Duration;

/// Waits that double from 50 ms to 2 s.
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(Duration::from_millis(50))
    }
}

impl Backoff {
    /// The next wait; a server that names one is obeyed, up to 10 s.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let own = self.0;
        self.0 = (own * 2).min(Duration::from_secs(2));
        asked.map_or(own, |asked| asked.clamp(own, Duration::from_secs(10)))
    }
}
