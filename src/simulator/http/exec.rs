use std::sync::Arc;
use std::time::Duration;

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
use crate::shell::Shell;
use crate::store::{Key, Object, is_ready, truth_uid};
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
    let command = command_in(context, &pod, &command);
    let context = context.clone();
    websocket::accept(request, PROTOCOLS, move |socket| async move {
        // An error here is a client that left early, which ends the command.
        let _ = run(socket, &command, &context).await;
    })
}

/// A command as it will go.
pub(super) struct Command {
    /// The uid of the claim whose sandbox it is run in; of a bare Sandbox or Pod its own.
    owner: Arc<str>,
    received_ns: i64,
    pub takes: Duration,
    pub output: String,
    pub exit_code: i32,
}

/// How a command will go in a pod, with what the faults of the schedule do to it.
pub(super) fn command_in(context: &Context, pod: &Arc<Object>, command: &[String]) -> Command {
    let (model, fault) = (&context.exec, context.faults.on_exec());
    let sandbox = sandbox_of(context, pod);
    let shell = Shell { files: context.files_of(pod, &sandbox) };
    let (output, exit_code) = model.output.clone().map_or_else(|| shell.run(command), |output| (output, 0));
    Command {
        owner: truth_uid(&sandbox),
        received_ns: monotonic_ns(),
        takes: Duration::from(model.duration) + fault.late,
        output,
        exit_code: fault.exit_code.unwrap_or(exit_code.max(model.exit_code)),
    }
}

impl Command {
    /// Tells the truth that it has ended; `output_ns` is when its output was given to the connection.
    pub(super) fn ended(&self, context: &Context, output_ns: Option<i64>) {
        let &Self { received_ns, exit_code, .. } = self;
        let truth = ExecTruth { received_ns, output_ns, ended_ns: monotonic_ns(), exit_code };
        context.truth.exec_ended(&self.owner, truth);
    }
}

/// The Sandbox that the pod belongs to; the pod where it belongs to none.
pub(super) fn sandbox_of(context: &Context, pod: &Arc<Object>) -> Arc<Object> {
    let sandbox = pod.metadata.controlled_by().and_then(|owner| {
        let key = Key::new(pod.metadata.namespace.clone(), owner.name.clone());
        context.store.lock().get(SANDBOXES, &key).cloned()
    });
    sandbox.unwrap_or_else(|| pod.clone())
}

async fn run(
    mut socket: Socket,
    command: &Command,
    context: &Context,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    tokio::time::sleep(command.takes).await;
    let output_ns = (!command.output.is_empty()).then(monotonic_ns);
    send(&mut socket, STDOUT, command.output.as_bytes()).await?;
    command.ended(context, output_ns);
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

fn status(exit_code: i32) -> Value {
    if exit_code == 0 {
        return json!({ "metadata": {}, "status": "Success" });
    }
    json!({ "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit code {exit_code}"),
        "details": { "causes": [{ "reason": "ExitCode", "message": exit_code.to_string() }] } })
}
