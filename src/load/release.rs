use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::time::sleep;

use super::claim::{Event, Release};
use super::hands::{Backoff, Hands};
use crate::cluster::Failure;

/// How long a delete is tried for. What is left then is found by the sweep at the run's end, or by `cleanup`.
const DEADLINE_NS: i64 = 60_000_000_000;
/// The same for a stopped run, where somebody waits for its end.
const STOPPED_DEADLINE_NS: i64 = 20_000_000_000;

/// Deletes a claim, again and again until the server has answered, and tells the tracker.
pub(super) async fn release(hands: Arc<Hands>, index: u64) {
    let path = hands.path_of(index);
    let began = hands.clock.now();
    let mut release = Release { sent: None, absent: false, gave_up: false };
    let mut backoff = Backoff::default();
    loop {
        let deadline = if hands.stop.is_stopped() { STOPPED_DEADLINE_NS } else { DEADLINE_NS };
        let left = hands.clock.until(began + deadline);
        if left.is_zero() {
            release.gave_up = true;
            break;
        }
        let patience = left.min(Duration::from_secs(15));
        let mut asked = None;
        match hands.deletes.send(Method::DELETE, &path, Bytes::new(), patience).await {
            Ok(reply) => {
                release.sent.get_or_insert(hands.clock.of(reply.sent_ns));
                release.absent = reply.status == StatusCode::NOT_FOUND;
                if reply.status.is_success() || release.absent {
                    break;
                }
                asked = reply.wait();
            }
            Err(Failure::Lost { sent_ns, .. }) => {
                release.sent.get_or_insert(hands.clock.of(sent_ns));
            }
            Err(Failure::NotSent(_)) => {}
        }
        sleep(backoff.next(asked).min(left)).await;
    }
    hands.say(index, Event::Released(release));
}
