use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::api::key;
use agent_sandbox_common::clock::monotonic_ns;
use futures::{SinkExt, StreamExt};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::body::{Answer, RequestBody};
use super::context::{Call, Context};
use super::log;
use super::status::Failure;
use super::websocket::{self, Protocols, Socket};
use crate::kinds::SANDBOXES;
use crate::store::{Key, Object, is_ready};
use crate::truth::ExecTruth;

/// Protocols in the order the server prefers them; v5 adds a message for the end of stdin.
const PROTOCOLS: Protocols = Protocols::FirstOf(&["v5.channel.k8s.io", "v4.channel.k8s.io"]);
const STDOUT: u8 = 1;
const ERROR: u8 = 3;

/// `pods/exec` over a websocket: runs the modelled command.
pub fn exec(context: &Arc<Context>, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    let pod = context.store.lock().get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    log::container(call, &pod)?;
    if !is_ready(&pod) {
        let message = format!("container not found in pod {:?}", call.name());
        return Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message));
    }
    let command: Vec<String> = call.query.all("command").into_iter().map(Into::into).collect();
    if command.is_empty() {
        return Err(Failure::bad_request("you must specify at least 1 command for the container"));
    }
    let (model, fault) = (&context.exec, context.faults.on_exec());
    let command = Command {
        claim: claim_of(context, &pod),
        received_ns: monotonic_ns(),
        takes: Duration::from(model.duration) + fault.late,
        output: model.output.clone().unwrap_or_else(|| echo(&command)),
        exit_code: fault.exit_code.unwrap_or(model.exit_code),
    };
    let context = context.clone();
    websocket::accept(request, PROTOCOLS, move |socket| async move {
        // An error here is a client that left early, which ends the command.
        let _ = run(socket, &command, &context).await;
    })
}

/// A command as it will go.
struct Command {
    /// The claim whose sandbox it is run in, by its uid.
    claim: Option<Arc<str>>,
    received_ns: i64,
    takes: Duration,
    output: String,
    exit_code: i32,
}

/// The uid of the claim that the pod's Sandbox belongs to; of a bare Sandbox or Pod its own.
fn claim_of(context: &Context, pod: &Object) -> Option<Arc<str>> {
    let Some(owner) = pod.metadata.controlled_by() else { return Some(pod.metadata.uid.clone()) };
    let sandbox = Key::new(pod.metadata.namespace.clone(), owner.name.clone());
    let sandbox = context.store.lock().get(SANDBOXES, &sandbox).cloned()?;
    Some(sandbox.metadata.labels.get(key::CLAIM_UID).map_or_else(|| sandbox.metadata.uid.clone(), Arc::from))
}

async fn run(
    mut socket: Socket,
    command: &Command,
    context: &Context,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    tokio::time::sleep(command.takes).await;
    let output_ns = (!command.output.is_empty()).then(monotonic_ns);
    send(&mut socket, STDOUT, command.output.as_bytes()).await?;
    let ended_ns = monotonic_ns();
    if let Some(claim) = &command.claim {
        let &Command { received_ns, exit_code, .. } = command;
        context.truth.exec_ended(claim, ExecTruth { received_ns, output_ns, ended_ns, exit_code });
    }
    send(&mut socket, ERROR, status(command.exit_code).to_string().as_bytes()).await?;
    socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await?;
    // Until the client has closed too, what was sent may be lost with the connection.
    while let Some(Ok(_)) = socket.next().await {}
    Ok(())
}

async fn send(socket: &mut Socket, channel: u8, data: &[u8]) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut message = vec![channel];
    message.extend_from_slice(data);
    socket.send(Message::Binary(message.into())).await
}

/// What `echo` would print, also within `sh -c`; nothing for other commands.
fn echo(command: &[String]) -> String {
    let words: Vec<&str> = match command {
        [shell, flag, script] if shell.ends_with("sh") && flag == "-c" => script.split_whitespace().collect(),
        words => words.iter().map(String::as_str).collect(),
    };
    match words.split_first() {
        Some((&("echo" | "/bin/echo"), words)) => format!("{}\n", words.join(" ")),
        _ => String::new(),
    }
}

fn status(exit_code: i32) -> Value {
    if exit_code == 0 {
        return json!({ "metadata": {}, "status": "Success" });
    }
    json!({ "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit code {exit_code}"),
        "details": { "causes": [{ "reason": "ExitCode", "message": exit_code.to_string() }] } })
}
