use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt};
use tower::{BoxError, Layer, Service, ServiceExt};

use super::bounded::Bounds;
use super::{Access, ClusterError, Credentials, PROGRAM};

/// A client for what is not measured: checks, installing, exec. It connects as what is measured does, and proves who we
/// are with the same credentials; what it reads of an answer is bounded.
///
/// # Errors
/// [`ClusterError::Credentials`].
pub async fn kube_client(access: &Access) -> Result<kube::Client, ClusterError> {
    let dialer = access.dialer().await?;
    let connector = dialer.connector();
    let proxy_authorization = dialer.forwarding().and_then(|it| it.authorization.clone());
    // A connection that is kept would go on showing a certificate that the plugin has replaced.
    let kept = if dialer.certificate().is_some() { 0 } else { usize::MAX };
    let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(kept).build::<_, Body>(connector);
    let server = access.server().base_uri_layer().layer(http);
    let service = Bounds.layer(Authenticated { server, credentials: access.credentials().await?, proxy_authorization });
    Ok(kube::Client::new(service, access.server().default_namespace.clone()))
}

/// Proves who we are with each request, and once more with what replaces a refused credential.
#[derive(Clone)]
struct Authenticated<S> {
    server: S,
    credentials: Credentials,
    /// Who we are to a proxy that forwards.
    proxy_authorization: Option<HeaderValue>,
}

impl<S, E> Service<Request<Body>> for Authenticated<S>
where
    S: Service<Request<Body>, Response = Response<Incoming>, Error = E> + Clone + Send + 'static,
    S::Future: Send,
    E: Into<BoxError> + Send,
{
    type Response = Response<Incoming>;
    type Error = E;
    type Future = BoxFuture<'static, Result<Response<Incoming>, E>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.server.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Self { mut server, credentials, proxy_authorization } = self.clone();
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(PROGRAM));
        request.headers_mut().extend(proxy_authorization.map(|value| (PROXY_AUTHORIZATION, value)));
        async move {
            let (again, proof) = (copy(&request), credentials.held());
            credentials.apply(request.headers_mut());
            let answer = server.ready().await?.call(request).await?;
            if answer.status() != StatusCode::UNAUTHORIZED || !credentials.renew(&proof).await {
                return Ok(answer);
            }
            let Some(mut again) = again else { return Ok(answer) };
            credentials.apply(again.headers_mut());
            server.ready().await?.call(again).await
        }
        .boxed()
    }
}

/// The same request once more; `None` where its body can be read but once.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
