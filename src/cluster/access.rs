use std::path::Path;

use http::HeaderValue;
use kube::client::ClientBuilder;
use kube::config::KubeConfigOptions;
use secrecy::ExposeSecret;

use super::ClusterError;
use super::bounded::Bounds;
use super::credentials::{authenticated, read_token, unusable_token};
use super::error::chain;
use super::kubeconfig::{self, describe};

/// The configuration of a context of a kubeconfig. `path` absent: `$KUBECONFIG`, else `~/.kube/config`, as kubectl
/// does; `context` absent: the file's current context. Callers pass at least one of the two: nothing is implied.
///
/// # Errors
/// [`ClusterError::Kubeconfig`] and [`ClusterError::Context`].
pub async fn from_kubeconfig(path: Option<&Path>, context: Option<&str>) -> Result<kube::Config, ClusterError> {
    let shown = path.map_or_else(|| "$KUBECONFIG or ~/.kube/config".to_owned(), |path| path.display().to_string());
    let refuse = |message: String| ClusterError::Kubeconfig { path: shown.clone(), message };
    let kubeconfig = kubeconfig::read(path).map_err(refuse)?;
    let Some(name) = context.or(kubeconfig.current_context.as_deref()).map(ToOwned::to_owned) else {
        return Err(refuse("has no current context, and --context is not given".into()));
    };
    if !kubeconfig.contexts.iter().any(|known| known.name == name) {
        let known: Vec<_> = kubeconfig.contexts.iter().map(|known| known.name.as_str()).collect();
        return Err(ClusterError::Context { path: shown, context: name, known: known.join(", ") });
    }
    let options = KubeConfigOptions { context: Some(name), ..KubeConfigOptions::default() };
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
    ready(config.map_err(|error| refuse(describe(&error)))?)
}

/// The configuration of the pod this runs in.
///
/// # Errors
/// [`ClusterError::Kubeconfig`] when this is no pod.
pub fn in_cluster() -> Result<kube::Config, ClusterError> {
    let path = "of the pod's service account".to_owned();
    ready(kube::Config::incluster().map_err(|error| ClusterError::Kubeconfig { path, message: chain(&error) })?)
}

/// A client for what is not measured: checks, installing, exec. What it reads of an answer is bounded.
///
/// # Errors
/// [`ClusterError::Credentials`].
pub async fn kube_client(config: &kube::Config) -> Result<kube::Client, ClusterError> {
    let config = config.clone();
    Ok(authenticated(move || ClientBuilder::try_from(config)).await?.with_layer(&Bounds).build())
}

/// kube retries 429, 503 and 504 by default, which would hide the server's pushback from a measurement; and it sends a
/// token file's last line feed along, which no header can hold. client-go does neither.
fn ready(mut config: kube::Config) -> Result<kube::Config, ClusterError> {
    config.default_retry = false;
    if let (None, Some(path)) = (&config.auth_info.token, &config.auth_info.token_file) {
        config.auth_info.token = Some(read_token(Path::new(path))?);
    }
    if config.auth_info.token.as_ref().is_some_and(|token| HeaderValue::from_str(token.expose_secret()).is_err()) {
        return Err(unusable_token());
    }
    Ok(config)
}
