use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::tls::TlsError;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The truth's file cannot be written.
    #[error("cannot write the truth to {path}: {source}")]
    Truth {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The log of requests cannot be written.
    #[error("cannot write the requests to {path}: {source}")]
    RequestLog {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No threads could be started.
    #[error("cannot start the simulator's threads: {0}")]
    Threads(#[source] io::Error),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(TlsError),
}
