//! What a generator does for each claim, one path each: what `criterion` times and `callgrind` counts.

use std::hint::black_box;

use agent_sandbox_bench::config::{self, Load};
use agent_sandbox_bench::load::{Plan, read_line};
use agent_sandbox_bench::measure::{ClaimRecord, Collector, Distribution, Timeouts};
use serde_json::{Value, json};

/// Does a path so many times.
pub type Path = fn(u64);

/// Every path by its name; a `merge` is of histograms of 10,000 values each.
pub const PATHS: [(&str, Path); 4] = [("schedule", schedule), ("decode", decode), ("record", record), ("merge", merge)];

fn schedule(n: u64) {
    let overrides = [("load.arrivals".to_owned(), json!("poisson")), ("load.rate".to_owned(), json!(1000))];
    let mut load: Load = config::from_value(Value::Null, &overrides).expect("these fields are right").load;
    load.shape.total = Some(n);
    black_box(Plan::new(&load, 7).expect("the load is right").due.len());
}

fn decode(n: u64) {
    for _ in 0..n {
        assert_eq!(read_line(black_box(EVENT.as_bytes())), Some(true));
    }
}

fn record(n: u64) {
    let mut collector = Collector::new(Timeouts { ready_ns: 180_000_000_000, exec_ns: None });
    let mut claim: ClaimRecord = serde_json::from_str(CLAIM).expect("it is a line of claims.jsonl");
    for index in 0..n as i64 {
        claim.intended_ns = index * 1_000_000;
        claim.ready_ns = Some(claim.intended_ns + 5_000_000 + index % 977 * 1000);
        collector.record(black_box(&claim));
    }
    black_box(collector.planned());
}

fn merge(n: u64) {
    let mut parts = [Distribution::default(), Distribution::default()];
    for part in &mut parts {
        (0..10_000).for_each(|value| part.record(2_000_000 + value * 1000, false));
    }
    let [mut whole, part] = parts;
    (0..n).for_each(|_| whole.merge(black_box(&part)));
    black_box(whole.count());
}

/// A claim's last event as the API server writes it: what is read of it is a small part.
const EVENT: &str = r#"{"type":"MODIFIED","object":{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","kind":"SandboxClaim","metadata":{"annotations":{"agents.x-k8s.io/claim-first-ready-at":"2026-11-24T09:43:00.931553278Z","agents.x-k8s.io/controller-first-observed-at":"2026-11-24T09:43:00.926758937Z","agents.x-k8s.io/sandbox-name":"agent-sandbox-wvg8l"},"creationTimestamp":"2026-11-24T09:43:00Z","generation":1,"labels":{"agent-sandbox-bench/run-id":"abcdefghij","app.kubernetes.io/managed-by":"agent-sandbox-bench"},"managedFields":[{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:agent-sandbox-bench/run-id":{},"f:app.kubernetes.io/managed-by":{}}},"f:spec":{".":{},"f:warmPoolRef":{".":{},"f:name":{}}}},"manager":"agent-sandbox-bench","operation":"Update","time":"2026-11-24T09:43:00Z"},{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{".":{},"f:conditions":{},"f:sandbox":{}}},"manager":"agent-sandbox-controller","operation":"Update","subresource":"status","time":"2026-11-24T09:43:00Z"}],"name":"asb-abcdefghij-42","namespace":"default","resourceVersion":"123456","uid":"0b8f7f52-1f7c-4f0e-9b57-3c1ff3a1c0de"},"spec":{"lifecycle":{"shutdownPolicy":"Delete"},"warmPoolRef":{"name":"agent-sandbox"}},"status":{"conditions":[{"lastTransitionTime":"2026-11-24T09:43:00Z","message":"Pod is Ready; Service Exists","observedGeneration":1,"reason":"DependenciesReady","status":"True","type":"Ready"}],"sandbox":{"name":"agent-sandbox-wvg8l","podIPs":["10.0.0.7"]}}}}"#;

const CLAIM: &str = r#"{"index":42,"phase":null,"name":"asb-abcdefghij-42","namespace":"default","warm_pool":"agent-sandbox","runner":null,"outcome":"ready","reason":null,"class":"warm","class_uncertain":false,"sandbox":"agent-sandbox-wvg8l","node":null,"intended_ns":0,"handed_over_ns":90000,"sent_ns":110000,"acknowledged_ns":700000,"bound_ns":5000000,"ready_ns":5300000,"first_exec_ns":null,"released_ns":5400000,"deleted_ns":6000000,"capacity_back_ns":null,"ended_ns":6000000,"retries":0,"upper_bound":false,"controller_first_observed_at":"2026-11-24T09:43:00.926758937Z","claim_first_ready_at":"2026-11-24T09:43:00.931553278Z"}"#;
