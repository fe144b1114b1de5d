//! Where connections come from: the kernel, or memory where time is made up.

#[cfg(feature = "made-up")]
pub use agent_sandbox_made_up::{Listener as TcpListener, Stream as TcpStream};
pub use kind::{bind, listen_on};
#[cfg(not(feature = "made-up"))]
pub use tokio::net::{TcpListener, TcpStream};

#[cfg(not(feature = "made-up"))]
mod kind {
    use std::io;
    use std::net::SocketAddr;

    use socket2::SockRef;

    /// Listens. As many connections may wait to be accepted as the kernel allows by default. The standard library asks for
    /// 128. A client that opens more at once would wait a second until its SYN is sent again.
    pub fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
        let listener = std::net::TcpListener::bind(address)?;
        SockRef::from(&listener).listen(4096)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// Gives it to the runtime that this is called in.
    pub fn listen_on(listener: std::net::TcpListener) -> io::Result<super::TcpListener> {
        super::TcpListener::from_std(listener)
    }
}

#[cfg(feature = "made-up")]
mod kind {
    use std::io;
    use std::net::SocketAddr;

    use super::TcpListener;

    /// Listens.
    pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address)
    }

    /// It listens already.
    #[expect(clippy::unnecessary_wraps, reason = "as a listener of the kernel is given to a runtime")]
    pub fn listen_on(listener: TcpListener) -> io::Result<TcpListener> {
        Ok(listener)
    }
}
