//! TCP whose reads carry the kernel's receive stamp, for connections whose [`Arrivals`] somebody asks for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use agent_sandbox_common::clock::{monotonic_ns, wall_ns};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;

use super::arrivals::Arrivals;
use super::tcp::{TcpStream, enable, receive};

tokio::task_local! {
    /// Where the connection that this task opens notes its reads. A connector has no argument for it.
    pub(super) static ARRIVALS: Arrivals;
}

/// Bytes of the first read. One that fills them doubles them, so that a read leaves nothing behind: it could not tell
/// when what it took arrived.
const FIRST_READ: usize = 16 << 10;
const LARGEST_READ: usize = 1 << 20;

/// A TCP stream that notes its reads where [`ARRIVALS`] was set when it was opened.
pub(super) struct StampedTcp {
    stream: TokioIo<TcpStream>,
    /// Whether it leads to a proxy that reads from each request where to send it.
    forwards: bool,
    noted: Option<Noted>,
}

struct Noted {
    arrivals: Arrivals,
    /// What was read, and is not yet taken from `taken` on to `filled`.
    buffer: Vec<u8>,
    taken: usize,
    filled: usize,
}

impl StampedTcp {
    pub fn new(stream: TokioIo<TcpStream>, forwards: bool) -> Self {
        let noted = ARRIVALS.try_with(Clone::clone).ok().map(|arrivals| {
            enable(stream.inner());
            Noted { arrivals, buffer: vec![0; FIRST_READ], taken: 0, filled: 0 }
        });
        Self { stream, forwards, noted }
    }
}

impl Noted {
    /// Reads what the socket holds.
    fn fill(&mut self, tcp: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let Poll::Ready(ready) = tcp.poll_read_ready(cx) else {
                self.arrivals.empty(monotonic_ns());
                return Poll::Pending;
            };
            ready?;
            match receive(tcp, &mut self.buffer) {
                Ok((count, stamp)) => {
                    self.note(count, stamp);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn note(&mut self, count: usize, stamp: Option<i64>) {
        let now = monotonic_ns();
        (self.taken, self.filled) = (0, count);
        // The wall clock's distance from the stamp, taken now, is the time since in any clock.
        let stamp_ns = stamp.map(|wall| now - (wall_ns() - wall));
        let drained = count < self.buffer.len();
        if count > 0 {
            self.arrivals.read(count, stamp_ns, now, drained);
        }
        if !drained && count < LARGEST_READ {
            self.buffer.resize(2 * count, 0);
        }
    }
}

impl Read for StampedTcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let Self { stream, noted, .. } = &mut *self;
        let Some(noted) = noted else { return Pin::new(stream).poll_read(cx, into) };
        if noted.taken == noted.filled {
            ready!(noted.fill(stream.inner(), cx))?;
        }
        let count = into.remaining().min(noted.filled - noted.taken);
        into.put_slice(&noted.buffer[noted.taken..noted.taken + count]);
        noted.taken += count;
        Poll::Ready(Ok(()))
    }
}

impl Write for StampedTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}

impl Connection for StampedTcp {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.forwards)
    }
}
