use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::exec::exec;
use super::execute::execute;
use super::file::{read_file, write_file};
use super::http::http;
use super::mode::Mode;
use super::server::SandboxServer;
use crate::config::{Act, PlannedStep, ReadFile};
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
        index,
        pool: context.plan.pool_of(index),
        uid: claimed.uid.unwrap_or_default(),
        sandbox,
        pod_ip: claimed.pod_ip,
        pod: None,
        files: Files::default(),
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
    index: u64,
    pool: usize,
    uid: Box<str>,
    sandbox: Box<str>,
    pod_ip: Option<Box<str>>,
    /// Name of its pod, once it is known to be another than that of the Sandbox.
    pod: Option<String>,
    files: Files,
    /// Once it has been changed.
    mode: Option<Mode<'a>>,
    /// The end of the last step.
    reached: i64,
    result: ExecResult,
}

/// The files of a session.
#[derive(Default)]
struct Files {
    /// How many were written.
    count: u64,
    /// What was written last, by path.
    written: HashMap<String, Bytes>,
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
            self.reached = self.act(&step.act, None).await?.at;
            return Ok(());
        };
        let file = self.file(&step.act);
        let bytes = file.as_ref().map(|file| file.len() as u64);
        let done = timeout(step.timeout.into(), self.act(&step.act, file)).await;
        let done = done.unwrap_or(Err(way.failed(WorkloadFault::Timeout)));
        let failure = done.as_ref().err().copied();
        let end = done.unwrap_or_else(|_| self.now());
        self.result.steps.push(StepRecord {
            step: step.name.as_str().into(),
            kind: way.into(),
            from_ns: self.reached,
            ended_ns: end.at,
            bytes,
            reason: failure.map(Into::into),
            timeout_ns: failure.map(|_| step.timeout.nanos()),
            upper_bound: end.upper_bound,
        });
        self.reached = end.at;
        failure.map_or(Ok(()), Err)
    }

    /// What a step writes into a file, or is to find in it.
    fn file(&mut self, act: &Act) -> Option<Bytes> {
        let Files { count, written } = &mut self.files;
        match act {
            Act::WriteFile(file) => {
                let content = self.context.contents.of(&file.content, self.index, *count);
                *count += 1;
                written.insert(file.path.relative().into(), content.clone());
                Some(content)
            }
            Act::ReadFile(ReadFile { content: Some(text), .. }) => Some(Bytes::copy_from_slice(text.as_bytes())),
            // The configuration has it written before.
            Act::ReadFile(file) => Some(written.get(file.path.relative()).cloned().unwrap_or_default()),
            Act::Exec(_) | Act::Execute(_) | Act::Http(_) | Act::Think(_) | Act::Suspend | Act::Resume => None,
        }
    }

    async fn act(&mut self, act: &Act, file: Option<Bytes>) -> Result<StepEnd, WorkloadFailure> {
        let context = self.context;
        let file = file.unwrap_or_default();
        let mut server = SandboxServer {
            workload: &context.workload,
            client: context.exec.as_ref(),
            namespace: &context.plan.pools[self.pool].namespace,
            sandbox: &self.sandbox,
            pod_ip: self.pod_ip.as_deref(),
            pod: &mut self.pod,
        };
        let first_output = &mut self.result.first_output;
        match act {
            Act::Exec(command) => exec(context, self.pool, &self.sandbox, command, first_output).await?,
            Act::Execute(command) => execute(&mut server, command, &context.clock, first_output).await?,
            Act::WriteFile(to) => write_file(&mut server, &to.path, &file).await?,
            Act::ReadFile(from) => read_file(&mut server, &from.path, &file).await?,
            Act::Http(request) => http(&mut server, request).await?,
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
        // The next pod may have another name.
        self.pod = None;
        Ok(StepEnd { at: seen.at, upper_bound: seen.upper_bound })
    }
}
