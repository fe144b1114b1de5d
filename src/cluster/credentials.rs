use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Request, Response};
use http_body_util::Empty;
use kube::client::ConfigExt;
use secrecy::{ExposeSecret, SecretString};
use tower::util::{BoxCloneSyncService, service_fn};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use super::ClusterError;
use super::error::chain;

/// The headers that prove who we are. kube's own layers make them (token files, exec plugins, impersonation); they are
/// made anew in the background, so that no measured request ever waits for a token.
#[derive(Clone)]
pub struct Credentials {
    headers: Arc<RwLock<HeaderMap>>,
    layers: BoxCloneSyncService<Request<Empty<Bytes>>, Response<()>, BoxError>,
    token_file: Option<PathBuf>,
}

impl Credentials {
    /// Makes the headers for the first time.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`] when a plugin or a token file fails.
    pub async fn new(config: &kube::Config) -> Result<Self, ClusterError> {
        let echo = service_fn(|request: Request<Empty<Bytes>>| async move {
            let mut response = Response::new(());
            *response.headers_mut() = request.headers().clone();
            Ok::<_, Infallible>(response)
        });
        let service = ServiceBuilder::new()
            .layer(authenticated(|| config.extra_headers_layer())?)
            .option_layer(authenticated(|| config.auth_layer())?)
            .map_err(BoxError::from)
            .service(echo);
        let layers = BoxCloneSyncService::new(service);
        let token_file = config.auth_info.token_file.as_ref().map(PathBuf::from);
        let this = Self { headers: Arc::default(), layers, token_file };
        this.refresh().await?;
        Ok(this)
    }

    /// Asks kube's layers again; they read a file or run a plugin only when what they hold is about to expire.
    ///
    /// # Errors
    /// [`ClusterError::Credentials`]; the old headers stay.
    pub async fn refresh(&self) -> Result<(), ClusterError> {
        let mut layers = self.layers.clone();
        let service = layers.ready().await.map_err(|error| ClusterError::Credentials(chain(error.as_ref())))?;
        let response = service.call(Request::new(Empty::new())).await;
        let response = response.map_err(|_| ClusterError::Credentials("the token cannot be renewed".into()))?;
        let mut made = response.headers().clone();
        if let Some(path) = &self.token_file {
            let unusable = |_| ClusterError::Credentials(format!("{} holds no token", path.display()));
            let header = HeaderValue::try_from(format!("Bearer {}", read_token(path)?.expose_secret()));
            let mut header = header.map_err(unusable)?;
            header.set_sensitive(true);
            made.insert(AUTHORIZATION, header);
        }
        if let Ok(mut headers) = self.headers.write() {
            *headers = made;
        }
        Ok(())
    }

    /// Adds the headers to a request's.
    pub fn apply(&self, to: &mut HeaderMap) {
        if let Ok(headers) = self.headers.read() {
            to.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }
}

/// The token in a file, without the white space around it, as client-go takes it.
pub(super) fn read_token(path: &Path) -> Result<SecretString, ClusterError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        ClusterError::Credentials(format!("cannot read the token file {}: {error}", path.display()))
    })?;
    Ok(SecretString::from(text.trim()))
}

/// What kube makes of the credentials. It panics over a plugin's token that no header can hold.
///
/// # Errors
/// [`ClusterError::Credentials`].
pub(super) fn authenticated<T>(make: impl FnOnce() -> kube::Result<T>) -> Result<T, ClusterError> {
    let answer = catch_unwind(AssertUnwindSafe(make)).map_err(|_| unusable_token())?;
    answer.map_err(|error| ClusterError::Credentials(describe_auth(&error)))
}

pub(super) fn unusable_token() -> ClusterError {
    ClusterError::Credentials("the token holds characters that no HTTP header can".into())
}

/// An authentication error in words, without what a plugin printed or was called with: either may hold a secret.
fn describe_auth(error: &kube::Error) -> String {
    use kube::client::AuthError;
    match error {
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
            format!("the credential plugin failed with {}; run it by hand to see why", out.status)
        }
        kube::Error::Auth(AuthError::AuthExecStart(source)) => format!("the credential plugin cannot be run: {source}"),
        kube::Error::Auth(AuthError::AuthExecParse(_)) => {
            "the credential plugin did not print an ExecCredential".into()
        }
        other => chain(other),
    }
}
