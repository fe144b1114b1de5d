use std::collections::VecDeque;
use std::io;
use std::task::Waker;

/// One direction of a connection: what is on its way, in the order in which it was written.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    segments: VecDeque<Segment>,
    /// How it ends, once all before it has arrived.
    end: Option<(i64, End)>,
    /// What is written from now on never arrives, and the writer does not learn it.
    pub is_silent: bool,
    /// Wakes who waits for bytes.
    pub reader: Option<Waker>,
}

#[derive(Debug)]
struct Segment {
    at_ns: i64,
    bytes: Vec<u8>,
    taken: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The other side has closed it.
    Closed,
    /// The connection was reset.
    Reset,
}

impl Pipe {
    /// Sends bytes that arrive at `at_ns`.
    pub fn push(&mut self, bytes: &[u8], at_ns: i64) -> io::Result<()> {
        match self.end {
            Some((_, End::Reset)) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some((_, End::Closed)) => return Err(io::ErrorKind::BrokenPipe.into()),
            None => {}
        }
        if !self.is_silent {
            let at_ns = self.in_order(at_ns);
            self.segments.push_back(Segment { at_ns, bytes: bytes.to_vec(), taken: 0 });
            self.wake();
        }
        Ok(())
    }

    /// Ends it at `at_ns`. A reset overtakes what is on its way.
    pub fn end(&mut self, at_ns: i64, end: End) {
        if self.is_silent || self.end.is_some_and(|(_, before)| before == End::Reset) {
            return;
        }
        if end == End::Reset {
            self.segments.clear();
        }
        self.end = Some((self.in_order(at_ns), end));
        self.wake();
    }

    /// When the next bytes arrive, or the end.
    pub fn next(&self) -> Option<i64> {
        self.segments.front().map(|segment| segment.at_ns).or(self.end.map(|(at, _)| at))
    }

    /// Takes what has arrived by `now_ns`, and says when the last byte of it did: no bytes at its end, `WouldBlock` where
    /// nothing is there.
    pub fn take(&mut self, now_ns: i64, into: &mut [u8]) -> io::Result<(usize, i64)> {
        let (mut count, mut last) = (0, now_ns);
        while let Some(segment) =
            self.segments.front_mut().filter(|segment| segment.at_ns <= now_ns && count < into.len())
        {
            let rest = &segment.bytes[segment.taken..];
            let taken = rest.len().min(into.len() - count);
            into[count..count + taken].copy_from_slice(&rest[..taken]);
            (count, segment.taken, last) = (count + taken, segment.taken + taken, segment.at_ns);
            if segment.taken == segment.bytes.len() {
                self.segments.pop_front();
            }
        }
        match self.end {
            _ if count > 0 => Ok((count, last)),
            Some((at, end)) if at <= now_ns && self.segments.is_empty() => match end {
                End::Closed => Ok((0, at)),
                End::Reset => Err(io::ErrorKind::ConnectionReset.into()),
            },
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// What is written later arrives no earlier.
    fn in_order(&self, at_ns: i64) -> i64 {
        self.segments.back().map_or(at_ns, |last| last.at_ns.max(at_ns))
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}
