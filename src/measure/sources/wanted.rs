//! Which series of an exposition are kept, in the source's own names. The names are those of Kubernetes and of
//! controller-runtime; one that a version does not have is absent.

use super::{MetricKind, MetricUnit, Source};

/// A series that is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub name: &'static str,
    /// Labels that are kept; over the others the values are summed.
    pub labels: &'static [&'static str],
    pub kind: MetricKind,
    pub unit: MetricUnit,
}

/// Kinds that a claim makes or needs: requests for others say nothing of claims.
pub(super) const RESOURCES: [&str; 5] = ["sandboxclaims", "sandboxes", "sandboxwarmpools", "pods", "services"];
/// Verbs whose requests last as long as the client likes.
pub(super) const OPEN_ENDED: [&str; 3] = ["WATCH", "WATCHLIST", "CONNECT"];

const fn counter(name: &'static str, labels: &'static [&'static str], unit: MetricUnit) -> Wanted {
    Wanted { name, labels, kind: MetricKind::Counter, unit }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], unit: MetricUnit) -> Wanted {
    Wanted { name, labels, kind: MetricKind::Gauge, unit }
}

const CPU: Wanted = counter("process_cpu_seconds_total", &[], MetricUnit::Seconds);
const MEMORY: Wanted = gauge("process_resident_memory_bytes", &[], MetricUnit::Bytes);

const CONTROLLER: [Wanted; 10] = [
    gauge("workqueue_depth", &["name"], MetricUnit::Count),
    counter("workqueue_queue_duration_seconds_sum", &["name"], MetricUnit::Seconds),
    counter("workqueue_queue_duration_seconds_count", &["name"], MetricUnit::Count),
    counter("controller_runtime_reconcile_total", &["controller"], MetricUnit::Count),
    counter("controller_runtime_reconcile_errors_total", &["controller"], MetricUnit::Count),
    counter("rest_client_requests_total", &["method", "code"], MetricUnit::Count),
    counter("rest_client_rate_limiter_duration_seconds_sum", &[], MetricUnit::Seconds),
    counter("rest_client_rate_limiter_duration_seconds_count", &[], MetricUnit::Count),
    CPU,
    MEMORY,
];

const API_SERVER: [Wanted; 13] = [
    counter("apiserver_request_duration_seconds_sum", &["verb", "resource"], MetricUnit::Seconds),
    counter("apiserver_request_duration_seconds_count", &["verb", "resource"], MetricUnit::Count),
    counter("apiserver_watch_events_total", &[], MetricUnit::Count),
    counter("apiserver_flowcontrol_rejected_requests_total", &["priority_level"], MetricUnit::Count),
    gauge("apiserver_flowcontrol_current_inqueue_requests", &["priority_level"], MetricUnit::Count),
    gauge("apiserver_flowcontrol_current_executing_seats", &["priority_level"], MetricUnit::Count),
    gauge("apiserver_flowcontrol_nominal_limit_seats", &["priority_level"], MetricUnit::Count),
    counter("apiserver_flowcontrol_request_wait_duration_seconds_sum", &["priority_level"], MetricUnit::Seconds),
    counter("apiserver_flowcontrol_request_wait_duration_seconds_count", &["priority_level"], MetricUnit::Count),
    counter("etcd_request_duration_seconds_sum", &["operation"], MetricUnit::Seconds),
    counter("etcd_request_duration_seconds_count", &["operation"], MetricUnit::Count),
    CPU,
    MEMORY,
];

/// What is kept of a source that answers with an exposition.
pub(super) const fn wanted(source: Source) -> &'static [Wanted] {
    match source {
        Source::Controller => &CONTROLLER,
        Source::ApiServer => &API_SERVER,
        Source::Generator | Source::Machine | Source::Kubelets | Source::Runsc => &[],
    }
}
