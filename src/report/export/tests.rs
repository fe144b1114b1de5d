use serde_json::{Value, json};

use super::*;

fn figures(count: u64, censored: u64, scale: f64) -> Value {
    let bounds = if censored > 0 { json!(["mean", "p999", "max"]) } else { json!([]) };
    json!({
        "count": count, "censored": censored, "min": scale, "mean": 2.0 * scale, "p50": 2.0 * scale, "p90": 3.0 * scale,
        "p95": 4.0 * scale, "p99": 5.0 * scale, "p999": 180.0, "max": 180.0, "bounds": bounds,
        "interval": {"p50": [1.5 * scale, 2.5 * scale], "p90": null, "p95": null, "p99": [4.5 * scale, null], "p999": null},
        "adequate": {"p50": true, "p90": true, "p95": true, "p99": false, "p999": false},
    })
}

fn run(folder: &str, day: u32, labels: &Value, ready: &Value) -> ExportRun {
    let latencies = json!({"time_to_ready": ready, "time_to_ready_cold": null, "schedule_lag": figures(100, 0, 0.001)});
    let load =
        json!({"arrivals": "constant", "rate": 50.0, "duration_s": 20.0, "seed": 1, "planned": 100, "loop": "open"});
    let summary = json!({
        "schema_version": 2, "run_id": format!("run{day}"), "started_at": format!("2026-11-{day:02}T10:00:00.5Z"),
        "tool_version": "0.1.0", "labels": labels, "monotonic_base_ns": 0, "interrupted": false, "valid": day != 9,
        "target": {"kind": "simulator", "api_version": "v1", "connections": 1, "http_version": "1.1"},
        "invalid_reasons": if day == 9 { json!(["watch_gap"]) } else { json!([]) }, "warnings": [], "load": load,
        "outcomes": {"ready": 100, "failed": 0, "timed_out": 0, "rejected": 0, "not_sent": 0}, "reasons": {},
        "classes": {"warm": 100, "warm_unready": 0, "cold": 0}, "class_uncertain": 0, "achieved_ratio": 1.0,
        "peak_in_flight": 1, "peak_alive": 1, "latency_s": latencies, "windows": [], "slo": [],
        "generator": {"cpu_s": 1.0, "max_rss_bytes": 1, "connections_opened": 1},
    });
    ExportRun { folder: folder.into(), summary: serde_json::from_value(summary).unwrap() }
}

fn one() -> ExportRun {
    run("nightly", 7, &json!({"version": "v1"}), &figures(100, 0, 0.005))
}

fn parsed(exported: &Exported) -> Value {
    serde_json::from_str(&exported.text).unwrap()
}

#[test]
fn bencher_gets_nanoseconds_with_the_ends_that_are_known() {
    let exported = export(ExportFormat::Bmf, &[one()]);
    let told = parsed(&exported);
    let p50 = json!({"latency": {"value": 10_000_000.0, "lower_value": 7_500_000.0, "upper_value": 12_500_000.0}});
    assert_eq!(told["time_to_ready.p50"], p50);
    assert_eq!(told["time_to_ready.p99"], json!({"latency": {"value": 25_000_000.0, "lower_value": 22_500_000.0}}));
    assert_eq!(told["claims.failed_fraction"], json!({"failed-fraction": {"value": 0.0}}));
    assert!(told.get("schedule_lag.p50").is_none() && told.get("time_to_ready_cold.p50").is_none());
    assert_eq!(exported.left_out, ["nightly: left out, percentiles with no claim beyond them: time_to_ready.p999"]);
}

#[test]
fn a_lower_bound_is_in_no_format() {
    let bounded = run("n", 7, &json!({}), &figures(1000, 4, 0.005));
    for format in ExportFormat::ALL {
        let exported = export(format, std::slice::from_ref(&bounded));
        let values = exported.text.replace("run.lower_bounds", "").replace("time_to_ready.p999 time_to_ready.mean", "");
        assert!(!values.contains("180") && !values.contains("p999") && !values.contains("mean"), "{values}");
        let [left_out] = &exported.left_out[..] else { panic!("{exported:?}") };
        assert!(left_out.starts_with("n: left out, lower bounds"), "{left_out}");
        assert!(left_out.ends_with("time_to_ready.p999, time_to_ready.mean"), "{left_out}");
    }
}

#[test]
fn steps_of_sessions_are_exported_with_the_share_that_failed() {
    let mut run = one();
    let step = json!({"name": "read_back", "kind": "exec", "attempted": 100, "ok": 96, "failed": 4, "ok_fraction": 0.96,
        "reasons": {}, "latency_s": figures(100, 0, 0.03)});
    run.summary.steps = vec![serde_json::from_value(step).unwrap()];
    let told = parsed(&export(ExportFormat::Bmf, std::slice::from_ref(&run)));
    assert_eq!(told["steps.read_back.p50"]["latency"]["value"], 60_000_000.0);
    assert_eq!(told["steps.read_back.failed_fraction"], json!({"failed-fraction": {"value": 0.04}}));
    let text = export(ExportFormat::Benchstat, std::slice::from_ref(&run)).text;
    assert!(text.contains("\nBenchmarkStepReadBack 100 60000000 p50-ns/op "), "{text}");
    assert!(text.contains(" 60000000 mean-ns/op 0.04 failed-fraction\nBenchmarkClaims 100 0 "), "{text}");
    let names = export(ExportFormat::Csv, &[run]).text;
    assert!(names.contains(",steps.read_back.p99,") && names.contains(",steps.read_back.failed_fraction,"), "{names}");
}

