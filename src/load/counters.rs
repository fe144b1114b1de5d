use std::sync::atomic::{AtomicU64, Ordering};

/// What pacer, tracker and live view count together.
#[derive(Debug, Default)]
pub struct Counters {
    /// Claims that came due so far.
    pub planned: AtomicU64,
    /// Claims handed over so far.
    pub sent: AtomicU64,
    /// Sent and not yet ended.
    pub in_flight: AtomicU64,
    /// Most of them.
    pub peak_in_flight: AtomicU64,
    /// Created and not yet released.
    pub alive: AtomicU64,
    /// Most of them.
    pub peak_alive: AtomicU64,
    /// Claims that were sent and did not become ready.
    pub failures: AtomicU64,
    /// Times a watch ended, or fell silent, and a list told what it missed.
    pub watch_relists: AtomicU64,
    /// Times the tracker waited for the recorder, whose queue was full.
    pub recorder_waits: AtomicU64,
    /// Ready sandboxes of the run's pools, as last read.
    pub pool_ready: AtomicU64,
    /// Sandboxes they should hold.
    pub pool_wanted: AtomicU64,
}

impl Counters {
    /// Takes a place in flight; `None` where `limit` are taken.
    pub(crate) fn enter(&self, limit: u64) -> Option<()> {
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        if before >= limit {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.peak_in_flight.fetch_max(before + 1, Ordering::Relaxed);
        self.sent.fetch_add(1, Ordering::Relaxed);
        Some(())
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// One claim began or ceased to be alive.
    pub(crate) fn live(&self, began: bool) {
        if began {
            let alive = self.alive.fetch_add(1, Ordering::Relaxed) + 1;
            self.peak_alive.fetch_max(alive, Ordering::Relaxed);
        } else {
            self.alive.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
