//! The way to a cluster: kubeconfig, credentials, and connections whose every delay is accounted for.

mod access;
mod arrivals;
mod authorization;
mod bounded;
mod client;
mod connections;
mod credentials;
mod dialer;
mod error;
mod kubeconfig;
mod labelled;
mod no_proxy;
mod notice;
pub(crate) mod object;
mod objects;
mod plain;
mod plugin;
mod proxy;
mod requester;
mod stamped_tcp;
mod tls;
mod validity;

pub use access::Access;
pub use arrivals::Arrivals;
pub use client::kube_client;
pub use connections::{Connections, Lease};
pub use credentials::Credentials;
pub use dialer::Dialer;
pub use error::ClusterError;
pub use labelled::Labelled;
pub use notice::tell_by;
pub(crate) use objects::Objects;
pub use plain::{PlainFailure, send_plain};
pub use requester::{Failure, Reply, Requester};
