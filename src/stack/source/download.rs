use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, LOCATION, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::client::Body;
use tokio::time::timeout;

use crate::cluster::{Access, PROGRAM};

/// Larger than any manifest; a runaway answer stops here.
const LIMIT: usize = 32 << 20;
const REDIRECTS: usize = 5;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Gets the whole of `url`: HTTPS checked against the system's roots, through the environment's proxy, redirects
/// followed. The error says what to do when there is no network.
pub(super) async fn get(url: &str) -> Result<Bytes, String> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let step =
            timeout(REQUEST_TIMEOUT, get_once(&url)).await.unwrap_or_else(|_| Err("no answer within 30 s".into()));
        match step.map_err(|message| format!("{url}: {message}"))? {
            Step::Body(body) => return Ok(body),
            Step::Redirect(next) => url = next,
        }
    }
    Err(format!("{url}: more than {REDIRECTS} redirects"))
}

enum Step {
    Body(Bytes),
    Redirect(String),
}

async fn get_once(url: &str) -> Result<Step, String> {
    let uri: Uri = url.parse().map_err(|_| "is no URL".to_owned())?;
    let request = Request::get(&uri)
        .header(USER_AGENT, PROGRAM)
        .header(ACCEPT, "application/vnd.github+json, */*")
        .body(Body::empty())
        .map_err(|error| error.to_string())?;
    let response = send(&uri, request).await?;
    let status = response.status();
    if status.is_redirection() {
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).ok_or("a redirect to nowhere")?;
        return Ok(Step::Redirect(absolute(&uri, to)));
    }
    if !status.is_success() {
        return Err(format!("the server answered {status}"));
    }
    let body = Limited::new(response.into_body(), LIMIT).collect().await.map_err(|error| error.to_string())?;
    Ok(Step::Body(body.to_bytes()))
}

async fn send(uri: &Uri, request: Request<Body>) -> Result<http::Response<hyper::body::Incoming>, String> {
    const OFFLINE: &str = "without a network, name a local folder in stack.manifest_ref";
    // TLS and proxy are the system's, as for any cluster.
    let dialer = Access::anonymous(uri.clone()).map_err(|error| error.to_string())?.dialer().await;
    let connector = dialer.map_err(|error| error.to_string())?.connector();
    let answer = Client::builder(TokioExecutor::new()).build(connector).request(request).await;
    answer.map_err(|error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let causes = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        format!("{error}: {causes}; {OFFLINE}")
    })
}

fn absolute(base: &Uri, to: &str) -> String {
    match (to.starts_with('/'), base.scheme_str(), base.authority()) {
        (true, Some(scheme), Some(authority)) => format!("{scheme}://{authority}{to}"),
        _ => to.to_owned(),
    }
}
