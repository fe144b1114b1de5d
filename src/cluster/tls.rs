use std::sync::Arc;

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use kube::client::ConfigExt;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier, verify_server_name};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::ClusterError;
use super::error::chain;
use super::validity::Validity;

/// Shows a server who we are as each connection opens.
pub(super) type ClientCertificate = Arc<dyn ResolvesClientCert>;

/// `inner`, secured as the configuration says; `client` instead of its client certificate.
///
/// # Errors
/// [`ClusterError::Credentials`] for certificates that cannot be used.
pub(super) fn secured<C>(
    config: &kube::Config,
    client: Option<ClientCertificate>,
    inner: C,
) -> Result<HttpsConnector<C>, ClusterError> {
    let unusable = |error: &(dyn std::error::Error + 'static)| ClusterError::Credentials(chain(error));
    let mut basis = config.clone();
    let own = config.root_cert.as_ref().filter(|_| config.root_cert_file.is_none() && !config.accept_invalid_certs);
    if own.is_some() {
        // kube (5.0.0) refuses authorities that its verifier cannot use, though others beside them can be.
        basis.root_cert = Some(Vec::new());
    }
    let mut tls = basis.rustls_client_config().map_err(|error| unusable(&error))?;
    if let Some(authorities) = own {
        let verifier = Authorities::new(authorities).map_err(|error| unusable(&error))?;
        tls.dangerous().set_certificate_verifier(Arc::new(verifier));
    }
    if let Some(client) = client {
        tls.client_auth_cert_resolver = client;
        // A session that is resumed shows nothing: the server goes by the certificate of the first.
        tls.resumption = Resumption::disabled();
    }
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|error| unusable(&error))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_http1().wrap_connector(inner))
}

/// Checks a server by a kubeconfig's authorities, among which Go takes the server's own certificate too, whoever signed it.
/// rustls (webpki 0.103) takes no certificate for its own authority that another signed, nor one that is an authority.
#[derive(Debug)]
struct Authorities {
    listed: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl Authorities {
    fn new(listed: &[Vec<u8>]) -> Result<Self, rustls::client::VerifierBuilderError> {
        let listed: Vec<_> = listed.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(listed.iter().cloned());
        Ok(Self { chains: WebPkiServerVerifier::builder(Arc::new(roots)).build()?, listed })
    }
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.listed.contains(end_entity) {
            return self.chains.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
        match Validity::of(end_entity) {
            Some(validity) if validity.holds(now.as_secs()) => Ok(ServerCertVerified::assertion()),
            Some(validity) if now.as_secs() < validity.from => Err(CertificateError::NotValidYet.into()),
            Some(_) => Err(CertificateError::Expired.into()),
            None => Err(CertificateError::BadEncoding.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
