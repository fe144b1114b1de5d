use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use rustls::sign::CertifiedKey;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::arrivals::Arrivals;
use super::{ClusterError, Dialer};

/// A connection that was idle for longer is not used again. Load balancers close theirs after 60 s, API servers after
/// 90 s. A claim sent at that instant would be lost through our own fault.
const LONGEST_IDLE: Duration = Duration::from_secs(50);

/// HTTP/1.1 connections to one server, opened ahead. No queue hides them: a request waits only when all of `limit` are
/// busy, and the caller measures that wait.
pub struct Connections {
    dialer: Dialer,
    /// Most recently used last: few warm connections serve a low rate.
    idle: Mutex<Vec<Channel>>,
    busy: Semaphore,
    opened: AtomicU64,
}

/// One connection.
pub(super) struct Channel {
    pub(super) sender: SendRequest<Full<Bytes>>,
    /// Instant of the first byte written since it was set to 0, `CLOCK_MONOTONIC` ns.
    pub(super) first_write: Arc<AtomicI64>,
    /// When what it reads arrived.
    pub(super) arrivals: Arrivals,
    idle_since: Instant,
    /// The client certificate that it showed, where a plugin gave it.
    certificate: Option<Arc<CertifiedKey>>,
}

/// A connection in use; give it back with [`Lease::keep`], or drop it to close it.
pub struct Lease<'a> {
    pool: &'a Connections,
    pub(super) channel: Channel,
    _permit: SemaphorePermit<'a>,
}

impl Connections {
    /// A pool of at most `limit` connections, none open yet.
    #[must_use]
    pub fn new(dialer: Dialer, limit: usize) -> Self {
        Self { dialer, idle: Mutex::default(), busy: Semaphore::new(limit), opened: AtomicU64::new(0) }
    }

    /// Opens `count` connections, TLS included, so that no request pays for it.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`] of the first that fails.
    pub async fn open_ahead(&self, count: usize) -> Result<(), ClusterError> {
        let dials = (0..count).map(|_| self.dial());
        let channels = futures::future::try_join_all(dials).await?;
        self.idle().extend(channels);
        Ok(())
    }

    /// An idle connection, or a new one, or the next to come free.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`].
    pub async fn acquire(&self) -> Result<Lease<'_>, ClusterError> {
        // The semaphore is never closed; were it, dialing would still be right.
        let permit = self.busy.acquire().await.map_err(|_| ClusterError::Unreachable {
            server: self.dialer.server().to_string(),
            message: "the connection pool is closed".into(),
        })?;
        loop {
            let idle = self.idle().pop();
            let Some(mut channel) = idle else {
                return Ok(Lease { pool: self, channel: self.dial().await?, _permit: permit });
            };
            let closes_soon = channel.idle_since.elapsed() > LONGEST_IDLE;
            let is_known = same(channel.certificate.as_ref(), self.dialer.certificate().as_ref());
            if is_known && !closes_soon && !channel.sender.is_closed() && channel.sender.ready().await.is_ok() {
                return Ok(Lease { pool: self, channel, _permit: permit });
            }
        }
    }

    /// Closes the idle connections on which nothing came since `asked`, when a request was sent whose answer did not come
    /// in time. A load balancer that lost its state takes what is sent on them and answers nothing: each of them would
    /// cost one more timeout.
    pub(super) fn close_idle_since(&self, asked: Instant) {
        self.idle().retain(|channel| channel.idle_since > asked);
    }

    /// Connections opened so far.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Opens a connection outside the pool.
    pub(super) async fn dial(&self) -> Result<Channel, ClusterError> {
        let (first_write, arrivals) = (Arc::new(AtomicI64::new(0)), Arrivals::default());
        let certificate = self.dialer.certificate();
        let stream = self.dialer.dial(Arc::clone(&first_write), arrivals.clone()).await?;
        let handshake = http1::handshake(stream).await;
        let (sender, connection) = handshake.map_err(|error| ClusterError::Unreachable {
            server: self.dialer.server().to_string(),
            message: error.to_string(),
        })?;
        // It ends with the connection; whoever waits for an answer gets its error.
        tokio::spawn(connection);
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Channel { sender, first_write, arrivals, idle_since: Instant::now(), certificate })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(one: Option<&Arc<CertifiedKey>>, other: Option<&Arc<CertifiedKey>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}

impl Lease<'_> {
    /// Gives the connection back for the next request.
    pub fn keep(self) {
        let Self { pool, mut channel, .. } = self;
        if !channel.sender.is_closed() {
            channel.idle_since = Instant::now();
            pool.idle().push(channel);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_that_was_idle_for_long_is_not_used_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let pool = Connections::new(Dialer::new(&kube::Config::new(server), None).unwrap(), 4);
        pool.acquire().await.unwrap().keep();
        pool.acquire().await.unwrap().keep();
        assert_eq!(pool.opened(), 1);
        pool.idle()[0].idle_since -= LONGEST_IDLE + Duration::from_secs(1);
        pool.acquire().await.unwrap().keep();
        assert_eq!((pool.opened(), pool.idle().len()), (2, 1));
    }

    #[tokio::test]
    async fn what_brought_nothing_since_a_lost_request_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let pool = Connections::new(Dialer::new(&kube::Config::new(server), None).unwrap(), 4);
        pool.open_ahead(2).await.unwrap();
        let asked = Instant::now();
        let answered = pool.acquire().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        answered.keep();
        pool.close_idle_since(asked);
        assert_eq!((pool.opened(), pool.idle().len()), (2, 1));
    }
}
