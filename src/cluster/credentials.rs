use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

use super::ClusterError;
use super::authorization::bearer;
use super::plugin::{Credential, Plugin};
use crate::files::read_regular;

/// Who we are to a server.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    pub proof: Proof,
    /// Headers of who we act as.
    pub acts_as: HeaderMap,
}

/// What proves it, beside a client certificate of the kubeconfig.
#[derive(Debug, Clone, Default)]
pub(super) enum Proof {
    #[default]
    None,
    /// A token, or a name and a password.
    Header(HeaderValue),
    /// A file that holds a token, renewed by somebody else; the other token counts while it cannot be read.
    TokenFile { path: PathBuf, token: Option<HeaderValue> },
    /// What a plugin says.
    Plugin(Arc<Plugin>),
}

/// The headers that prove who we are. They are made anew in the background, so that no measured request ever waits for a
/// token that expires in time. Copies share them.
#[derive(Clone)]
pub struct Credentials {
    identity: Arc<Identity>,
    held: Arc<RwLock<Held>>,
}

/// What proves it at present.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Held {
    header: Option<HeaderValue>,
    /// What the plugin said, where there is one.
    credential: Option<Arc<Credential>>,
}

impl Credentials {
    /// Makes the headers for the first time.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`] when a plugin or a token file fails.
    pub(super) async fn new(identity: &Identity) -> Result<Self, ClusterError> {
        let this = Self { identity: Arc::new(identity.clone()), held: Arc::default() };
        this.refresh().await?;
        Ok(this)
    }

    /// Reads the token file again, and runs the plugin where what it said expires soon.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`]; the old headers stay.
    pub async fn refresh(&self) -> Result<(), ClusterError> {
        let held = match &self.identity.proof {
            Proof::None => Held::default(),
            Proof::Header(header) => Held { header: Some(header.clone()), credential: None },
            Proof::TokenFile { path, token } => {
                let read = header_of_file(path).await;
                let header = read.or_else(|error| token.clone().ok_or(error))?;
                Held { header: Some(header), credential: None }
            }
            Proof::Plugin(plugin) => Held::of(plugin.credential().await?),
        };
        self.hold(held);
        Ok(())
    }

    /// Whether there is another proof than `refused`, which the server took for none: made anew now, or by somebody else
    /// meanwhile.
    pub(super) async fn renew(&self, refused: &Held) -> bool {
        if self.held() == *refused {
            match (&self.identity.proof, &refused.credential) {
                (Proof::Plugin(plugin), Some(credential)) => {
                    if let Ok(other) = plugin.instead_of(credential).await {
                        self.hold(Held::of(other));
                    }
                }
                (Proof::TokenFile { .. }, _) => drop(self.refresh().await),
                _ => {}
            }
        }
        self.held() != *refused
    }

    /// Adds the headers to a request's.
    pub fn apply(&self, to: &mut HeaderMap) {
        if let Some(header) = self.held().header {
            to.insert(AUTHORIZATION, header);
        }
        for (name, value) in &self.identity.acts_as {
            to.append(name.clone(), value.clone());
        }
    }

    /// What proves it at present.
    pub(super) fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: Held) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

impl Held {
    fn of(credential: Arc<Credential>) -> Self {
        Self { header: credential.header.clone(), credential: Some(credential) }
    }
}

async fn header_of_file(path: &Path) -> Result<HeaderValue, ClusterError> {
    let file = path.to_owned();
    let token = spawn_blocking(move || read_token(&file)).await;
    let token = token.map_err(|_| ClusterError::Credentials("the token file was not read".into()))??;
    bearer(token.expose_secret()).map_err(|_| ClusterError::Credentials(format!("{} holds no token", path.display())))
}

/// The token in a file, without the white space around it, as client-go takes it.
fn read_token(path: &Path) -> Result<SecretString, ClusterError> {
    let text = read_regular(path).map_err(|error| {
        ClusterError::Credentials(format!("cannot read the token file {}: {error}", path.display()))
    })?;
    Ok(SecretString::from(text.trim()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_token_file_without_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "secret\n").unwrap();
        assert_eq!(read_token(&path).unwrap().expose_secret(), "secret");
        assert!(read_token(Path::new("/dev/zero")).unwrap_err().to_string().contains("no regular file"));
        fs::File::create(&path).unwrap().set_len(crate::files::LARGEST + 1).unwrap();
        assert!(read_token(&path).unwrap_err().to_string().contains("larger than 64 MiB"));
    }

    #[tokio::test]
    async fn a_refused_token_is_read_again_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "first\n").unwrap();
        let mut acts_as = HeaderMap::new();
        acts_as.append("impersonate-group", HeaderValue::from_static("a"));
        acts_as.append("impersonate-group", HeaderValue::from_static("b"));
        let proof = Proof::TokenFile { path: path.clone(), token: None };
        let credentials = Credentials::new(&Identity { proof, acts_as }).await.unwrap();
        let sent = || {
            let mut headers = HeaderMap::new();
            credentials.apply(&mut headers);
            headers
        };
        let (first, proof) = (sent(), credentials.held());
        assert_eq!(first.get_all("impersonate-group").iter().count(), 2);
        assert!(!credentials.renew(&proof).await, "the file holds the same");
        fs::write(&path, "second\n").unwrap();
        assert!(credentials.renew(&proof).await);
        assert_eq!(sent()[AUTHORIZATION], "Bearer second");
        fs::remove_file(&path).unwrap();
        assert!(credentials.renew(&proof).await, "somebody else has renewed it");
    }
}
