use std::path::Path;

use rustls_pki_types::pem::PemObject;

use super::file::Data;
use crate::cluster::certificate;
use crate::files::read_regular;

/// OID of the curve P-521, DER.
const P_521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

/// The bytes of a field that is a file or the data itself; none where it is neither.
pub(super) fn bytes(path: &Path, data: &Data) -> Result<Option<Vec<u8>>, String> {
    if !data.0.is_empty() {
        return Ok(Some(data.0.clone()));
    }
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = read_regular(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(Some(text.into_bytes()))
}

/// The certificates of authorities, DER.
pub(super) fn authorities(path: &Path, data: &Data) -> Result<Option<Vec<Vec<u8>>>, String> {
    let Some(bytes) = bytes(path, data)? else { return Ok(None) };
    let found: Vec<_> = certificate::all(&bytes).iter().map(|certificate| certificate.to_vec()).collect();
    if found.is_empty() { Err("holds no certificate".into()) } else { Ok(Some(found)) }
}

/// Whether a key, PEM or DER, is on a curve that no TLS here can use.
pub(super) fn is_on_p_521(key: &[u8]) -> bool {
    let der = rustls_pki_types::PrivateKeyDer::from_pem_slice(key);
    der.is_ok_and(|key| key.secret_der().windows(P_521.len()).any(|part| part == P_521))
}
