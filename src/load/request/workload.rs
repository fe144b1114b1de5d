use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::api::RUNTIME_PORT;
use tokio::time::timeout;

use super::exec::exec;
use super::execute::execute;
use crate::load::claim::{Event, ExecResult};
use crate::load::context::Context;
use crate::measure::{Way, WorkloadFault};

/// Starts the workload in a claim's sandbox; the tracker is told when its first output came.
pub(crate) fn workload(context: &Arc<Context>, index: u64, sandbox: Option<Box<str>>, pod_ip: Option<Box<str>>) {
    let lost =
        |_| Event::Exec(ExecResult { failure: Some(Way::Exec.failed(WorkloadFault::Failed)), ..ExecResult::default() });
    context.start("workload", index, perform(Arc::clone(context), index, sandbox, pod_ip), lost);
}

/// Within its own deadline.
async fn perform(context: Arc<Context>, index: u64, sandbox: Option<Box<str>>, pod_ip: Option<Box<str>>) -> Event {
    let mut result = ExecResult::default();
    let deadline = Duration::from(context.workload.exec_timeout);
    let run = async {
        match &context.workload.execute {
            Some(command) => {
                let address = pod_ip.as_deref().ok_or(Way::Execute.failed(WorkloadFault::NoPodIp))?;
                execute((address, RUNTIME_PORT), command, &context.clock, &mut result).await
            }
            None => exec(&context, index, sandbox.as_deref().unwrap_or_default(), &mut result).await,
        }
    };
    let done = timeout(deadline, run).await.unwrap_or(Err(Way::Exec.failed(WorkloadFault::Timeout)));
    result.failure = done.err();
    Event::Exec(result)
}
