use std::time::Duration;

use agent_sandbox_common::clock::timestamp;
use http::header::DATE;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::time::{Instant, sleep};

use super::finding::Finding;
use super::subject::Checked;
use crate::cluster::{ClusterError, Objects};

/// The Date header has a grain of a second, and the request takes its time.
const SKEW_S: f64 = 2.0;

/// One lost answer is no server that is away: within this time it is asked again.
const RETRY_FOR: Duration = Duration::from_secs(1);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Reaches the server, and compares its clock with ours.
pub(super) async fn check(objects: &Objects) -> Checked {
    let began = Instant::now();
    loop {
        match ask(objects).await {
            Err(error) if passing(&error) && began.elapsed() < RETRY_FOR => sleep(RETRY_INTERVAL).await,
            answered => return answered,
        }
    }
}

/// Whether the next request may fare better.
fn passing(error: &ClusterError) -> bool {
    matches!(error.status(), Some(0 | 500..))
}

async fn ask(objects: &Objects) -> Checked {
    const WHAT: &str = "asking for the server's version";
    let request = http::Request::get("/version").body(kube::client::Body::empty());
    let request = request.map_err(|error| ClusterError::request(WHAT, &kube::Error::HttpError(error)))?;
    let before = timestamp();
    let response = objects.client().send(request).await.map_err(|error| ClusterError::request(WHAT, &error))?;
    let after = timestamp();
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    let served = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    Ok(served.and_then(|served| skewed(served, before, after)).into_iter().collect())
}

fn skewed(served: Timestamp, before: Timestamp, after: Timestamp) -> Option<Finding> {
    let seconds = |later: Timestamp, earlier: Timestamp| later.duration_since(earlier).as_secs_f64();
    let ahead = seconds(served, after);
    let behind = seconds(before, served) - 1.0;
    let skew = ahead.max(behind);
    let side = if ahead > behind { "ahead of" } else { "behind" };
    (skew > SKEW_S).then(|| {
        Finding::warning(
            format!("the server's clock is {skew:.0} s {side} this machine's"),
            "latencies here are of one clock and stay right; the controller's own timestamps cannot be set beside them, \
             and certificates and tokens may be refused",
            "synchronise both clocks (NTP)",
        )
    })
}

/// The finding of a server that cannot be asked at all.
pub(super) fn unreachable(error: &ClusterError) -> Finding {
    let next = match error.status() {
        Some(401) => "renew the credentials of this context in the kubeconfig",
        _ => "check that the cluster is up, and that the kubeconfig's server is right",
    };
    Finding::blocker(error.to_string(), "no request gets through", next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_grain_of_a_second_is_no_skew() {
        assert!(skewed(at(100), at(101), at(101)).is_none());
        assert!(skewed(at(400), at(100), at(100)).unwrap().what.contains("300 s ahead of"));
        assert!(skewed(at(100), at(402), at(402)).unwrap().what.contains("301 s behind"));
    }
}
