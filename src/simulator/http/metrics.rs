//! `/metrics` by the names of the API server's own: what this server has counted, and nothing else.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use http::{Method, Request};

use super::body::{self, Answer};
use super::context::Context;
use super::fairness::SeatCounts;
use super::identify::{authorize, identify};
use super::path::Path;
use super::status::Failure;
use crate::flow_control::NAME;
use crate::requests::{Counted, RequestCount, Verb};

/// Answers GET. No fault hits it, and it takes no seat: what somebody reads beside a load must not change the load.
pub fn answer<B>(context: &Context, request: &Request<B>) -> Answer {
    let text = permitted(context, request).map(|()| {
        let seats = context.seats.as_ref().map(|seats| seats.counts());
        exposition(&context.requests.counts().all(), seats)
    });
    match text {
        Ok(text) => body::bytes("text/plain; version=0.0.4; charset=utf-8", text),
        Err(failure) => body::json(failure.code, &failure.to_value()),
    }
}

fn permitted<B>(context: &Context, request: &Request<B>) -> Result<(), Failure> {
    let user = identify(context, request.headers())?;
    authorize(context, &user, request.method(), request.uri(), &Path::Metrics)?;
    if request.method() == Method::GET { Ok(()) } else { Err(Failure::method_not_allowed()) }
}

fn exposition(requests: &[RequestCount], seats: Option<SeatCounts>) -> String {
    let mut text = Text::default();
    durations(requests, &mut text);
    watch_events(requests, &mut text);
    if let Some(seats) = seats {
        flow_control(&seats, &mut text);
    }
    text.0
}

/// Requests for objects. A watch is left out: how long it lasts is up to its client.
fn durations(requests: &[RequestCount], text: &mut Text) {
    let mut sums: BTreeMap<(&str, &str), Counted> = BTreeMap::new();
    for RequestCount { series, counted } in requests.iter().filter(|it| !it.series.resource.starts_with('/')) {
        if let Some(verb) = in_capitals(series.verb) {
            *sums.entry((verb, &*series.resource)).or_default() += *counted;
        }
    }
    let name = "apiserver_request_duration_seconds";
    text.family(name, "histogram", "From the request to its answer, in all buckets together.");
    for ((verb, resource), counted) in sums {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let labels = [("verb", verb), ("resource", resource), ("subresource", subresource)];
        text.histogram(name, &labels, counted.nanos as f64 / 1e9, counted.count);
    }
}

fn watch_events(requests: &[RequestCount], text: &mut Text) {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for RequestCount { series, counted } in requests.iter().filter(|it| it.series.verb == Verb::Watch) {
        *sums.entry(&*series.resource).or_default() += counted.watch_events;
    }
    let name = "apiserver_watch_events_total";
    text.family(name, "counter", "Events that watches sent, bookmarks among them.");
    for (resource, count) in sums {
        text.sample(name, &[("resource", resource)], count);
    }
}

fn flow_control(seats: &SeatCounts, text: &mut Text) {
    let queues = &seats.queues;
    let level = ("priority_level", NAME);
    let mut gauge = |name: &str, help: &str, value: f64| {
        text.family(name, "gauge", help);
        text.sample(name, &[level], value);
    };
    gauge("apiserver_flowcontrol_nominal_limit_seats", "Seats.", seats.seats.into());
    gauge("apiserver_flowcontrol_current_executing_seats", "Seats that are taken.", seats.taken.into());
    gauge("apiserver_flowcontrol_current_inqueue_requests", "Requests that wait for a seat.", seats.waiting as f64);
    let name = "apiserver_flowcontrol_rejected_requests_total";
    text.family(name, "counter", "Requests that were answered with 429.");
    for (reason, count) in [("queue-full", queues.queue_full), ("time-out", queues.timed_out)] {
        text.sample(name, &[level, ("flow_schema", NAME), ("reason", reason)], count);
    }
    let name = "apiserver_flowcontrol_request_wait_duration_seconds";
    text.family(name, "histogram", "Waits of requests that found no free seat, in all buckets together.");
    let waits = [("true", queues.seated, queues.seated_after), ("false", queues.timed_out, queues.timed_out_after)];
    for (execute, count, after) in waits {
        text.histogram(name, &[level, ("flow_schema", NAME), ("execute", execute)], after.as_secs_f64(), count);
    }
}

/// As the API server writes verbs; `None` of those that it does not time likewise.
fn in_capitals(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Get => Some("GET"),
        Verb::List => Some("LIST"),
        Verb::Create => Some("POST"),
        Verb::Update => Some("PUT"),
        Verb::Patch => Some("PATCH"),
        Verb::Delete => Some("DELETE"),
        Verb::DeleteCollection => Some("DELETECOLLECTION"),
        Verb::Watch | Verb::Other => None,
    }
}

/// Prometheus' text format. Label values are words, or names that [`crate::requests`] has made plain.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        let _ = writeln!(self.0, "{name}{{{}}} {value}", labels.join(","));
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], sum: f64, count: u64) {
        self.sample(&format!("{name}_bucket"), &[labels, &[("le", "+Inf")]].concat(), count);
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, count);
    }
}

fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fairness::QueueCounts;
    use super::*;

    fn row(verb: &str, resource: &str, program: &str, count: u64, nanos: u64) -> RequestCount {
        let row = json!({"verb": verb, "resource": resource, "user_agent": program, "count": count, "errors": 0,
            "conflicts": 0, "bytes": 0, "watch_events": 10 * count});
        let mut row: RequestCount = serde_json::from_value(row).unwrap();
        row.counted.nanos = nanos;
        row
    }

    #[test]
    fn programs_are_summed_and_watches_have_events_alone() {
        let requests = [
            row("create", "sandboxclaims", "a", 2, 500_000_000),
            row("create", "sandboxclaims", "b", 3, 1_000_000_000),
            row("patch", "sandboxclaims/status", "b", 1, 0),
            row("watch", "pods", "b", 4, 7),
            row("get", "/version", "b", 9, 9),
        ];
        let text = exposition(&requests, None);
        let of = "verb=\"POST\",resource=\"sandboxclaims\",subresource=\"\"";
        let status = "verb=\"PATCH\",resource=\"sandboxclaims\",subresource=\"status\"";
        for line in [
            format!("apiserver_request_duration_seconds_bucket{{{of},le=\"+Inf\"}} 5"),
            format!("apiserver_request_duration_seconds_sum{{{of}}} 1.5"),
            format!("apiserver_request_duration_seconds_count{{{of}}} 5"),
            format!("apiserver_request_duration_seconds_count{{{status}}} 1"),
            "apiserver_watch_events_total{resource=\"pods\"} 40".into(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("version") && !text.contains("WATCH") && !text.contains("flowcontrol"), "{text}");
    }

    #[test]
    fn seats_are_there_where_they_are_modelled() {
        let queues =
            QueueCounts { seated: 2, seated_after: std::time::Duration::from_millis(30), ..QueueCounts::default() };
        let text = exposition(&[], Some(SeatCounts { seats: 5, taken: 4, waiting: 3, queues }));
        for line in [
            "apiserver_flowcontrol_nominal_limit_seats{priority_level=\"all\"} 5",
            "apiserver_flowcontrol_current_inqueue_requests{priority_level=\"all\"} 3",
            "apiserver_flowcontrol_request_wait_duration_seconds_sum{priority_level=\"all\",flow_schema=\"all\",execute=\"true\"} 0.03",
            "apiserver_flowcontrol_rejected_requests_total{priority_level=\"all\",flow_schema=\"all\",reason=\"queue-full\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
