use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The certificates in a text, PEM; what else stands there does not count, as for Go.
pub(super) fn all(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// A client certificate with its chain and its key, of PEM.
///
/// # Errors
/// What it is instead, of which nothing is quoted: "a key that cannot be read".
pub(super) fn read(certificate: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, &'static str> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or("a certificate that cannot be read")?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "a key that cannot be read")?;
    let both = CertifiedKey::from_der(chain, key, &default_provider());
    both.map(Arc::new)
        .map_err(|_| "a certificate and a key that are not of one pair, or of a kind that TLS here has not")
}
