use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use kube::client::ConfigExt;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

use super::ClusterError;
use super::arrivals::Arrivals;
use super::error::chain;
use super::stamped_tcp::{ARRIVALS, StampedTcp};
use agent_sandbox_common::clock;

/// A byte stream to the server, TLS and proxies included.
pub trait Stream: Read + Write + Unpin + Send {}
impl<T: Read + Write + Unpin + Send> Stream for T {}

/// Opens connections to one server: TCP without Nagle's delay, through a proxy where the kubeconfig names one, TLS
/// with the server's identity checked unless the kubeconfig says otherwise.
#[derive(Clone)]
pub struct Dialer {
    connector: BoxCloneSyncService<Uri, Box<dyn Stream>, BoxError>,
    server: Uri,
}

impl Dialer {
    /// A dialer for the server of `config`.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`] for certificates that cannot be used or a proxy of an unknown kind.
    pub fn new(config: &kube::Config) -> Result<Self, ClusterError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(8)));
        let tcp = tcp.map_response(StampedTcp::new);
        let connector = match &config.proxy_url {
            None => with_tls(config, tcp)?,
            Some(proxy) if proxy.scheme_str() == Some("socks5") => with_tls(config, SocksV5::new(proxy.clone(), tcp))?,
            Some(proxy) if proxy.scheme_str() == Some("http") => with_tls(config, tunnel(proxy, tcp)?)?,
            Some(proxy) if proxy.scheme_str() == Some("https") => {
                let secure = config.rustls_https_connector_with_connector(tcp).map_err(|error| unusable(&error))?;
                with_tls(config, tunnel(proxy, secure)?)?
            }
            Some(_) => return Err(ClusterError::Credentials("proxy-url is none of http, https and socks5".into())),
        };
        Ok(Self { connector, server: config.cluster_url.clone() })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Uri {
        &self.server
    }

    /// Opens a connection, TLS included. `first_write` is set to the instant of the first byte written after it was 0;
    /// `arrivals` notes what is read.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`].
    pub async fn dial(&self, first_write: Arc<AtomicI64>, arrivals: Arrivals) -> Result<Stamped, ClusterError> {
        let unreachable = |message: String| ClusterError::Unreachable { server: self.server.to_string(), message };
        let open = ARRIVALS.scope(arrivals, self.connector.clone().oneshot(self.server.clone()));
        match tokio::time::timeout(Duration::from_secs(9), open).await {
            Ok(Ok(stream)) => Ok(Stamped { stream, first_write }),
            Ok(Err(error)) => Err(unreachable(chain(error.as_ref()))),
            Err(_) => Err(unreachable("no connection within 9s".into())),
        }
    }
}

fn unusable(error: &kube::Error) -> ClusterError {
    ClusterError::Credentials(chain(error))
}

fn tunnel<C>(proxy: &Uri, inner: C) -> Result<Tunnel<C>, ClusterError> {
    let tunnel = Tunnel::new(proxy.clone(), inner);
    let Some((user, _)) = proxy.authority().and_then(|authority| authority.as_str().split_once('@')) else {
        return Ok(tunnel);
    };
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(user).collect();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, decoded);
    let header = HeaderValue::try_from(format!("Basic {encoded}"));
    let header = header.map_err(|_| ClusterError::Credentials("the user of proxy-url cannot be sent".into()))?;
    Ok(tunnel.with_auth(header))
}

fn with_tls<C>(
    config: &kube::Config,
    connector: C,
) -> Result<BoxCloneSyncService<Uri, Box<dyn Stream>, BoxError>, ClusterError>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let secure = config.rustls_https_connector_with_connector(connector).map_err(|error| unusable(&error))?;
    Ok(BoxCloneSyncService::new(secure.map_response(|stream| Box::new(stream) as Box<dyn Stream>)))
}

/// A stream that notes when its first byte goes out: the instant a request is really sent.
pub struct Stamped {
    stream: Box<dyn Stream>,
    first_write: Arc<AtomicI64>,
}

impl Stamped {
    /// Writes by `write`. The instant is taken before: a busy machine may run the server before it runs us again.
    fn stamp(
        &mut self,
        write: impl FnOnce(Pin<&mut dyn Stream>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let first = self.first_write.load(Ordering::Relaxed) == 0;
        let before = if first { clock::monotonic_ns() } else { 0 };
        let written = write(Pin::new(&mut *self.stream));
        if first && matches!(written, Poll::Ready(Ok(_))) {
            self.first_write.store(before, Ordering::Release);
        }
        written
    }
}

impl Read for Stamped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_read(cx, buffer)
    }
}

impl Write for Stamped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stamp(|stream| stream.poll_write(cx, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stamp(|stream| stream.poll_write_vectored(cx, slices))
    }
}
