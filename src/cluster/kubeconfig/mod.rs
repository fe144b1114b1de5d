//! Kubeconfigs as kubectl takes them: what client-go accepts is accepted, what it refuses is refused with the field's name.
//! kube (5.0.0) reads them by other rules; `docs/decisions/kubeconfig.md` says which.

mod check;
mod file;
mod pem;
mod read;
mod server;
mod user;

use std::path::Path;
use std::sync::Arc;

use agent_sandbox_common::suggest::{did_you_mean, listed, nearest};

use rustls::sign::CertifiedKey;

use super::ClusterError;
use super::credentials::Identity;
use check::Wrong;
use file::{Context, Kubeconfig};

/// Who may be asked for in no context: client-go's empty names.
const NOBODY: &str = "";

/// What a context stands for.
pub(super) struct Entry {
    /// Address, authorities, and the proxy where the kubeconfig names one.
    pub server: kube::Config,
    /// What connections show of us.
    pub certificate: Option<Arc<CertifiedKey>>,
    /// Who we are there.
    pub identity: Identity,
}

/// A cluster and who we are there, by a context of a kubeconfig; `path` absent: what kubectl reads.
///
/// # Errors
/// [`ClusterError::NoKubeconfig`], [`ClusterError::Kubeconfig`] and [`ClusterError::Context`].
pub(super) fn load(path: Option<&Path>, context: Option<&str>) -> Result<Entry, ClusterError> {
    let shown = path.map_or_else(|| "$KUBECONFIG or ~/.kube/config".to_owned(), |path| path.display().to_string());
    let refuse = |message: String| ClusterError::Kubeconfig { path: shown.clone(), message };
    if let Some(file) = read::absent(path) {
        return Err(ClusterError::NoKubeconfig { path: file.display().to_string() });
    }
    let kubeconfig = read::read(path).map_err(refuse)?;
    let name = context.or(kubeconfig.current_context.as_deref());
    let Some(context) = name.and_then(|name| kubeconfig.contexts.get(name)) else {
        let got = name.map_or("nothing, and there is no current context".into(), |name| format!("\"{name}\""));
        return Err(ClusterError::Context { path: shown, got, known: known(&kubeconfig, name.unwrap_or_default()) });
    };
    entry(&kubeconfig, context).map_err(|wrong| refuse(wrong.to_string()))
}

/// The contexts there are, and the one that `name` was meant to be.
fn known(kubeconfig: &Kubeconfig, name: &str) -> String {
    let names: Vec<&str> = kubeconfig.contexts.keys().map(String::as_str).collect();
    let meant = did_you_mean(nearest(name, names.iter().copied()));
    if names.is_empty() { "none, as it has no contexts".into() } else { listed(&names, name) + &meant }
}

/// The names of the contexts of a kubeconfig, `path` as in [`load`]; none of one that cannot be read.
#[must_use]
pub(crate) fn contexts(path: Option<&Path>) -> Vec<String> {
    read::read(path).map_or_else(|_| Vec::new(), |kubeconfig| kubeconfig.contexts.into_keys().collect())
}

/// The same by a text, of its current context.
///
/// # Errors
/// [`ClusterError::Kubeconfig`].
pub(super) fn parse(text: &str) -> Result<Entry, ClusterError> {
    let refuse = |message: String| ClusterError::Kubeconfig { path: "of the simulator".into(), message };
    let kubeconfig = read::parse(text, Path::new("")).map_err(refuse)?;
    let context = kubeconfig.current_context.as_ref().and_then(|name| kubeconfig.contexts.get(name));
    let context = context.ok_or_else(|| refuse("has no current context".into()))?;
    entry(&kubeconfig, context).map_err(|wrong| refuse(wrong.to_string()))
}

fn entry(kubeconfig: &Kubeconfig, context: &Context) -> Result<Entry, Wrong> {
    let cluster = kubeconfig.clusters.get(&context.cluster);
    let cluster = cluster.ok_or_else(|| Wrong::absent("cluster", &context.cluster))?;
    let nobody = file::User::default();
    let user = match kubeconfig.users.get(&context.user) {
        None if context.user == NOBODY => &nobody,
        user => user.ok_or_else(|| Wrong::absent("user", &context.user))?,
    };
    check::cluster(&context.cluster, cluster)?;
    check::user(&context.user, user)?;
    let mut server = server::of(&context.cluster, cluster)?;
    if !context.namespace.is_empty() {
        server.default_namespace.clone_from(&context.namespace);
    }
    let certificate = user::certificate(&context.user, user)?;
    Ok(Entry { server, certificate, identity: user::identity(&context.user, user, cluster)? })
}
