use std::sync::Arc;

use agent_sandbox_common::api::RUNTIME_PORT;
use tokio::time::{sleep, timeout};

use super::exec::exec;
use super::execute::execute;
use super::mode::Mode;
use crate::config::{Act, PlannedStep};
use crate::load::claim::{Event, ExecResult};
use crate::load::context::Context;
use crate::measure::{StepRecord, Way, WorkloadFailure, WorkloadFault};

/// What a session needs to know of its claim.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claimed {
    /// `metadata.uid`.
    pub uid: Option<Box<str>>,
    /// The bound Sandbox.
    pub sandbox: Option<Box<str>>,
    /// Address of its pod.
    pub pod_ip: Option<Box<str>>,
    /// When it was ready.
    pub ready: i64,
}

/// Starts the session of a ready claim; the tracker receives a message when it has ended.
pub(crate) fn workload(context: &Arc<Context>, index: u64, claimed: Claimed) {
    let first = context.session.iter().find_map(|step| Way::of(&step.act)).unwrap_or(Way::Exec);
    let failure = Some(first.failed(WorkloadFault::Failed));
    let lost = move |_| Event::Exec(ExecResult { failure, ..ExecResult::default() });
    context.start("workload", index, perform(Arc::clone(context), index, claimed), lost);
}

async fn perform(context: Arc<Context>, index: u64, claimed: Claimed) -> Event {
    // What is bound to no Sandbox is one, or has a pod, of its own name.
    let sandbox = claimed.sandbox.unwrap_or_else(|| context.names.of(index).into());
    let mut session = Session {
        context: &context,
        pool: context.plan.pool_of(index),
        uid: claimed.uid.unwrap_or_default(),
        sandbox,
        pod_ip: claimed.pod_ip,
        mode: None,
        reached: claimed.ready,
        result: ExecResult::default(),
    };
    tokio::select! {
        () = session.play() => {}
        // A step under way has not failed.
        () = context.stop.stopped() => {}
    }
    Event::Exec(session.result)
}

/// The steps of one claim.
struct Session<'a> {
    context: &'a Context,
    pool: usize,
    uid: Box<str>,
    sandbox: Box<str>,
    pod_ip: Option<Box<str>>,
    /// Once it has been changed.
    mode: Option<Mode<'a>>,
    /// The end of the last step.
    reached: i64,
    result: ExecResult,
}

/// The end of a step.
struct StepEnd {
    at: i64,
    upper_bound: bool,
}

impl Session<'_> {
    /// Does one step after another, up to one that fails.
    async fn play(&mut self) {
        for _ in 0..self.context.workload.repeat {
            for step in &self.context.session {
                for _ in 0..step.repeat {
                    if let Err(failure) = self.step(step).await {
                        self.result.failure = Some(failure);
                        return;
                    }
                }
            }
        }
    }

    async fn step(&mut self, step: &PlannedStep) -> Result<(), WorkloadFailure> {
        let Some(way) = Way::of(&step.act) else {
            // A pause has neither deadline nor figures.
            self.reached = self.act(&step.act).await?.at;
            return Ok(());
        };
        let done = timeout(step.timeout.into(), self.act(&step.act)).await;
        let done = done.unwrap_or(Err(way.failed(WorkloadFault::Timeout)));
        let failure = done.as_ref().err().copied();
        let end = done.unwrap_or_else(|_| self.now());
        self.result.steps.push(StepRecord {
            step: step.name.as_str().into(),
            kind: way.into(),
            from_ns: self.reached,
            ended_ns: end.at,
            reason: failure.map(Into::into),
            timeout_ns: failure.map(|_| step.timeout.nanos()),
            upper_bound: end.upper_bound,
        });
        self.reached = end.at;
        failure.map_or(Ok(()), Err)
    }

    async fn act(&mut self, act: &Act) -> Result<StepEnd, WorkloadFailure> {
        let first_output = &mut self.result.first_output;
        match act {
            Act::Exec(command) => exec(self.context, self.pool, &self.sandbox, command, first_output).await?,
            Act::Execute(command) => {
                let address = self.pod_ip.as_deref().ok_or(Way::Execute.failed(WorkloadFault::NoPodIp))?;
                execute((address, RUNTIME_PORT), command, &self.context.clock, first_output).await?;
            }
            Act::Suspend | Act::Resume => return self.change_mode(*act == Act::Suspend).await,
            Act::Think(pause) => sleep((*pause).into()).await,
        }
        Ok(self.now())
    }

    fn now(&self) -> StepEnd {
        StepEnd { at: self.context.clock.now(), upper_bound: false }
    }

    /// Suspends or resumes the Sandbox, which is followed from before its first change on.
    async fn change_mode(&mut self, suspend: bool) -> Result<StepEnd, WorkloadFailure> {
        let Self { context, pool, uid, sandbox, .. } = self;
        let mode = self.mode.get_or_insert_with(|| Mode::new(context, *pool, sandbox, uid));
        let seen = if suspend { mode.suspend().await? } else { mode.resume().await? };
        self.pod_ip = seen.pod_ip;
        Ok(StepEnd { at: seen.at, upper_bound: seen.upper_bound })
    }
}
