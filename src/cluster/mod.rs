//! The way to a cluster: kubeconfig, credentials, and connections whose every delay is accounted for.

mod access;
mod arrivals;
mod bounded;
mod connections;
mod credentials;
mod dialer;
mod error;
mod installation;
mod kubeconfig;
mod labelled;
mod merge;
pub(crate) mod object;
mod objects;
mod plain;
mod requester;
mod stamped_tcp;

pub use access::{from_kubeconfig, in_cluster, kube_client};
pub use arrivals::Arrivals;
pub use connections::{Connections, Lease};
pub use credentials::Credentials;
pub use dialer::Dialer;
pub use error::ClusterError;
pub(crate) use installation::{crd, installation};
pub use labelled::Labelled;
pub(crate) use merge::merge;
pub(crate) use objects::Objects;
pub use plain::{PlainFailure, send_plain};
pub use requester::{Failure, Reply, Requester};
