use std::error::Error as StdError;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::authorities::{Authorities, AuthorityFile, Shown};

/// Checks who a server is, as a configuration says.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Trust {
    /// `insecure-skip-tls-verify`.
    Anyone,
    /// Who the authorities of a kubeconfig signed,
    Listed(Authorities),
    /// or those of a pod's service account,
    File(AuthorityFile),
    /// or those of the system.
    System(rustls_platform_verifier::Verifier),
}

impl Verifier {
    /// The verifier for the server of `config`.
    ///
    /// # Errors
    /// For authorities that cannot be used.
    pub fn new(config: &kube::Config) -> Result<Arc<Self>, Box<dyn StdError + Send + Sync>> {
        let provider = ring::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let trust = if config.accept_invalid_certs {
            Trust::Anyone
        } else if let Some(path) = &config.root_cert_file {
            Trust::File(AuthorityFile::open(path.clone())?)
        } else if let Some(listed) = &config.root_cert {
            Trust::Listed(Authorities::new(listed.iter().map(|der| der.clone().into()).collect())?)
        } else {
            Trust::System(rustls_platform_verifier::Verifier::new(Arc::new(provider))?)
        };
        Ok(Arc::new(Self { trust, algorithms }))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Shown { certificate, intermediates, name, ocsp, now };
        match &self.trust {
            Trust::Anyone => Ok(ServerCertVerified::assertion()),
            Trust::Listed(authorities) => authorities.check(&shown),
            Trust::File(file) => file.current().check(&shown),
            Trust::System(system) => system.verify_server_cert(certificate, intermediates, name, ocsp, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls12_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
