use std::sync::Arc;

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::ServerName;

use super::ClusterError;
use super::error::chain;
use super::plugin::Plugin;
use super::verifier::Verifier;

/// What shows a server who we are as a connection opens.
#[derive(Clone)]
pub(super) enum ClientCertificate {
    /// The same for each connection.
    Fixed(Arc<CertifiedKey>),
    /// What the plugin said last.
    Plugin(Arc<Plugin>),
}

/// `inner`, secured as the configuration says.
///
/// kube's own `rustls_client_config` would add 0.3 MB to the wheel: its exec plugins, and the `JSONPath` and regular
/// expressions of its auth providers. Nothing of that is used here.
///
/// # Errors
/// [`ClusterError::Credentials`] for certificates that cannot be used.
pub(super) fn secured<C>(
    config: &kube::Config,
    client: Option<ClientCertificate>,
    inner: C,
) -> Result<HttpsConnector<C>, ClusterError> {
    let unusable = |error: &(dyn std::error::Error + 'static)| ClusterError::Credentials(chain(error));
    let verifier = Verifier::new(config).map_err(|error| unusable(&*error))?;
    let builder = ClientConfig::builder().dangerous().with_custom_certificate_verifier(verifier);
    let tls = match client {
        None => builder.with_no_client_auth(),
        Some(ClientCertificate::Fixed(key)) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key))),
        Some(ClientCertificate::Plugin(plugin)) => {
            let mut tls = builder.with_client_cert_resolver(plugin);
            // A session that is resumed shows nothing: the server goes by the certificate of the first.
            tls.resumption = Resumption::disabled();
            tls
        }
    };
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|error| unusable(&error))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_http1().wrap_connector(inner))
}
