use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::pod::pod_of;
use crate::config::Command;
use crate::load::context::Context;
use crate::measure::{Way, WorkloadFailure, WorkloadFault};

/// More output than this, in bytes, is not read to its end.
pub(super) const MAX_OUTPUT: usize = 1 << 20;

/// Runs the command in a sandbox of a pool through the API server, and stamps its first output where none is stamped yet.
pub(crate) async fn exec(
    context: &Context,
    pool: usize,
    sandbox: &str,
    command: &Command,
    first_output: &mut Option<i64>,
) -> Result<(), WorkloadFailure> {
    let client = context.exec.as_ref().ok_or(Way::Exec.failed(WorkloadFault::NoClient))?;
    let namespace = &context.plan.pools[pool].namespace;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let container = context.workload.container.as_deref();
    let mut process = match start(&pods, sandbox, container, &command.text).await {
        // A pod that is not named as its Sandbox is named by the Sandbox's annotation.
        Err(error) if status_of(&error) == Some(404) => {
            let pod = pod_of(client, namespace, sandbox).await.ok_or(Way::Exec.failed(WorkloadFault::NoPod))?;
            start(&pods, &pod, container, &command.text).await.map_err(|error| describe(&error))?
        }
        other => other.map_err(|error| describe(&error))?,
    };
    let status = process.take_status();
    let mut written = Vec::new();
    if let Some(output) = process.stdout() {
        written = read(context, output, first_output).await;
    }
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    match status.map(|status| (status.status, status.message)) {
        Some((Some(word), _)) if word == "Success" => {}
        Some((_, message)) => return Err(exit_failure(&message.unwrap_or_default())),
        None => return Err(Way::Exec.failed(WorkloadFault::ConnectionLost)),
    }
    expect(command.expect.as_deref(), Way::Exec, &written)
}

async fn start(
    pods: &Api<Pod>,
    pod: &str,
    container: Option<&str>,
    command: &str,
) -> Result<AttachedProcess, kube::Error> {
    let mut options = AttachParams::default().stdin(false).stdout(true).stderr(false);
    options.container = container.map(str::to_owned);
    pods.exec(pod, ["/bin/sh", "-c", command], &options).await
}

/// Stamps the first byte and reads the rest, so that the process can end.
async fn read(context: &Context, mut output: impl AsyncRead + Unpin, first: &mut Option<i64>) -> Vec<u8> {
    let mut written = Vec::new();
    while written.len() < MAX_OUTPUT && output.read_buf(&mut written).await.is_ok_and(|count| count > 0) {
        first.get_or_insert_with(|| context.clock.now());
    }
    written
}

/// # Errors
/// Where a command that ended well wrote nothing, or not what is expected.
pub(super) fn expect(expected: Option<&str>, way: Way, written: &[u8]) -> Result<(), WorkloadFailure> {
    if written.is_empty() {
        return Err(way.failed(WorkloadFault::NoOutput));
    }
    let holds = |text: &str| String::from_utf8_lossy(written).contains(text);
    if expected.is_none_or(holds) { Ok(()) } else { Err(way.failed(WorkloadFault::WrongOutput)) }
}

/// The status that the server refused with, where it did.
fn status_of(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        kube::Error::UpgradeConnection(kube::client::UpgradeConnectionError::ProtocolSwitch(status)) => {
            Some(status.as_u16())
        }
        _ => None,
    }
}

fn describe(error: &kube::Error) -> WorkloadFailure {
    let http = status_of(error).map(|status| WorkloadFailure::Http(Way::Exec, status));
    http.unwrap_or(Way::Exec.failed(WorkloadFault::Connect))
}

/// Of "command terminated with exit code 3".
fn exit_failure(message: &str) -> WorkloadFailure {
    let code = message.rsplit(' ').next().and_then(|word| word.parse::<u16>().ok());
    let exit = code.map(|code| WorkloadFailure::Exit(Way::Exec, code.into()));
    exit.unwrap_or(Way::Exec.failed(WorkloadFault::Failed))
}