#[test]
fn a_run_in_which_no_claim_was_planned_has_no_figure() {
    let empty = run("n", 7, &json!({}), &Value::Null);
    assert_eq!(parsed(&export(ExportFormat::Bmf, std::slice::from_ref(&empty))), json!({}));
    assert_eq!(parsed(&export(ExportFormat::GithubAction, std::slice::from_ref(&empty))), json!([]));
    assert_eq!(export(ExportFormat::Benchstat, std::slice::from_ref(&empty)).text, "");
    assert_eq!(export(ExportFormat::Otava, &[empty]).text, "time,run_id\n2026-11-07T10:00:01Z,run7\n");
}

#[test]
fn github_says_which_run_how_sure_and_whether_it_holds() {
    let told =
        parsed(&export(ExportFormat::GithubAction, &[run("n", 9, &json!({"version": "v1"}), &figures(100, 0, 0.005))]));
    let named = |name: &str| told.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap();
    let p99 = named("time_to_ready.p99");
    assert_eq!((&p99["unit"], &p99["value"], &p99["range"]), (&json!("s"), &json!(0.025), &json!("over 0.0225")));
    let care = "run run9 version=v1\nof 100 claims\nINVALID: watch_gap\nfew claims beyond it: take it with care";
    assert_eq!(p99["extra"], care);
    assert!(named("time_to_ready.p90").get("range").is_none());
    assert_eq!(named("claims.failed_fraction")["unit"], "fraction");
}

#[test]
fn several_runs_are_named_by_their_folders() {
    let runs = [one(), run("other", 8, &json!({}), &figures(100, 0, 0.004))];
    let told = parsed(&export(ExportFormat::Bmf, &runs));
    assert_eq!(told["other time_to_ready.p50"]["latency"]["value"], 8_000_000.0);
    assert_eq!(told["nightly time_to_ready.p50"]["latency"]["value"], 10_000_000.0);
}

#[test]
fn otava_gets_rows_in_order_of_time_without_empty_numbers() {
    let runs = [
        run("c", 12, &json!({"version": "v,2"}), &figures(1000, 4, 0.006)),
        run("a", 8, &json!({"branch": "main", "version": "v1"}), &figures(1000, 0, 0.005)),
    ];
    let exported = export(ExportFormat::Otava, &runs);
    let names = "time_to_ready.p50,time_to_ready.p90,time_to_ready.p95,time_to_ready.p99,claims.failed_fraction";
    let expected = format!(
        "time,run_id,branch,version,{names}\n2026-11-08T10:00:01Z,run8,main,v1,0.01,0.015,0.02,0.025,0\n\
         2026-11-12T10:00:01Z,run12,,\"v,2\",0.012,0.018000000000000002,0.024,0.03,0.004\n"
    );
    assert_eq!(exported.text, expected);
    let last = exported.left_out.last().unwrap();
    assert_eq!(last, "left out of all rows, as a run lacks it: time_to_ready.p999, time_to_ready.mean");
}

#[test]
fn go_gets_a_line_a_latency_and_a_label_ends_where_the_next_run_has_none() {
    let runs = [one(), one(), run("n", 8, &json!({"branch": "main"}), &figures(100, 0, 0.004))];
    let text = export(ExportFormat::Benchstat, &runs).text;
    let of_one = "BenchmarkTimeToReady 100 10000000 p50-ns/op 15000000 p90-ns/op 20000000 p95-ns/op 25000000 p99-ns/op \
                  10000000 mean-ns/op\nBenchmarkClaims 100 0 failed-fraction\n";
    assert!(text.starts_with(&format!("version: v1\n{of_one}{of_one}branch: main\nversion:\nBenchmarkTime")), "{text}");
}

#[test]
fn csv_names_the_bounds_and_has_the_intervals() {
    let text = export(ExportFormat::Csv, &[run("n", 7, &json!({"note": "a \"b\""}), &figures(1000, 4, 0.005))]).text;
    let rows: Vec<&str> = text.lines().collect();
    assert!(
        rows[0]
            .starts_with("time,run_id,note,run.tool_version,run.valid,run.lower_bounds,claims.planned,claims.ready,")
    );
    assert!(rows[0].contains(",time_to_ready.p50,time_to_ready.p50.low,time_to_ready.p50.high,"));
    let expected = "2026-11-07T10:00:00.5Z,run7,\"a \"\"b\"\"\",0.1.0,true,time_to_ready.p999 time_to_ready.mean,100,100,0.01,0.0075,0.0125,";
    assert!(rows[1].starts_with(expected), "{text}");
}
