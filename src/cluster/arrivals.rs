//! When bytes reached this machine, by the kernel's stamp: what the generator reads late because it did not run is known
//! by that. The socket is stamped below TLS, so it holds with TLS too.
//!
//! The kernel gives one stamp for each read, that of the last segment the read took from (`tcp_recv_timestamp` in
//! net/ipv4/tcp.c), and merges segments that wait. So a stamp is the arrival of the last byte where the read left nothing
//! behind. What came before that byte came after the read before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is left of a read is no chunk where it is shorter: an event of a watch names kind, object and version.
const SHORTEST_CHUNK: usize = 200;

/// What was read from one connection and not yet taken.
#[derive(Debug, Clone, Default)]
pub struct Arrivals(Arc<Mutex<Reads>>);

#[derive(Debug, Default)]
struct Reads {
    open: VecDeque<Read>,
    /// The read before those.
    told: Option<Read>,
    /// Bytes that HTTP and TLS add to one chunk, as the reads of one chunk show: 7 without TLS.
    framing: usize,
    /// When the socket was last known to hold nothing, `CLOCK_MONOTONIC` ns; `None` before it ever was.
    drained_ns: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Read {
    /// Bytes that no chunk has been delivered of yet, framing included.
    bytes: usize,
    /// Chunks delivered of it.
    chunks: usize,
    /// When the last byte arrived; `None` where the kernel did not say.
    arrived_ns: Option<i64>,
    /// No byte of it arrived before.
    after_ns: Option<i64>,
}

impl Read {
    /// The earliest that its last byte may have arrived.
    fn last_ns(&self) -> Option<i64> {
        self.arrived_ns.or(self.after_ns)
    }
}

impl Arrivals {
    /// Notes a read of `bytes` at `now_ns` with the kernel's stamp. `drained`: it left nothing behind.
    pub(super) fn read(&self, bytes: usize, stamp_ns: Option<i64>, now_ns: i64, drained: bool) {
        let mut reads = self.lock();
        let after_ns = reads.drained_ns;
        // A wall clock that was set between the stamp and now would make it nonsense.
        let within = |at: i64| at.min(now_ns).max(after_ns.unwrap_or(at).min(now_ns));
        let arrived_ns = stamp_ns.filter(|_| drained).map(within);
        reads.open.push_back(Read { bytes, chunks: 0, arrived_ns, after_ns });
        if drained {
            reads.drained_ns = Some(now_ns);
        }
    }

    /// Notes that the socket holds nothing at `now_ns`.
    pub(super) fn empty(&self, now_ns: i64) {
        self.lock().drained_ns = Some(now_ns);
    }

    /// The earliest instant at which a chunk of `bytes`, the next one delivered, may have arrived whole: exact where it is
    /// the last of its read. `None` where nothing is known.
    #[must_use]
    pub fn earliest(&self, bytes: usize) -> Option<i64> {
        let mut reads = self.lock();
        let mut left = bytes;
        // A chunk over several reads arrived with its last one.
        while reads.open.len() > 1 && reads.open[0].bytes < left {
            left -= reads.open[0].bytes;
            reads.open.pop_front();
        }
        // Where no read is left, the last one was longer than it seemed.
        let Some(mut read) = reads.open.pop_front() else { return reads.told?.after_ns };
        read.bytes = read.bytes.saturating_sub(left);
        read.chunks += 1;
        if read.bytes >= SHORTEST_CHUNK + reads.framing * read.chunks {
            reads.open.push_front(read);
            return read.after_ns;
        }
        if read.chunks == 1 {
            reads.framing = read.bytes;
        }
        reads.told = Some(read);
        read.last_ns()
    }

    /// The earliest instant at which everything read so far may have arrived whole. Forgets it. For an answer that is
    /// alone on its connection, or for the head of one that streams.
    #[must_use]
    pub fn last(&self) -> Option<i64> {
        let mut reads = self.lock();
        let last = reads.open.back().and_then(Read::last_ns);
        reads.open.clear();
        reads.told = None;
        last
    }

