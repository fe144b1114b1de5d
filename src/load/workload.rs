use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::claim::{Event, ExecResult};
use super::exec::exec;
use super::execute::execute;
use super::hands::Hands;
use agent_sandbox_common::api::RUNTIME_PORT;

/// More output than this, in bytes, is not read to its end.
pub(super) const MAX_OUTPUT: usize = 1 << 20;

/// Runs the workload in a claim's sandbox, within its own deadline, and tells the tracker when its first output came.
pub(super) async fn workload(hands: Arc<Hands>, index: u64, sandbox: Option<Box<str>>, pod_ip: Option<Box<str>>) {
    let mut result = ExecResult::default();
    let deadline = Duration::from(hands.workload.exec_timeout);
    let run = async {
        match &hands.workload.execute {
            Some(command) => {
                let server = (pod_ip.as_deref().ok_or("execute_no_pod_ip")?, RUNTIME_PORT);
                execute(server, command, &hands.clock, &mut result).await
            }
            None => exec(&hands, index, sandbox.as_deref().unwrap_or_default(), &mut result).await,
        }
    };
    match timeout(deadline, run).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => result.error = Some(error.into()),
        Err(_) => result.error = Some("exec_timeout".into()),
    }
    hands.say(index, Event::Exec(result));
}
