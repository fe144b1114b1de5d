use bytes::Bytes;
use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::exec::MAX_OUTPUT;
use super::server::{Ask, SandboxServer, collect};
use crate::config::{HttpMethod, HttpRequest};
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// Sends a request to a server in the sandbox, and checks the answer's status and body.
pub(super) async fn http(server: &mut SandboxServer<'_>, request: &HttpRequest) -> Result<(), WorkloadFailure> {
    let ask = Ask {
        way: Way::Http,
        method: method(request.method),
        port: request.port,
        path: request.path.clone(),
        headers: headers(request)?,
        body: request.body.as_deref().map(|body| Bytes::copy_from_slice(body.as_bytes())).unwrap_or_default(),
    };
    server
        .send(&ask, async |answer| {
            let status = answer.status().as_u16();
            if !request.wants(status) {
                return Err(WorkloadFailure::Http(Way::Http, status));
            }
            let body = collect(Way::Http, answer.into_body(), MAX_OUTPUT, || ()).await?;
            let holds = |text: &str| String::from_utf8_lossy(&body).contains(text);
            let expected = request.expect.as_deref().is_none_or(holds);
            if expected { Ok(()) } else { Err(Way::Http.failed(WorkloadFault::WrongOutput)) }
        })
        .await
}

/// Its headers, which the configuration has checked.
fn headers(request: &HttpRequest) -> Result<HeaderMap, WorkloadFailure> {
    let fault = Way::Http.failed(WorkloadFault::Connect);
    let header = |(name, value): (&String, &String)| {
        let name = HeaderName::try_from(name).map_err(|_| fault)?;
        Ok((name, HeaderValue::try_from(value).map_err(|_| fault)?))
    };
    request.headers.iter().map(header).collect()
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    }
}
