use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use kube::client::Body as KubeBody;
use serde_json::Value;

use super::exec::MAX_OUTPUT;
use super::pod::pod_of;
use crate::cluster::{PlainFailure, send_plain};
use crate::config::{Via, Workload};
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// The body of an answer; an error is a connection that broke.
pub(super) type AnswerBody = UnsyncBoxBody<Bytes, ()>;

/// A request to a server in a sandbox.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// What it is sent for.
    pub way: Way,
    pub method: Method,
    pub port: u16,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The servers in a sandbox, reached as `workload.via` says.
pub(super) struct SandboxServer<'a> {
    pub workload: &'a Workload,
    /// To reach it through the API server.
    pub client: Option<&'a kube::Client>,
    pub namespace: &'a str,
    pub sandbox: &'a str,
    /// Address of its pod.
    pub pod_ip: Option<&'a str>,
    /// Name of its pod, once it is known to be another than that of its Sandbox.
    pub pod: &'a mut Option<String>,
}

impl SandboxServer<'_> {
    /// Sends it, and does `read` with the answer.
    pub async fn send<T>(
        &mut self,
        ask: &Ask,
        read: impl AsyncFnOnce(Response<AnswerBody>) -> Result<T, WorkloadFailure>,
    ) -> Result<T, WorkloadFailure> {
        match (self.workload.via, &self.workload.router) {
            (Via::ApiServer, _) => read(self.by_api_server(ask).await?).await,
            (Via::Router, Some(router)) => {
                let request = ask.request(&ask.path, self.routing(ask)?)?;
                plain(ask.way, (router.host.as_str(), router.port), request, read).await
            }
            (Via::Pod | Via::Router, _) => {
                let address = self.pod_ip.ok_or(ask.way.failed(WorkloadFault::NoPodIp))?;
                plain(ask.way, (address, ask.port), ask.request(&ask.path, HeaderMap::new())?, read).await
            }
        }
    }

    /// What the router finds the sandbox by.
    fn routing(&self, ask: &Ask) -> Result<HeaderMap, WorkloadFailure> {
        let port = ask.port.to_string();
        let named =
            [("x-sandbox-id", self.sandbox), ("x-sandbox-namespace", self.namespace), ("x-sandbox-port", &port)];
        let address = self.pod_ip.map(|address| ("x-sandbox-pod-ip", address));
        let headers = named.into_iter().chain(address).map(|(name, value)| {
            let value = HeaderValue::from_str(value).map_err(|_| ask.way.failed(WorkloadFault::Connect))?;
            Ok((HeaderName::from_static(name), value))
        });
        headers.collect()
    }

    /// Through `pods/proxy`. A pod that is not named as its Sandbox is named by the Sandbox's annotation.
    async fn by_api_server(&mut self, ask: &Ask) -> Result<Response<AnswerBody>, WorkloadFailure> {
        let client = self.client.ok_or(ask.way.failed(WorkloadFault::NoClient))?;
        let answer = self.proxied(client, ask).await?;
        if answer.status() != StatusCode::NOT_FOUND || self.pod.is_some() {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let body = collect(ask.way, body, MAX_OUTPUT, || ()).await?;
        if !is_no_pod(&body) {
            let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
            return Ok(Response::from_parts(head, body));
        }
        let pod = pod_of(client, self.namespace, self.sandbox).await;
        *self.pod = Some(pod.ok_or(ask.way.failed(WorkloadFault::NoPod))?);
        self.proxied(client, ask).await
    }

    async fn proxied(&self, client: &kube::Client, ask: &Ask) -> Result<Response<AnswerBody>, WorkloadFailure> {
        let pod = self.pod.as_deref().unwrap_or(self.sandbox);
        let Ask { port, path, .. } = ask;
        let path = format!("/api/v1/namespaces/{}/pods/{pod}:{port}/proxy{path}", self.namespace);
        let request = ask.request(&path, HeaderMap::new())?;
        let answer = client.send(request).await.map_err(|_| ask.way.failed(WorkloadFault::Connect))?;
        Ok(answer.map(|body| body.map_err(|_| ()).boxed_unsync()))
    }
}

impl Ask {
    fn request(&self, path: &str, more: HeaderMap) -> Result<Request<KubeBody>, WorkloadFailure> {
        let mut request = Request::new(KubeBody::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = path.parse().map_err(|_| self.way.failed(WorkloadFault::Connect))?;
        request.headers_mut().extend(self.headers.clone());
        request.headers_mut().extend(more);
        Ok(request)
    }
}

/// Whether the API server says that there is no such pod, and not a server in the pod that it has no such path.
fn is_no_pod(body: &[u8]) -> bool {
    let status: Value = serde_json::from_slice(body).unwrap_or_default();
    status["kind"] == "Status" && status["details"]["kind"] == "pods"
}

async fn plain<T>(
    way: Way,
    server: (&str, u16),
    request: Request<KubeBody>,
    read: impl AsyncFnOnce(Response<AnswerBody>) -> Result<T, WorkloadFailure>,
) -> Result<T, WorkloadFailure> {
    let answer = send_plain(server, request, async |response| {
        read(response.map(|body| body.map_err(|_| ()).boxed_unsync())).await
    });
    answer.await.map_err(|failure| {
        way.failed(match failure {
            PlainFailure::Connect => WorkloadFault::Connect,
            PlainFailure::Lost => WorkloadFault::ConnectionLost,
        })
    })?
}

/// All of an answer's body, up to `most` bytes; `first` is called with its first byte.
pub(super) async fn collect(
    way: Way,
    mut body: AnswerBody,
    most: usize,
    mut first: impl FnMut(),
) -> Result<Vec<u8>, WorkloadFailure> {
    let mut all = Vec::new();
    while let Some(data) = next(way, &mut body).await? {
        if all.is_empty() {
            first();
        }
        all.extend_from_slice(&data);
        if all.len() > most {
            return Err(way.failed(WorkloadFault::TooMuchOutput));
        }
    }
    Ok(all)
}

/// The next data of an answer; `None` at its end.
pub(super) async fn next(way: Way, body: &mut AnswerBody) -> Result<Option<Bytes>, WorkloadFailure> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|()| way.failed(WorkloadFault::ConnectionLost))?;
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// # Errors
/// Of an answer whose status is none of success.
pub(super) fn succeeded(way: Way, answer: &Response<AnswerBody>) -> Result<(), WorkloadFailure> {
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(WorkloadFailure::Http(way, status.as_u16())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_api_server_says_that_there_is_no_pod() {
        let status = |kind: &str| format!(r#"{{"kind": "Status", "code": 404, "details": {{"kind": "{kind}"}}}}"#);
        for (body, no_pod) in [
            (status("pods"), true),
            (status("sandboxes"), false),
            (r#"{"message": "File not found"}"#.into(), false),
            ("<html>".into(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_no_pod(body.as_bytes()), no_pod, "{body}");
        }
    }
}
