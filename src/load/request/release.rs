use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::time::sleep;

use crate::cluster::Failure;
use crate::load::backoff::Backoff;
use crate::load::claim::{Event, Release};
use crate::load::context::Context;

/// How long a delete is tried for. What is left then is removed at the run's end, or by `cleanup`.
const DEADLINE_NS: i64 = 60_000_000_000;
/// The same for a stopped run, where somebody waits for its end.
const STOPPED_DEADLINE_NS: i64 = 20_000_000_000;

/// Starts a claim's delete; the tracker receives a message when the server has answered.
pub(crate) fn release(context: &Arc<Context>, index: u64) {
    let lost = |_| Event::Released(Release { sent: None, absent: false, gave_up: true });
    context.start("release", index, delete(Arc::clone(context), index), lost);
}

/// Asks again and again until there is an answer.
async fn delete(context: Arc<Context>, index: u64) -> Event {
    let path = context.path_of(index);
    let began = context.clock.now();
    let mut release = Release { sent: None, absent: false, gave_up: false };
    let mut backoff = Backoff::default();
    loop {
        let deadline = if context.stop.is_stopped() { STOPPED_DEADLINE_NS } else { DEADLINE_NS };
        let left = context.clock.until(began + deadline);
        if left.is_zero() {
            release.gave_up = true;
            break;
        }
        let patience = left.min(Duration::from_secs(15));
        let mut asked = None;
        match context.deletes.send(Method::DELETE, &path, Bytes::new(), patience).await {
            Ok(reply) => {
                release.sent.get_or_insert(context.clock.of(reply.sent_ns));
                release.absent = reply.status == StatusCode::NOT_FOUND;
                if reply.status.is_success() || release.absent {
                    break;
                }
                asked = reply.wait();
            }
            Err(Failure::Lost { sent_ns, .. }) => {
                release.sent.get_or_insert(context.clock.of(sent_ns));
            }
            Err(Failure::NotSent(_)) => {}
        }
        sleep(backoff.next(asked).min(left)).await;
    }
    Event::Released(release)
}
