use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::pipe::{End, Pipe};
use super::time::{now_ns, sleep_until};
use super::weather::arrival_ns;

/// One end of a connection in memory.
#[derive(Debug)]
pub struct Stream {
    incoming: Arc<Mutex<Pipe>>,
    outgoing: Arc<Mutex<Pipe>>,
    /// Wakes the reader when what is on its way arrives.
    arrival: Mutex<Option<Pin<Box<Sleep>>>>,
}

impl Stream {
    /// Both ends of a new connection, and its two directions.
    pub(super) fn pair() -> (Self, Self, [Arc<Mutex<Pipe>>; 2]) {
        let (there, back) = (Arc::<Mutex<Pipe>>::default(), Arc::<Mutex<Pipe>>::default());
        let end = |incoming: &Arc<_>, outgoing: &Arc<_>| Self {
            incoming: Arc::clone(incoming),
            outgoing: Arc::clone(outgoing),
            arrival: Mutex::default(),
        };
        (end(&back, &there), end(&there, &back), [there, back])
    }

    /// Nothing is held back here.
    ///
    /// # Errors
    /// None.
    pub fn set_nodelay(&self, _: bool) -> io::Result<()> {
        Ok(())
    }

    /// Ready when [`Stream::try_read`] would find something.
    ///
    /// # Errors
    /// None.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut incoming = lock(&self.incoming);
            let next = incoming.next();
            if next.is_some_and(|at| at <= now_ns()) {
                return Poll::Ready(Ok(()));
            }
            incoming.reader = Some(cx.waker().clone());
            drop(incoming);
            let mut arrival = lock(&self.arrival);
            *arrival = next.map(|at| Box::pin(sleep_until(at)));
            match arrival.as_mut() {
                Some(sleep) => ready!(sleep.as_mut().poll(cx)),
                None => return Poll::Pending,
            }
        }
    }

    /// Takes what has arrived, and says how long ago the last byte of it did.
    ///
    /// # Errors
    /// `WouldBlock` where nothing has; `ConnectionReset`.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<(usize, Duration)> {
        let now_ns = now_ns();
        let (count, at_ns) = lock(&self.incoming).take(now_ns, into)?;
        Ok((count, Duration::from_nanos((now_ns - at_ns).max(0).cast_unsigned())))
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_read_ready(cx))?;
        let (count, _) = self.try_read(into.initialize_unfilled())?;
        into.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let at_ns = arrival_ns();
        Poll::Ready(lock(&self.outgoing).push(bytes, at_ns).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.outgoing).end(arrival_ns(), End::Closed);
        Poll::Ready(Ok(()))
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Drop for Stream {
    /// The other side reads what is on its way, then the end. What it writes from now on is refused.
    fn drop(&mut self) {
        let now_ns = now_ns();
        lock(&self.outgoing).end(now_ns, End::Closed);
        lock(&self.incoming).end(now_ns, End::Reset);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
