//! API Priority and Fairness: how many requests of this account the server works on at once.

use kube::api::ListParams;
use serde_json::Value;

use super::finding::Finding;
use super::subject::{Checked, Subject};
use crate::cluster::ClusterError;
use crate::cluster::object::{name, number, text};

const GROUP_VERSION: &str = "flowcontrol.apiserver.k8s.io/v1";
/// The server's default of --max-requests-inflight and --max-mutating-requests-inflight together.
const SERVER_SEATS: f64 = 600.0;
/// How long a create holds its seat where the server is busy, s.
const SEAT_S: f64 = 0.1;

/// Whether the priority level that serves this account's claims has the seats for the rate.
pub(super) async fn check(subject: &Subject<'_>) -> Checked {
    let Some(uid) = level_uid(subject).await? else { return Ok(Vec::new()) };
    let levels =
        subject.objects.list(GROUP_VERSION, "PriorityLevelConfiguration", None, &ListParams::default()).await?;
    let Some(level) = levels.iter().find(|it| text(it, "/metadata/uid") == uid) else { return Ok(Vec::new()) };
    if text(level, "/spec/type") == "Exempt" {
        return Ok(Vec::new());
    }
    let seats = seats(level, &levels);
    let needed = (subject.demand.peak_rate() * 2.0 * SEAT_S).ceil();
    let finding = (needed > seats).then(|| {
        Finding::warning(
            format!("claims of this account share {seats:.0} seats (priority level {}), and may need {needed:.0}", name(level)),
            "the server queues what finds no seat, and answers 429 when its queues are full: the figures would show that",
            "put the account in a priority level of its own or an exempt one (a FlowSchema), or lower the rate",
        )
    });
    Ok(finding.into_iter().collect())
}

/// The server names the level in each answer; a list is served as what it lists.
async fn level_uid(subject: &Subject<'_>) -> Result<Option<String>, ClusterError> {
    const WHAT: &str = "listing what the load creates";
    let (Some(version), Some(pool)) = (&subject.version, subject.pools.first()) else { return Ok(None) };
    let path = format!("{}?limit=1", subject.config.load.object.collection(version, &pool.namespace));
    let request = http::Request::get(path).body(kube::client::Body::empty());
    let request = request.map_err(|error| ClusterError::request(WHAT, &kube::Error::HttpError(error)))?;
    let response = subject.objects.client().send(request).await.map_err(|error| ClusterError::request(WHAT, &error))?;
    let uid = response.headers().get("x-kubernetes-pf-prioritylevel-uid");
    Ok(uid.and_then(|uid| uid.to_str().ok()).map(ToOwned::to_owned))
}

/// Its share of the server's seats, as the server itself reckons it: shares over the sum of all shares, rounded up.
fn seats(level: &Value, levels: &[Value]) -> f64 {
    let shares = |level: &Value| {
        let kind = if text(level, "/spec/type") == "Exempt" { "exempt" } else { "limited" };
        number(level, &format!("/spec/{kind}/nominalConcurrencyShares")) as f64
    };
    let sum: f64 = levels.iter().map(shares).sum();
    if sum > 0.0 { (SERVER_SEATS * shares(level) / sum).ceil() } else { SERVER_SEATS }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seats_are_shares_of_the_servers() {
        let level = |shares: u32| json!({"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": shares}}});
        let levels = [level(20), level(40), level(185)];
        assert!((seats(&levels[0], &levels) - 49.0).abs() < f64::EPSILON, "the default global-default has 49 of 600");
    }
}
