use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection};
use rustls::sign::CertifiedKey;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

use super::ClusterError;
use super::arrivals::Arrivals;
use super::authorization::basic;
use super::error::chain;
use super::stamped_tcp::{ARRIVALS, StampedTcp};
use super::tcp::connector;
use super::tls::{ClientCertificate, secured};
use agent_sandbox_common::clock;

/// A byte stream to the server, TLS and proxies included.
pub trait Stream: Connection + Read + Write + Unpin + Send {}
impl<T: Connection + Read + Write + Unpin + Send> Stream for T {}

impl Connection for Box<dyn Stream> {
    fn connected(&self) -> Connected {
        (**self).connected()
    }
}

/// Opens streams.
pub(crate) type Connector = BoxCloneSyncService<Uri, Box<dyn Stream>, BoxError>;

/// Opens connections to one server: TCP without Nagle's delay, through the configuration's proxy, TLS
/// with the server's identity checked unless the kubeconfig says otherwise.
#[derive(Clone)]
pub struct Dialer {
    connector: Connector,
    server: Uri,
    /// How requests go that a proxy forwards, one by one.
    forwarding: Option<Forwarding>,
    client: Option<ClientCertificate>,
}

/// A plain server behind an HTTP proxy: Go asks the proxy for the server's whole URL, and needs no tunnel.
#[derive(Debug, Clone, Default)]
pub(super) struct Forwarding {
    /// Who we are to the proxy.
    pub authorization: Option<HeaderValue>,
}

impl Dialer {
    /// A dialer for the server of `config`, to which each connection shows `client`.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`] for certificates that cannot be used or a proxy of an unknown kind.
    pub(super) fn new(config: &kube::Config, client: Option<ClientCertificate>) -> Result<Self, ClusterError> {
        let forwarding = Forwarding::of(config)?;
        let forwards = forwarding.is_some();
        let tcp = connector().map_response(move |stream| StampedTcp::new(stream, forwards));
        let connector = match &config.proxy_url {
            None => with_tls(config, client.clone(), tcp)?,
            Some(proxy) if forwards => {
                let proxy = proxy.clone();
                BoxCloneSyncService::new(with_tls(config, client.clone(), tcp)?.map_request(move |_| proxy.clone()))
            }
            Some(proxy) if proxy.scheme_str() == Some("socks5") => {
                with_tls(config, client.clone(), socks(proxy, tcp)?)?
            }
            Some(proxy) if proxy.scheme_str() == Some("http") => with_tls(config, client.clone(), tunnel(proxy, tcp)?)?,
            Some(proxy) if proxy.scheme_str() == Some("https") => {
                with_tls(config, client.clone(), tunnel(proxy, secured(config, client.clone(), tcp)?)?)?
            }
            Some(_) => return Err(unusable_proxy("is none of http, https and socks5")),
        };
        Ok(Self { connector, server: config.cluster_url.clone(), forwarding, client })
    }

    /// What opens streams to it, within the same time.
    pub(crate) fn connector(&self) -> Connector {
        let dialer = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |_| {
            let dialer = dialer.clone();
            async move { dialer.open().await.map_err(BoxError::from) }
        }))
    }

    /// How requests go that a proxy forwards; `None` where they go to the server itself.
    pub(super) fn forwarding(&self) -> Option<&Forwarding> {
        self.forwarding.as_ref()
    }

    /// The client certificate that new connections show at present, where a plugin gives it.
    pub(super) fn certificate(&self) -> Option<Arc<CertifiedKey>> {
        match &self.client {
            Some(ClientCertificate::Plugin(plugin)) => plugin.certificate(),
            _ => None,
        }
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
        Ok(Stamped { stream: ARRIVALS.scope(arrivals, self.open()).await?, first_write })
    }

    async fn open(&self) -> Result<Box<dyn Stream>, ClusterError> {
        let unreachable = |message: String| ClusterError::Unreachable { server: self.server.to_string(), message };
        let open = self.connector.clone().oneshot(self.server.clone());
        match tokio::time::timeout(Duration::from_secs(9), open).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(unreachable(chain(error.as_ref()))),
            Err(_) => Err(unreachable("no connection within 9s".into())),
        }
    }
}

impl Forwarding {
    fn of(config: &kube::Config) -> Result<Option<Self>, ClusterError> {
        let is_plain = config.cluster_url.scheme_str() == Some("http");
        let speaks_http = |proxy: &&Uri| matches!(proxy.scheme_str(), Some("http" | "https"));
        let Some(proxy) = config.proxy_url.as_ref().filter(|_| is_plain).filter(speaks_http) else { return Ok(None) };
        Ok(Some(Self { authorization: authorization(proxy)? }))
    }
}

/// Who we are to a proxy, where its address says so.
fn authorization(proxy: &Uri) -> Result<Option<HeaderValue>, ClusterError> {
    user_of(proxy).map(|(name, password)| basic(&[&name[..], &password[..]].join(&b':'))).transpose()
}

fn unusable_proxy(how: &str) -> ClusterError {
    ClusterError::Credentials(format!("the proxy {how}"))
}

/// User and password of a proxy's address, without escapes.
fn user_of(proxy: &Uri) -> Option<(Vec<u8>, Vec<u8>)> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect();
    Some((decoded(name), decoded(password)))
}

fn tunnel<C>(proxy: &Uri, inner: C) -> Result<Tunnel<C>, ClusterError> {
    let tunnel = Tunnel::new(proxy.clone(), inner);
    Ok(match authorization(proxy)? {
        Some(header) => tunnel.with_auth(header),
        None => tunnel,
    })
}

fn socks<C>(proxy: &Uri, inner: C) -> Result<SocksV5<C>, ClusterError> {
    let socks = SocksV5::new(proxy.clone(), inner);
    let Some((name, password)) = user_of(proxy) else { return Ok(socks) };
    let text = |bytes| String::from_utf8(bytes).ok().filter(|text| text.len() < 256);
    let (name, password) =
        text(name).zip(text(password)).ok_or_else(|| unusable_proxy("has a user that cannot be sent"))?;
    Ok(socks.with_auth(name, password))
}

fn with_tls<C>(
    config: &kube::Config,
    client: Option<ClientCertificate>,
    connector: C,
) -> Result<Connector, ClusterError>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let secure = secured(config, client, connector)?;
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