    /// When the socket was last known to hold nothing.
    #[must_use]
    pub fn drained_ns(&self) -> Option<i64> {
        self.lock().drained_ns
    }

    fn lock(&self) -> MutexGuard<'_, Reads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chunk_a_read_has_the_kernels_stamp() {
        let arrivals = Arrivals::default();
        arrivals.empty(100);
        arrivals.read(1020, Some(150), 180, true);
        assert_eq!(arrivals.earliest(1000), Some(150));
        arrivals.read(1020, Some(250), 251, true);
        assert_eq!(arrivals.earliest(1000), Some(250));
    }

    #[test]
    fn of_a_coalesced_read_the_last_chunk_is_known_and_the_others_are_bounded() {
        let arrivals = Arrivals::default();
        arrivals.empty(100);
        arrivals.read(3060, Some(400), 420, true);
        assert_eq!([1000, 1000, 1000].map(|bytes| arrivals.earliest(bytes)), [Some(100), Some(100), Some(400)]);
        arrivals.read(1020, Some(500), 520, true);
        assert_eq!(arrivals.earliest(1000), Some(500));
    }

    #[test]
    fn many_chunks_of_one_read_are_told_apart_whatever_tls_adds() {
        for framing in [7, 75] {
            let arrivals = Arrivals::default();
            arrivals.empty(100);
            arrivals.read(900 + framing, Some(150), 180, true);
            assert_eq!(arrivals.earliest(900), Some(150));
            arrivals.read(40 * (900 + framing), Some(400), 420, true);
            let bounds: Vec<_> = (0..40).map(|_| arrivals.earliest(900)).collect();
            assert_eq!((&bounds[..39], bounds[39]), (&[Some(180); 39][..], Some(400)), "{framing}");
        }
    }

    #[test]
    fn a_chunk_too_many_is_of_the_last_read() {
        let arrivals = Arrivals::default();
        arrivals.empty(100);
        arrivals.read(1000, Some(150), 180, true);
        assert_eq!([900, 90].map(|bytes| arrivals.earliest(bytes)), [Some(150), Some(100)]);
    }

    #[test]
    fn the_stamp_of_a_read_that_left_bytes_behind_may_be_theirs() {
        let arrivals = Arrivals::default();
        arrivals.empty(100);
        arrivals.read(1020, Some(400), 420, false);
        arrivals.read(1020, Some(400), 430, true);
        assert_eq!([1000, 1000].map(|bytes| arrivals.earliest(bytes)), [Some(100), Some(400)]);
    }

    #[test]
    fn a_chunk_over_two_reads_arrived_with_the_second() {
        let arrivals = Arrivals::default();
        arrivals.read(16_384, Some(10), 20, false);
        arrivals.read(4_000, Some(30), 40, true);
        assert_eq!(arrivals.earliest(20_300), Some(30));
    }

    #[test]
    fn an_answer_arrived_with_its_last_byte_and_the_next_one_starts_anew() {
        let arrivals = Arrivals::default();
        assert_eq!(arrivals.last(), None);
        arrivals.read(16_384, Some(10), 20, false);
        arrivals.read(4_000, Some(30), 40, true);
        assert_eq!(arrivals.last(), Some(30));
        arrivals.read(4_000, None, 60, true);
        assert_eq!((arrivals.last(), arrivals.last()), (Some(40), None));
    }

    #[test]
    fn a_clock_that_was_set_makes_no_arrival_out_of_its_time() {
        let arrivals = Arrivals::default();
        arrivals.empty(100);
        arrivals.read(1000, Some(-5_000_000_000), 180, true);
        assert_eq!(arrivals.earliest(1000), Some(100));
        arrivals.read(1000, Some(9_000_000_000), 280, true);
        assert_eq!(arrivals.earliest(1000), Some(280));
        assert_eq!(Arrivals::default().earliest(10), None);
    }
}
