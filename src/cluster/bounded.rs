use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use http::{Method, Request, Response};
use http_body_util::Limited;
use tower::{Layer, Service};

/// A list of all pods of a large cluster is smaller.
const LONGEST_READ: usize = 256 << 20;
/// What answers a write is an object, or a verdict.
const LONGEST_VERDICT: usize = 4 << 20;

/// Bounds what is read of each answer: a server that never ends one must not cost the machine its memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds;

impl<S> Layer<S> for Bounds {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded(inner)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Bounded<S>(S);

impl<S, Q, A> Service<Request<Q>> for Bounded<S>
where
    S: Service<Request<Q>, Response = Response<A>>,
    S::Future: Send + 'static,
{
    type Response = Response<Limited<A>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let most = if request.method() == Method::GET { LONGEST_READ } else { LONGEST_VERDICT };
        self.0.call(request).map_ok(move |answer| answer.map(|body| Limited::new(body, most))).boxed()
    }
}
