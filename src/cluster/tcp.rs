//! TCP, and when its bytes arrived: the kernel's, or memory where time is made up.

#[cfg(feature = "made-up")]
pub(super) use agent_sandbox_made_up::Stream as TcpStream;
pub(super) use kind::{connect, connector};
pub(super) use stamp::{enable, receive};
#[cfg(not(feature = "made-up"))]
pub(super) use tokio::net::TcpStream;

#[cfg(not(feature = "made-up"))]
mod kind {
    use std::io;
    use std::time::Duration;

    use hyper_util::client::legacy::connect::HttpConnector;

    use super::TcpStream;

    /// What opens connections to the host of a URL, without Nagle's delay.
    pub fn connector() -> HttpConnector {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(8)));
        tcp
    }

    /// Opens one.
    pub async fn connect(server: (&str, u16)) -> io::Result<TcpStream> {
        TcpStream::connect(server).await
    }
}

#[cfg(feature = "made-up")]
mod kind {
    use std::io;
    use std::net::{IpAddr, Ipv4Addr};

    use http::Uri;
    use hyper_util::rt::TokioIo;
    use tower::Service;

    use super::TcpStream;

    /// What opens connections to the address of a URL. There are no names here.
    pub fn connector()
    -> impl Service<Uri, Response = TokioIo<TcpStream>, Error = io::Error, Future = impl Send + 'static>
    + Clone
    + Send
    + Sync
    + 'static {
        tower::service_fn(|uri: Uri| async move {
            let port = uri.port_u16().unwrap_or(80);
            connect((uri.host().unwrap_or_default(), port)).await.map(TokioIo::new)
        })
    }

    /// Opens one.
    pub async fn connect((host, port): (&str, u16)) -> io::Result<TcpStream> {
        let address = host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        agent_sandbox_made_up::connect((address, port).into()).await
    }
}

#[cfg(all(target_os = "linux", not(feature = "made-up")))]
mod stamp {
    use std::io::{self, IoSliceMut};
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt::ReceiveTimestampns};
    use nix::sys::time::TimeSpec;
    use tokio::io::Interest;

    use super::TcpStream;

    /// Asks the kernel to stamp what arrives. Where it does not, reads carry no stamp, and are bounded.
    pub fn enable(tcp: &TcpStream) {
        let _ = setsockopt(tcp, ReceiveTimestampns, &true);
    }

    /// Reads, and says when the last byte arrived, in ns since the epoch.
    pub fn receive(tcp: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<i64>)> {
        tcp.try_io(Interest::READABLE, || {
            let mut space = nix::cmsg_space!(TimeSpec);
            let mut slices = [IoSliceMut::new(into)];
            let message = recvmsg::<()>(tcp.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::empty())?;
            let stamp = message.cmsgs()?.find_map(|control| match control {
                ControlMessageOwned::ScmTimestampns(at) => Some(at.tv_sec() * 1_000_000_000 + at.tv_nsec()),
                _ => None,
            });
            Ok((message.bytes, stamp))
        })
    }
}

#[cfg(all(not(target_os = "linux"), not(feature = "made-up")))]
mod stamp {
    use std::io;

    use super::TcpStream;

    /// No stamps here: what is read is bounded by the reads before it.
    pub fn enable(_: &TcpStream) {}

    /// Reads.
    pub fn receive(tcp: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<i64>)> {
        Ok((tcp.try_read(into)?, None))
    }
}

#[cfg(feature = "made-up")]
mod stamp {
    use std::io;

    use agent_sandbox_common::clock::wall_ns;

    use super::TcpStream;

    /// Stamps are always there.
    pub fn enable(_: &TcpStream) {}

    /// Reads, and says when the last byte arrived, in ns since the epoch.
    pub fn receive(tcp: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<i64>)> {
        let (count, ago) = tcp.try_read(into)?;
        Ok((count, Some(wall_ns() - ago.as_nanos() as i64)))
    }
}
