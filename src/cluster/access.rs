use std::path::Path;
use std::sync::Arc;

use http::Uri;
use rustls::sign::CertifiedKey;

use super::credentials::{Identity, Proof};
use super::error::chain;
use super::tls::ClientCertificate;
use super::{ClusterError, Credentials, Dialer, kubeconfig, proxy};

/// A cluster, and who we are there. Nothing has been contacted yet, and no plugin was run.
#[derive(Debug, Clone)]
pub struct Access {
    /// Address, authorities and proxy; kube takes no credentials from here.
    server: kube::Config,
    /// What connections show of us.
    certificate: Option<Arc<CertifiedKey>>,
    identity: Identity,
}

impl Access {
    /// Of a context of a kubeconfig. `path` absent: `$KUBECONFIG`, else `~/.kube/config`, as kubectl does; `context` absent:
    /// the file's current context. Callers pass at least one of the two: nothing is implied.
    ///
    /// # Errors
    /// [`ClusterError::NoKubeconfig`], [`ClusterError::Kubeconfig`] and [`ClusterError::Context`].
    pub fn from_kubeconfig(path: Option<&Path>, context: Option<&str>) -> Result<Self, ClusterError> {
        Self::of(kubeconfig::load(path, context)?).by_environment()
    }

    /// Of the pod this runs in.
    ///
    /// # Errors
    /// [`ClusterError::Kubeconfig`] when this is no pod.
    pub fn in_cluster() -> Result<Self, ClusterError> {
        let path = "of the pod's service account".to_owned();
        let server = kube::Config::incluster();
        let mut server = server.map_err(|error| ClusterError::Kubeconfig { path, message: chain(&error) })?;
        let token_file = std::mem::take(&mut server.auth_info).token_file;
        let proof = token_file.map_or(Proof::None, |path| Proof::TokenFile { path: path.into(), token: None });
        Self { server, certificate: None, identity: Identity { proof, ..Identity::default() } }.by_environment()
    }

    /// By a kubeconfig's text, of a server on this machine: no proxy stands between.
    ///
    /// # Errors
    /// [`ClusterError::Kubeconfig`].
    pub fn local(kubeconfig: &str) -> Result<Self, ClusterError> {
        Ok(Self::of(kubeconfig::parse(kubeconfig)?))
    }

    /// For any server, without credentials: downloads.
    ///
    /// # Errors
    /// [`ClusterError::Environment`].
    pub(crate) fn anonymous(server: Uri) -> Result<Self, ClusterError> {
        Self { server: kube::Config::new(server), certificate: None, identity: Identity::default() }.by_environment()
    }

    fn of(entry: kubeconfig::Entry) -> Self {
        Self { server: entry.server, certificate: entry.certificate, identity: entry.identity }
    }

    /// Through the environment's proxy, where the kubeconfig names none.
    fn by_environment(mut self) -> Result<Self, ClusterError> {
        if self.server.proxy_url.is_none() {
            let found = proxy::of_environment(&self.server.cluster_url, |name| std::env::var(name).ok());
            self.server.proxy_url = found.map_err(ClusterError::Environment)?;
        }
        Ok(self)
    }

    /// Address, authorities and proxy.
    pub(super) fn server(&self) -> &kube::Config {
        &self.server
    }

    /// Whether the server's certificate is not checked.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.server.accept_invalid_certs
    }

    /// What proves who we are, made ready.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`].
    pub async fn credentials(&self) -> Result<Credentials, ClusterError> {
        Credentials::new(&self.identity).await
    }

    /// What opens connections.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`].
    pub async fn dialer(&self) -> Result<Dialer, ClusterError> {
        let mut client = self.certificate.clone().map(ClientCertificate::Fixed);
        if let Proof::Plugin(plugin) = &self.identity.proof
            && plugin.credential().await?.certificate.is_some()
        {
            client = Some(ClientCertificate::Plugin(Arc::clone(plugin)));
        }
        Dialer::new(&self.server, client)
    }
}
