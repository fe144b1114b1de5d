use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Request, Response};
use http_body_util::Empty;
use kube::client::ConfigExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tower::util::{BoxCloneSyncService, service_fn};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use super::ClusterError;
use super::error::chain;
use crate::files::read_regular;

/// How long a plugin is waited for: somebody may have to log in.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(300);

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
        let owned = config.clone();
        let (headers, auth) = authenticated(move || Ok((owned.extra_headers_layer()?, owned.auth_layer()?))).await?;
        let service = ServiceBuilder::new().layer(headers).option_layer(auth).map_err(BoxError::from).service(echo);
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
        let answer = timeout(PLUGIN_TIMEOUT, service.call(Request::new(Empty::new()))).await;
        let answer = answer.map_err(|_| unanswered(PLUGIN_TIMEOUT))?;
        let response = answer.map_err(|_| ClusterError::Credentials("the token cannot be renewed".into()))?;
        let mut made = response.headers().clone();
        if let Some(path) = &self.token_file {
            let unusable = |_| ClusterError::Credentials(format!("{} holds no token", path.display()));
            let file = path.clone();
            let token = spawn_blocking(move || read_token(&file)).await;
            let token = token.map_err(|_| ClusterError::Credentials("the token file was not read".into()))??;
            let header = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
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
    let text = read_regular(path).map_err(|error| {
        ClusterError::Credentials(format!("cannot read the token file {}: {error}", path.display()))
    })?;
    Ok(SecretString::from(text.trim()))
}

/// What kube makes of the credentials. It may run a plugin, and panics over a plugin's token that no header can hold.
///
/// # Errors
/// [`ClusterError::Credentials`].
pub(super) async fn authenticated<T: Send + 'static>(
    make: impl FnOnce() -> kube::Result<T> + Send + 'static,
) -> Result<T, ClusterError> {
    within(PLUGIN_TIMEOUT, make).await
}

async fn within<T: Send + 'static>(
    limit: Duration,
    make: impl FnOnce() -> kube::Result<T> + Send + 'static,
) -> Result<T, ClusterError> {
    let (sender, ended) = oneshot::channel();
    // A thread that no end of a runtime waits for: kube gives us no way to end a plugin.
    let thread = thread::Builder::new().name("credentials".into()).spawn(move || drop(sender.send(make())));
    thread.map_err(|error| ClusterError::Credentials(format!("no thread to make them ready: {error}")))?;
    let answer = timeout(limit, ended).await.map_err(|_| unanswered(limit))?;
    answer.map_err(|_| unusable_token())?.map_err(|error| ClusterError::Credentials(describe_auth(&error)))
}

fn unanswered(limit: Duration) -> ClusterError {
    ClusterError::Credentials(format!("no answer from the credential plugin within {} s", limit.as_secs()))
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_plugin_is_not_waited_for_for_ever() {
        let (never, answer) = mpsc::channel::<()>();
        let error = within(Duration::from_millis(10), move || Ok(answer.recv())).await.unwrap_err();
        assert!(error.to_string().contains("no answer from the credential plugin"), "{error}");
        drop(never);
    }

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
}
