use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::mutation::{Mutation, mutated};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use tokio::time::sleep;

use crate::cluster::{Failure, Reply};
use crate::config::PushbackPolicy;
use crate::load::backoff::Backoff;
use crate::load::claim::{Create, CreateResult, Event};
use crate::load::context::Context;
use crate::load::panic_if_asked;
use crate::measure::{End, FailReason};

/// Beyond the claim's own timeout, so that the timeout is what a slow server gets.
const ANSWER_GRACE: Duration = Duration::from_millis(200);
const STOP_GRACE: Duration = Duration::from_secs(3);
/// Words that are kept of a body that is no Status.
const WORDS: usize = 20;

/// Starts a claim's create; the tracker receives its result.
pub(crate) fn create(context: &Arc<Context>, index: u64, intended: i64) {
    context.start("create", index, send(Arc::clone(context), index, intended), |started| {
        // Its first byte may be out; the delete that follows must not be spared.
        Event::Created(Create { sent: Some(started), ..Create::new(started, CreateResult::Unanswered) })
    });
}

async fn send(context: Arc<Context>, index: u64, intended: i64) -> Event {
    panic_if_asked("create");
    let handed_over = context.clock.now();
    let deadline = intended + context.ready_timeout_ns;
    let pool = context.plan.pool_of(index);
    let body = context.bodies[pool].of(&context.names.of(index));
    let mut attempt = Create::new(handed_over, CreateResult::Connect);
    let mut backoff = Backoff::default();
    loop {
        let patience = context.clock.until(deadline) + ANSWER_GRACE;
        let exchange = context.creates.send(Method::POST, &context.paths[pool], body.clone(), patience);
        let answer = tokio::select! {
            answer = exchange => answer,
            () = abandon(&context) => {
                // Its first byte may be out; the delete that follows must not be spared.
                attempt.sent.get_or_insert(handed_over);
                attempt.result = CreateResult::Unanswered;
                return Event::Created(attempt);
            }
        };
        match answer {
            Ok(reply) => {
                let answered = context.clock.now();
                attempt.connected.get_or_insert(context.clock.of(reply.connected_ns));
                attempt.sent.get_or_insert(context.clock.of(reply.sent_ns));
                if let Some(wait) = pushback(&context, &reply, &mut backoff)
                    && context.clock.until(deadline) > wait
                {
                    attempt.retries += 1;
                    sleep(wait).await;
                    continue;
                }
                attempt.result = read(&reply);
                note(&context, attempt.result, &reply);
                if attempt.result == CreateResult::Exists {
                    attempt.acknowledged = Some(answered);
                    attempt.acknowledged_late = reply.arrived_ns.map(|at| (answered - context.clock.of(at)).max(0));
                }
            }
            Err(Failure::NotSent(error)) => {
                context.counters.note_message(End::Failed(FailReason::Connect), || error.to_string());
            }
            Err(Failure::Lost { .. }) if mutated(Mutation::LostIsNotSent) => {}
            Err(Failure::Lost { sent_ns, .. }) => {
                attempt.sent.get_or_insert(context.clock.of(sent_ns));
                attempt.result = resolve(&context, index, deadline).await;
            }
        }
        return Event::Created(attempt);
    }
}

/// A stopped run gives the requests under way a little longer, not their full time.
async fn abandon(context: &Context) {
    context.stop.stopped().await;
    sleep(STOP_GRACE).await;
}

/// How long to wait before the create is sent again; `None` where the policy or the answer rules it out.
fn pushback(context: &Context, reply: &Reply, backoff: &mut Backoff) -> Option<Duration> {
    let pushed = matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let retries = context.on_pushback == PushbackPolicy::Retry || mutated(Mutation::RetryOnFail);
    (pushed && retries).then(|| backoff.next(reply.wait()))
}

fn read(reply: &Reply) -> CreateResult {
    match reply.status.as_u16() {
        // The name holds the run's id: what already exists is ours, made by an attempt whose answer was lost.
        200..300 | 409 => CreateResult::Exists,
        status @ (429 | 500..600) => CreateResult::Rejected(status),
        status => CreateResult::Refused(status),
    }
}

/// Keeps what the server said as it refused a create, as an example.
fn note(context: &Context, result: CreateResult, reply: &Reply) {
    let end = match result {
        CreateResult::Rejected(status) => End::Rejected(status),
        CreateResult::Refused(status) => End::Failed(FailReason::Http(status)),
        CreateResult::Exists | CreateResult::Connect | CreateResult::Unanswered => return,
    };
    context.counters.note_message(end, || message(&reply.body));
}

/// The message of a Kubernetes Status; else the first words of the body.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    serde_json::from_slice(body).map_or_else(
        |_| String::from_utf8_lossy(body).split_whitespace().take(WORDS).collect::<Vec<_>>().join(" "),
        |status: Status| status.message,
    )
}

/// Asks for the object by name until the server says whether the lost create took effect.
async fn resolve(context: &Context, index: u64, deadline: i64) -> CreateResult {
    let path = context.path_of(index);
    let mut backoff = Backoff::default();
    loop {
        let left = context.clock.until(deadline);
        if left.is_zero() || context.stop.is_stopped() {
            return CreateResult::Unanswered;
        }
        if let Ok(reply) = context.deletes.send(Method::GET, &path, Bytes::new(), left).await {
            match reply.status {
                StatusCode::OK => return CreateResult::Exists,
                StatusCode::NOT_FOUND => return CreateResult::Connect,
                _ => {}
            }
        }
        sleep(backoff.next(None).min(left)).await;
    }
}
