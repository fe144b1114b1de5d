use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::time::sleep;

use super::claim::{Create, CreateResult, Event};
use super::hands::{Backoff, Hands};
use crate::cluster::{Failure, Reply};
use crate::config::PushbackPolicy;

/// Beyond the claim's own timeout, so that the timeout is what a slow server gets.
const GRACE: Duration = Duration::from_millis(200);
const PARTING: Duration = Duration::from_secs(3);

/// Sends a claim's create and tells the tracker what came of it.
pub(super) async fn create(hands: Arc<Hands>, index: u64, intended: i64) {
    let handed_over = hands.clock.now();
    let deadline = intended + hands.ready_timeout_ns;
    let pool = hands.plan.pool_of(index);
    let body = hands.bodies[pool].of(&hands.names.of(index));
    let mut attempt = Create { handed_over, sent: None, acknowledged: None, retries: 0, result: CreateResult::Connect };
    let mut backoff = Backoff::default();
    loop {
        let patience = hands.clock.until(deadline) + GRACE;
        let send = hands.creates.send(Method::POST, &hands.paths[pool], body.clone(), patience);
        let answer = tokio::select! {
            answer = send => answer,
            () = abandon(&hands) => {
                // Its first byte may be out; the delete that follows must not be spared.
                attempt.sent.get_or_insert(handed_over);
                attempt.result = CreateResult::Unanswered;
                return hands.say(index, Event::Created(attempt));
            }
        };
        match answer {
            Ok(reply) => {
                let answered = hands.clock.now();
                attempt.sent.get_or_insert(hands.clock.of(reply.sent_ns));
                if let Some(wait) = pushback(&hands, &reply, &mut backoff)
                    && hands.clock.until(deadline) > wait
                {
                    attempt.retries += 1;
                    sleep(wait).await;
                    continue;
                }
                attempt.result = read(&reply);
                attempt.acknowledged = (attempt.result == CreateResult::Exists).then_some(answered);
            }
            Err(Failure::NotSent(_)) => {}
            Err(Failure::Lost { sent_ns, .. }) => {
                attempt.sent.get_or_insert(hands.clock.of(sent_ns));
                attempt.result = resolve(&hands, index, deadline).await;
            }
        }
        return hands.say(index, Event::Created(attempt));
    }
}

/// A stopped run gives the requests under way a little longer, not their full time.
async fn abandon(hands: &Hands) {
    hands.stop.stopped().await;
    sleep(PARTING).await;
}

/// How long to wait before the create is sent again; `None` where the policy or the answer rules it out.
fn pushback(hands: &Hands, reply: &Reply, backoff: &mut Backoff) -> Option<Duration> {
    let pushed = matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    (pushed && hands.on_pushback == PushbackPolicy::Retry).then(|| backoff.next(reply.wait()))
}

fn read(reply: &Reply) -> CreateResult {
    match reply.status.as_u16() {
        // The name holds the run's id: what already exists is ours, made by an attempt whose answer was lost.
        200..300 | 409 => CreateResult::Exists,
        status @ (429 | 500..600) => CreateResult::Rejected(status),
        status => CreateResult::Refused(status),
    }
}

/// Asks for the object by name until the server says whether the lost create took effect.
async fn resolve(hands: &Hands, index: u64, deadline: i64) -> CreateResult {
    let path = hands.path_of(index);
    let mut backoff = Backoff::default();
    loop {
        let left = hands.clock.until(deadline);
        if left.is_zero() || hands.stop.is_stopped() {
            return CreateResult::Unanswered;
        }
        if let Ok(reply) = hands.deletes.send(Method::GET, &path, Bytes::new(), left).await {
            match reply.status {
                StatusCode::OK => return CreateResult::Exists,
                StatusCode::NOT_FOUND => return CreateResult::Connect,
                _ => {}
            }
        }
        sleep(backoff.next(None).min(left)).await;
    }
}
