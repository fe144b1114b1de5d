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
    let way = way(context);
    let lost =
        move |_| Event::Exec(ExecResult { failure: Some(way.failed(WorkloadFault::Failed)), ..ExecResult::default() });
    context.start("workload", index, perform(Arc::clone(context), index, sandbox, pod_ip), lost);
}

fn way(context: &Context) -> Way {
    if context.workload.execute.is_some() { Way::Execute } else { Way::Exec }
}

/// Within its own deadline.
async fn perform(context: Arc<Context>, index: u64, sandbox: Option<Box<str>>, pod_ip: Option<Box<str>>) -> Event {
    let mut result = ExecResult::default();
    let deadline = Duration::from(context.workload.exec_timeout);
    let run = async {
        if let Some(command) = &context.workload.execute {
            let address = pod_ip.as_deref().ok_or(Way::Execute.failed(WorkloadFault::NoPodIp))?;
            let expected = context.workload.expect.as_deref();
            return execute((address, RUNTIME_PORT), command, expected, &context.clock, &mut result).await;
        }
        // What is bound to no Sandbox has a pod of its own name.
        let pod = sandbox.unwrap_or_else(|| context.names.of(index).into());
        exec(&context, index, &pod, &mut result).await
    };
    let done = timeout(deadline, run).await.unwrap_or(Err(way(&context).failed(WorkloadFault::Timeout)));
    result.failure = done.err();
    Event::Exec(result)
}
