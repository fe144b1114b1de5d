use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::certificate;
use super::validity::Validity;
use crate::files::read_regular;

/// As kube: a projected volume is written anew when an authority is replaced.
const RELOAD_EVERY: Duration = Duration::from_secs(60);

/// What a server shows of itself.
pub(super) struct Shown<'a> {
    pub certificate: &'a CertificateDer<'a>,
    pub intermediates: &'a [CertificateDer<'a>],
    pub name: &'a ServerName<'a>,
    pub ocsp: &'a [u8],
    pub now: UnixTime,
}

/// Checks a server by a list of authorities, among which Go takes the server's own certificate too, whoever signed it.
/// rustls (webpki 0.103) takes no certificate for its own authority that another signed, nor one that is an authority.
#[derive(Debug)]
pub(super) struct Authorities {
    listed: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl Authorities {
    /// Those, DER; which cannot be used does no harm to the others.
    ///
    /// # Errors
    /// Where none can be used.
    pub fn new(listed: Vec<CertificateDer<'static>>) -> Result<Self, rustls::client::VerifierBuilderError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(listed.iter().cloned());
        Ok(Self { chains: WebPkiServerVerifier::builder(Arc::new(roots)).build()?, listed })
    }

    /// # Errors
    /// What is wrong with the server's certificate.
    pub fn check(&self, shown: &Shown<'_>) -> Result<ServerCertVerified, Error> {
        let Shown { certificate, intermediates, name, ocsp, now } = *shown;
        if !self.listed.contains(certificate) {
            return self.chains.verify_server_cert(certificate, intermediates, name, ocsp, now);
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        match Validity::of(certificate) {
            Some(validity) if validity.holds(now.as_secs()) => Ok(ServerCertVerified::assertion()),
            Some(validity) if now.as_secs() < validity.from => Err(CertificateError::NotValidYet.into()),
            Some(_) => Err(CertificateError::Expired.into()),
            None => Err(CertificateError::BadEncoding.into()),
        }
    }
}

/// The authorities of a file, read anew as time goes on; the last that could be read stay.
#[derive(Debug)]
pub(super) struct AuthorityFile {
    path: PathBuf,
    held: RwLock<(Arc<Authorities>, Instant)>,
}

impl AuthorityFile {
    /// # Errors
    /// For a file that cannot be read, or that holds no authority.
    pub fn open(path: PathBuf) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let held = RwLock::new((Arc::new(read(&path)?), Instant::now()));
        Ok(Self { path, held })
    }

    /// What holds at present.
    pub fn current(&self) -> Arc<Authorities> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if held.1.elapsed() < RELOAD_EVERY {
            return Arc::clone(&held.0);
        }
        drop(held);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.1.elapsed() >= RELOAD_EVERY {
            if let Ok(fresh) = read(&self.path) {
                held.0 = Arc::new(fresh);
            }
            held.1 = Instant::now();
        }
        Arc::clone(&held.0)
    }
}

fn read(path: &Path) -> Result<Authorities, Box<dyn StdError + Send + Sync>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let text = read_regular(path).map_err(named)?;
    Ok(Authorities::new(certificate::all(text.as_bytes()))?)
}
