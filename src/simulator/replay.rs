use std::time::Duration;

use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Either, Full};

use super::cluster::Cluster;
use super::http::{Answer, RequestBody, answer};
use super::processes::Processes;
use super::requests::Requests;
use super::truth::Truth;
use super::{Installed, Nodes, Settings};

/// A request without a connection.
#[derive(Debug, Clone, Copy)]
pub struct Replayed<'a> {
    /// Such as `PATCH`.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The header of that name; none where it is empty.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The controllers work so long after each request, in made-up time.
const WORK: Duration = Duration::from_secs(5);
/// Most steps: a Job or a pool may want more pods than an hour makes.
const STEPS: usize = 300;
/// How long the end of an answer is waited for: a watch has none.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(5);

/// Gives the requests one after the other to a small cluster of their own, and lets its controllers work on each: for
/// the fuzzer. A request that HTTP cannot carry has no status.
///
/// # Panics
/// Where the simulator does: it must not, whatever it is sent.
#[must_use]
pub fn replay(requests: &[Replayed]) -> Vec<Option<StatusCode>> {
    let settings = Settings { seed: Some(1), refill: 10.0, nodes: Nodes { count: 2, pods: 50 }, ..Settings::default() };
    let installed = Installed { replicas: 2, ..Installed::default() };
    let truth = Truth::new(None, true).expect("no file is opened");
    let record = Requests::new(None).expect("no file is opened");
    let processes = Processes::new(Vec::new(), String::new(), None);
    let Cluster { context, mut controllers, .. } = Cluster::new(settings, &installed, truth, record, processes);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("no file is opened");
    let status = |request: &Replayed| {
        let answer = runtime.block_on(async {
            let answer = answer(context.clone(), request.to_http()?).await.ok()?;
            Some(read(answer).await)
        });
        controllers.work_for(WORK, STEPS);
        answer
    };
    requests.iter().map(status).collect()
}

impl Replayed<'_> {
    fn to_http(self) -> Option<Request<RequestBody>> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        if !self.content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, self.content_type);
        }
        request.body(Either::Right(Full::new(self.body.to_vec().into()))).ok()
    }
}

async fn read(answer: Answer) -> StatusCode {
    let (head, body) = answer.into_parts();
    let _ = tokio::time::timeout(ANSWER_TIMEOUT, body.collect()).await;
    head.status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_object_can_be_written_back() {
        let exported = |value: &str| {
            format!(
                r#"{{"apiVersion":"v1","kind":"ConfigMap","data":{{"x":"{value}"}},"metadata":{{"name":"a","managedFields":[
                {{"manager":"m","operation":"Update","fieldsType":"FieldsV1","fieldsV1":{{"f:data":{{".":{{}},"f:x":{{}}}}}}}}]}}}}"#
            )
        };
        let path = "/api/v1/namespaces/default/configmaps";
        let (first, second) = (exported("1"), exported("2"));
        let post = Replayed { method: "POST", path, content_type: "application/json", body: first.as_bytes() };
        let path = "/api/v1/namespaces/default/configmaps/a";
        let put = Replayed { method: "PUT", path, body: second.as_bytes(), ..post };
        let get = Replayed { method: "GET", path, content_type: "", body: b"" };
        assert_eq!(replay(&[post, put, get]), [Some(StatusCode::CREATED), Some(StatusCode::OK), Some(StatusCode::OK)]);
    }
}
