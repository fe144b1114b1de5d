use agent_sandbox_common::api::RUNTIME_PORT;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Response};
use serde::Deserialize;

use super::exec::{MAX_OUTPUT, expect};
use super::server::{AnswerBody, Ask, SandboxServer, collect, succeeded};
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

/// Sends the command to the runtime's `POST /execute`. Stamps the first byte of the answer's body, unless one is stamped
/// already.
pub(super) async fn execute(
    server: &mut SandboxServer<'_>,
    command: &Command,
    clock: &RunClock,
    first_output: &mut Option<i64>,
) -> Result<(), WorkloadFailure> {
    let ask = Ask {
        way: Way::Execute,
        method: Method::POST,
        port: RUNTIME_PORT,
        path: "/execute".into(),
        headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
        body: serde_json::json!({ "command": command.text }).to_string().into(),
    };
    let answer = server.send(&ask, async |answer| read(answer, clock, first_output).await).await?;
    check(&answer, command.expect.as_deref())
}

async fn read(
    answer: Response<AnswerBody>,
    clock: &RunClock,
    first_output: &mut Option<i64>,
) -> Result<Vec<u8>, WorkloadFailure> {
    succeeded(Way::Execute, &answer)?;
    let first = || {
        first_output.get_or_insert_with(|| clock.now());
    };
    collect(Way::Execute, answer.into_body(), MAX_OUTPUT, first).await
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
    use crate::config::{Router, Via, Workload};

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
        let done = run(port, &command, &mut first).await;
        (done, first, served.await.unwrap())
    }

    /// By a router that is the runtime itself.
    async fn run(port: u16, command: &Command, first: &mut Option<i64>) -> Result<(), WorkloadFailure> {
        let router = Some(Router { host: "127.0.0.1".into(), port });
        let workload = Workload { via: Via::Router, router, ..Workload::default() };
        let (namespace, sandbox, pod_ip) = ("team", "box", Some("10.0.0.1"));
        let mut server =
            SandboxServer { workload: &workload, client: None, namespace, sandbox, pod_ip, pod: &mut None };
        execute(&mut server, command, &RunClock::default(), first).await
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
        for header in
            ["x-sandbox-id: box", "x-sandbox-namespace: team", "x-sandbox-port: 8888", "x-sandbox-pod-ip: 10.0.0.1"]
        {
            assert!(asked.contains(&format!("\r\n{header}\r\n")), "{asked}");
        }
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
        let gone = run(1, &Command::default(), &mut None).await;
        assert_eq!(gone, Err(Way::Execute.failed(WorkloadFault::Connect)));
    }
}
