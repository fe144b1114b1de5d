use std::fmt;
use std::sync::Arc;

use agent_sandbox_common::yaml;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use rustls::sign::CertifiedKey;
use serde_json::Value;

use super::super::ClusterError;
use super::super::authorization::bearer;
use super::exec::ExecApiVersion;
use crate::cluster::certificate;

/// A credential is renewed so long before it expires, or for the last third of its time.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// What a plugin says.
pub(in crate::cluster) struct Credential {
    /// `Authorization`.
    pub header: Option<HeaderValue>,
    /// A client certificate and its key.
    pub certificate: Option<Arc<CertifiedKey>>,
    /// From when on it is to be renewed.
    renewed_from: Option<Timestamp>,
}

impl Credential {
    /// Reads what a plugin printed, JSON or YAML.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`], which quotes nothing of it.
    pub fn read(printed: &[u8], version: ExecApiVersion) -> Result<Self, ClusterError> {
        let wrong = |what: &str| ClusterError::Credentials(format!("the credential plugin {what}"));
        let text = std::str::from_utf8(printed).ok();
        let said = text.and_then(|text| yaml::read_first(text).ok()).filter(Value::is_object);
        let said = said.ok_or_else(|| wrong("did not print an ExecCredential"))?;
        if said["kind"] != "ExecCredential" {
            return Err(wrong("printed something else than an ExecCredential"));
        }
        if said["apiVersion"] != version.name() {
            return Err(wrong(&format!("answered in another version than the kubeconfig's, {}", version.name())));
        }
        let field = |name: &str| said["status"][name].as_str().filter(|text| !text.is_empty());
        let read = |certificate: &str, key: &str| {
            let read = certificate::read(certificate.as_bytes(), key.as_bytes());
            read.map_err(|what| wrong(&format!("gave {what}")))
        };
        let certificate = match (field("clientCertificateData"), field("clientKeyData")) {
            (Some(certificate), Some(key)) => Some(read(certificate, key)?),
            (None, None) => None,
            _ => return Err(wrong("gave a certificate or a key, but not both")),
        };
        let header = field("token").map(bearer).transpose()?;
        if header.is_none() && certificate.is_none() {
            return Err(wrong("gave neither a token nor a certificate with its key"));
        }
        let expires = field("expirationTimestamp").map(str::parse::<Timestamp>).transpose();
        let expires = expires.map_err(|_| wrong("gave an expirationTimestamp that is not a time"))?;
        Ok(Self { header, certificate, renewed_from: expires.map(renewed_from) })
    }

    pub fn expires_soon(&self) -> bool {
        self.renewed_from.is_some_and(|from| Timestamp::now() >= from)
    }
}

fn renewed_from(expires: Timestamp) -> Timestamp {
    let left = expires.duration_since(Timestamp::now()).max(SignedDuration::ZERO);
    expires.checked_sub(AHEAD.min(left / 3)).unwrap_or(expires)
}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        let chain = |it: &Self| it.certificate.as_ref().map(|certificate| certificate.cert.clone());
        self.header == other.header && chain(self) == chain(other)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("renewed_from", &self.renewed_from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(status: &Value) -> Result<Credential, String> {
        let said = json!({"kind": "ExecCredential", "apiVersion": ExecApiVersion::V1.name(), "status": status});
        Credential::read(said.to_string().as_bytes(), ExecApiVersion::V1).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_plugin_says_is_checked_and_not_quoted() {
        let later = (Timestamp::now() + SignedDuration::from_secs(30)).to_string();
        assert!(!read(&json!({"token": "a", "expirationTimestamp": later})).unwrap().expires_soon());
        assert!(read(&json!({"token": "a", "expirationTimestamp": "2001-01-01T00:00:00Z"})).unwrap().expires_soon());
        let yaml = "kind: ExecCredential\napiVersion: client.authentication.k8s.io/v1beta1\nstatus: {token: a}\n";
        assert!(Credential::read(yaml.as_bytes(), ExecApiVersion::V1Beta1).unwrap().header.is_some());
        for (wrong, words) in [
            (json!({}), "neither"),
            (json!({"clientKeyData": "secret"}), "but not both"),
            (json!({"token": "secret\n"}), "no HTTP header"),
            (json!({"token": "secret", "expirationTimestamp": "secret"}), "not a time"),
        ] {
            let error = read(&wrong).unwrap_err();
            assert!(error.contains(words) && !error.contains("secret"), "{error}");
        }
        for wrong in ["secret", "{", "\u{feff}", "kind: Secret", yaml] {
            let error = Credential::read(wrong.as_bytes(), ExecApiVersion::V1).unwrap_err().to_string();
            assert!(error.contains("the credential plugin") && !error.contains("secret"), "{error}");
        }
    }
}
