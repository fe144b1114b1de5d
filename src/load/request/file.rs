use agent_sandbox_common::api::RUNTIME_PORT;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Response};

use super::server::{AnswerBody, Ask, SandboxServer, next, succeeded};
use crate::config::FilePath;
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// Ends the parts of an upload; content that holds it by chance is as likely as two equal random numbers of 128 bits.
const BOUNDARY: &str = "agent-sandbox-bench-1f6b0e5c9a2d4783b15e7c60f49a8d23";

/// Writes a file through the runtime's `POST /upload`.
pub(super) async fn write_file(
    server: &mut SandboxServer<'_>,
    path: &FilePath,
    content: &Bytes,
) -> Result<(), WorkloadFailure> {
    let way = Way::WriteFile;
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        path.relative()
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let form = HeaderValue::from_str(&format!("multipart/form-data; boundary={BOUNDARY}"));
    let form = form.map_err(|_| way.failed(WorkloadFault::Connect))?;
    let ask = Ask {
        way,
        method: Method::POST,
        port: RUNTIME_PORT,
        path: "/upload".into(),
        headers: HeaderMap::from_iter([(CONTENT_TYPE, form)]),
        body: [head.as_bytes(), content, tail.as_bytes()].concat().into(),
    };
    server.send(&ask, async |answer| read_to_end(way, answer).await).await
}

/// The runtime has written the file once its answer is whole.
async fn read_to_end(way: Way, answer: Response<AnswerBody>) -> Result<(), WorkloadFailure> {
    succeeded(way, &answer)?;
    let mut body = answer.into_body();
    while next(way, &mut body).await?.is_some() {}
    Ok(())
}

/// Reads a file through the runtime's `GET /download`, and compares each byte with what is expected.
pub(super) async fn read_file(
    server: &mut SandboxServer<'_>,
    path: &FilePath,
    expected: &[u8],
) -> Result<(), WorkloadFailure> {
    let way = Way::ReadFile;
    let ask = Ask {
        way,
        method: Method::GET,
        port: RUNTIME_PORT,
        path: format!("/download/{}", path.relative()),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    server.send(&ask, async |answer| compare(way, answer, expected).await).await
}

/// As it arrives, so that a large file needs no memory.
async fn compare(way: Way, answer: Response<AnswerBody>, expected: &[u8]) -> Result<(), WorkloadFailure> {
    succeeded(way, &answer)?;
    let (mut body, mut left) = (answer.into_body(), expected);
    while let Some(data) = next(way, &mut body).await? {
        left = left.strip_prefix(&*data).ok_or(way.failed(WorkloadFault::WrongContent))?;
    }
    if left.is_empty() { Ok(()) } else { Err(way.failed(WorkloadFault::WrongContent)) }
}
