use std::sync::Arc;

use agent_sandbox_common::api::RUNTIME_PORT;
use agent_sandbox_common::clock::monotonic_ns;
use http::{Method, Request, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Answer, RequestBody};
use super::context::Context;
use super::exec::{command_in, sandbox_of};
use super::multipart;
use super::status::Failure;
use crate::files::{FILES_LIMIT, PodFiles};
use crate::store::{Object, is_ready, truth_uid};
use crate::truth::RuntimeTruth;

/// An upload may be larger than its file by the frame of its form.
const FRAME: usize = 64 << 10;

/// A request that was passed on to a pod.
pub struct Passed {
    pub pod: Arc<Object>,
    pub port: u16,
    /// Path without query, as it was sent.
    pub path: String,
    pub request: Request<RequestBody>,
    /// When its head was read.
    pub received_ns: i64,
}

/// Answers as the runtime of a sandbox does, which serves port 8888 of its pod. Its base directory is `/`.
///
/// # Errors
/// Why it cannot be reached.
pub async fn answer(context: &Arc<Context>, passed: Passed) -> Result<Answer, String> {
    let Passed { pod, port, path, request, received_ns } = passed;
    if !is_ready(&pod) || port != RUNTIME_PORT {
        return Err(format!("dial tcp {}:{port}: connect: connection refused", pod.metadata.name));
    }
    let sandbox = sandbox_of(context, &pod);
    let path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    let method = request.method().clone();
    let done = serve(context, &pod, &sandbox, &path, request).await;
    let Served { answer, file_bytes } = done.unwrap_or_else(|failure| message(failure.code, &failure.message));
    let (answered_ns, status) = (monotonic_ns(), answer.status().as_u16());
    let truth = RuntimeTruth { received_ns, answered_ns, method: method.to_string(), path, status, file_bytes };
    context.truth.runtime_answered(&truth_uid(&sandbox), truth);
    Ok(answer)
}

struct Served {
    answer: Answer,
    file_bytes: Option<usize>,
}

async fn serve(
    context: &Arc<Context>,
    pod: &Arc<Object>,
    sandbox: &Arc<Object>,
    path: &str,
    request: Request<RequestBody>,
) -> Result<Served, Failure> {
    let files = context.files_of(pod, sandbox);
    let (name, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let method = request.method().clone();
    Ok(match (&method, name, rest) {
        (&Method::GET, "", "") => json(&json!({ "status": "ok", "message": "Sandbox Runtime is active." })),
        (&Method::POST, "execute", "") => execute(context, pod, request).await?,
        (&Method::POST, "upload", "") => upload(&files, request).await?,
        (&Method::GET, "download", path) => download(&files, path),
        (&Method::GET, "list", path) => list(&files, path),
        (&Method::GET, "exists", path) => {
            let exists = files.read(path).is_some() || !files.list(path).is_empty();
            json(&json!({ "path": path, "exists": exists }))
        }
        (_, "" | "execute" | "upload" | "download" | "list" | "exists", _) => {
            message(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        }
        _ => message(StatusCode::NOT_FOUND, "Not Found"),
    })
}

#[derive(Deserialize)]
struct Asked {
    command: String,
}

async fn execute(context: &Arc<Context>, pod: &Arc<Object>, request: Request<RequestBody>) -> Result<Served, Failure> {
    let body = body::read(request.into_body()).await?;
    let Ok(Asked { command }) = serde_json::from_slice(&body) else {
        return Ok(message(StatusCode::UNPROCESSABLE_ENTITY, "the body is no {\"command\": ...}"));
    };
    let command = command_in(context, pod, &["sh".into(), "-c".into(), command]);
    tokio::time::sleep(command.takes).await;
    command.ended(context, (!command.output.is_empty()).then(monotonic_ns));
    Ok(json(&json!({ "stdout": command.output, "stderr": "", "exit_code": command.exit_code })))
}

async fn upload(files: &PodFiles<'_>, request: Request<RequestBody>) -> Result<Served, Failure> {
    let form = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let form = form.to_owned();
    let body = body::read_up_to(FILES_LIMIT + FRAME, request.into_body()).await?;
    let Some(file) = multipart::file(&form, &body) else {
        return Ok(message(StatusCode::UNPROCESSABLE_ENTITY, "the body is no form with one file"));
    };
    let bytes = file.content.len();
    if files.write(&file.name, file.content).is_err() {
        let text = format!("File upload failed: the files of a sandbox hold {FILES_LIMIT} bytes at most");
        return Ok(message(StatusCode::INSUFFICIENT_STORAGE, &text));
    }
    let done = message(StatusCode::OK, &format!("File '{}' uploaded successfully.", file.name));
    Ok(Served { file_bytes: Some(bytes), ..done })
}

fn download(files: &PodFiles<'_>, path: &str) -> Served {
    let Some(content) = files.read(path) else { return message(StatusCode::NOT_FOUND, "File not found") };
    let file_bytes = Some(content.len());
    Served { answer: body::bytes("application/octet-stream", content), file_bytes }
}

fn list(files: &PodFiles<'_>, path: &str) -> Served {
    let entries: Vec<Value> = files
        .list(path)
        .into_iter()
        .map(|(name, size)| {
            let kind = if size.is_some() { "file" } else { "directory" };
            json!({ "name": name, "size": size.unwrap_or_default(), "type": kind, "mod_time": 0.0 })
        })
        .collect();
    if entries.is_empty() && !path.is_empty() {
        return message(StatusCode::NOT_FOUND, "Path is not a directory");
    }
    json(&entries.into())
}

fn json(value: &Value) -> Served {
    Served { answer: body::json(StatusCode::OK, value), file_bytes: None }
}

fn message(code: StatusCode, text: &str) -> Served {
    Served { answer: body::json(code, &json!({ "message": text })), file_bytes: None }
}
