use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde::Deserialize;

use super::exec::{MAX_OUTPUT, expect};
use crate::cluster::{PlainFailure, send_plain};
use crate::config::Command;
use crate::load::clock::RunClock;
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// What the runtime answers.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    exit_code: i64,
}

/// Sends the command to the runtime's `POST /execute` at a pod's own address, on a connection of its own. Stamps the
/// first byte of the answer's body, unless one is stamped already.
pub(crate) async fn execute(
    server: (&str, u16),
    command: &Command,
    clock: &RunClock,
    first_output: &mut Option<i64>,
) -> Result<(), WorkloadFailure> {
    let body = serde_json::json!({ "command": command.text }).to_string();
    let request = Request::post("/execute")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| Way::Execute.failed(WorkloadFault::Connect))?;
    let answer = send_plain(server, request, async |response| read(response, clock, first_output).await).await;
    let answer = answer.map_err(|failure| {
        Way::Execute.failed(match failure {
            PlainFailure::Connect => WorkloadFault::Connect,
            PlainFailure::Lost => WorkloadFault::ConnectionLost,
        })
    })?;
    check(&answer?, command.expect.as_deref())
}

async fn read(
    response: Response<Incoming>,
    clock: &RunClock,
    first_output: &mut Option<i64>,
) -> Result<Bytes, WorkloadFailure> {
    if !response.status().is_success() {
        return Err(WorkloadFailure::Http(Way::Execute, response.status().as_u16()));
    }
    let mut body = response.into_body();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Way::Execute.failed(WorkloadFault::ConnectionLost))?;
        if let Some(data) = frame.data_ref().filter(|data| !data.is_empty()) {
            first_output.get_or_insert_with(|| clock.now());
            all.extend_from_slice(data);
        }
        if all.len() > MAX_OUTPUT {
            return Err(Way::Execute.failed(WorkloadFault::TooMuchOutput));
        }
    }
    Ok(all.freeze())
}

fn check(body: &[u8], expected: Option<&str>) -> Result<(), WorkloadFailure> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Way::Execute.failed(WorkloadFault::NoAnswer))?;
    match answer.exit_code {
        0 => expect(expected, Way::Execute, (answer.stdout + &answer.stderr).as_bytes()),
        code => Err(WorkloadFailure::Exit(Way::Execute, code)),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A runtime that answers one request.
    async fn ask(answer: &str) -> (Result<(), WorkloadFailure>, Option<i64>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = answer.to_owned();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"}") {
                assert!(stream.read_buf(&mut asked).await.unwrap() > 0);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(asked).unwrap()
        });
        let (mut first, command) = (None, Command { text: "echo hi".into(), expect: Some("hi".into()) });
        let done = execute(("127.0.0.1", port), &command, &RunClock::default(), &mut first).await;
        (done, first, served.await.unwrap())
    }

    fn json(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn sends_the_command_and_stamps_the_answer() {
        let (done, first, asked) = ask(&json(r#"{"stdout": "hi\n", "stderr": "", "exit_code": 0}"#)).await;
        assert_eq!(done, Ok(()));
        assert!(first.is_some());
        assert!(asked.starts_with("POST /execute HTTP/1.1\r\n") && asked.ends_with(r#"{"command":"echo hi"}"#));
    }

    #[tokio::test]
    async fn says_what_went_wrong() {
        for (answer, reason) in [
            (json(r#"{"stdout": "", "stderr": "no", "exit_code": 3}"#), "execute_exit_3"),
            (json(r#"{"stdout": "", "stderr": "", "exit_code": 0}"#), "execute_no_output"),
            (json(r#"{"stdout": "ho\n", "stderr": "", "exit_code": 0}"#), "execute_wrong_output"),
            (json("<html>"), "execute_no_answer"),
            ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".into(), "execute_http_503"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".into(), "execute_connection_lost"),
            (json(&"x".repeat(MAX_OUTPUT + 1)), "execute_too_much_output"),
        ] {
            assert_eq!(ask(&answer).await.0.unwrap_err().to_string(), reason);
        }
        let gone = execute(("127.0.0.1", 1), &Command::default(), &RunClock::default(), &mut None).await;
        assert_eq!(gone, Err(Way::Execute.failed(WorkloadFault::Connect)));
    }
}
