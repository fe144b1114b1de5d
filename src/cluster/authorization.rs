use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use super::ClusterError;

/// `Authorization` of a token.
///
/// # Errors
/// [`ClusterError::Credentials`] for what no header can hold.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, ClusterError> {
    sensitive(format!("Bearer {token}"))
}

/// `Authorization`, or `Proxy-Authorization`, of `name:password`.
///
/// # Errors
/// As [`bearer`].
pub(super) fn basic(user: &[u8]) -> Result<HeaderValue, ClusterError> {
    sensitive(format!("Basic {}", STANDARD.encode(user)))
}

fn sensitive(text: String) -> Result<HeaderValue, ClusterError> {
    let header = HeaderValue::try_from(text);
    let mut header =
        header.map_err(|_| ClusterError::Credentials("the token holds characters that no HTTP header can".into()))?;
    header.set_sensitive(true);
    Ok(header)
}
