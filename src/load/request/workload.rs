use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::api::RUNTIME_PORT;
use tokio::time::timeout;

use super::exec::exec;
use super::execute::execute;
use crate::load::claim::{Event, ExecResult};
use crate::load::context::Context;

/// Runs the workload in a claim's sandbox, within its own deadline, and tells the tracker when its first output came.
pub(crate) async fn workload(context: Arc<Context>, index: u64, sandbox: Option<Box<str>>, pod_ip: Option<Box<str>>) {
    let mut result = ExecResult::default();
    let deadline = Duration::from(context.workload.exec_timeout);
    let run = async {
        match &context.workload.execute {
            Some(command) => {
                let server = (pod_ip.as_deref().ok_or("execute_no_pod_ip")?, RUNTIME_PORT);
                execute(server, command, &context.clock, &mut result).await
            }
            None => exec(&context, index, sandbox.as_deref().unwrap_or_default(), &mut result).await,
        }
    };
    match timeout(deadline, run).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => result.error = Some(error.into()),
        Err(_) => result.error = Some("exec_timeout".into()),
    }
    context.tell(index, Event::Exec(result));
}
