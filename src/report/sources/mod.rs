//! What the controller, the API server and the machine said of themselves, as small plots on the time axis of the latency.

mod panel;
mod rounds;

use self::panel::{Lines, Panel, What};
use self::rounds::Rounds;
use super::plot::{Axis, Plot, Unit};
use crate::measure::{MEMORY as SANDBOX_MEMORY, PRESSURE, Source, SourceReading};

const CPU: &str = "process_cpu_seconds_total";
const MEMORY: &str = "process_resident_memory_bytes";
const WAIT: &str = "apiserver_flowcontrol_request_wait_duration_seconds";

const PANELS: [Panel; 17] = [
    Panel {
        id: "source-queues",
        title: "Controller: its queues",
        about: "Objects that wait for a worker, by queue, at each reading.",
        label: "objects",
        unit: Unit::Count,
        lines: &[Lines::new(Source::Controller, What::Gauge("workqueue_depth"), &["name"], "")],
    },
    Panel {
        id: "source-queue-wait",
        title: "Controller: wait in its queues",
        about: "Mean wait of what a worker took from a queue in each interval, by queue.",
        label: "mean wait",
        unit: Unit::Seconds,
        lines: &[Lines::new(Source::Controller, What::Mean("workqueue_queue_duration_seconds"), &["name"], "")],
    },
    Panel {
        id: "source-reconciles",
        title: "Controller: reconciles",
        about: "Reconciles a second, and those that ended with an error.",
        label: "reconciles a second",
        unit: Unit::PerSecond,
        lines: &[
            Lines::new(Source::Controller, What::Rate("controller_runtime_reconcile_total"), &["controller"], ""),
            Lines::new(
                Source::Controller,
                What::Rate("controller_runtime_reconcile_errors_total"),
                &["controller"],
                "errors,",
            ),
        ],
    },
    Panel {
        id: "source-controller-requests",
        title: "Controller: its requests",
        about: "Requests that the controller sent to the API server, by the status of the answer.",
        label: "requests a second",
        unit: Unit::PerSecond,
        lines: &[Lines::new(Source::Controller, What::Rate("rest_client_requests_total"), &["code"], "")],
    },
    Panel {
        id: "source-rate-limiter",
        title: "Controller: its own rate limit",
        about: "Mean wait of the controller's requests for its client's rate limiter.",
        label: "mean wait",
        unit: Unit::Seconds,
        lines: &[Lines::new(
            Source::Controller,
            What::Mean("rest_client_rate_limiter_duration_seconds"),
            &[],
            "rate limiter",
        )],
    },
    Panel {
        id: "source-requests",
        title: "API server: requests",
        about: "Requests of all programs for claims, Sandboxes, pools, Pods and Services, by verb; no watches.",
        label: "requests a second",
        unit: Unit::PerSecond,
        lines: &[Lines::new(Source::ApiServer, What::Rate("apiserver_request_duration_seconds_count"), &["verb"], "")],
    },
    Panel {
        id: "source-request-duration",
        title: "API server: duration of requests",
        about: "Mean duration of the same requests, as the server measures it.",
        label: "mean duration",
        unit: Unit::Seconds,
        lines: &[Lines::new(Source::ApiServer, What::Mean("apiserver_request_duration_seconds"), &["verb"], "")],
    },
    Panel {
        id: "source-flow-control",
        title: "API server: flow control",
        about: "Seats that are taken and requests that wait for one, by priority level, at each reading.",
        label: "requests",
        unit: Unit::Count,
        lines: &[
            Lines::new(
                Source::ApiServer,
                What::Gauge("apiserver_flowcontrol_current_executing_seats"),
                &["priority_level"],
                "seats taken,",
            ),
            Lines::new(
                Source::ApiServer,
                What::Gauge("apiserver_flowcontrol_current_inqueue_requests"),
                &["priority_level"],
                "waiting,",
            ),
        ],
    },
    Panel {
        id: "source-flow-control-wait",
        title: "API server: wait for a seat",
        about: "Mean wait of requests that had to wait for a seat, by priority level.",
        label: "mean wait",
        unit: Unit::Seconds,
        lines: &[Lines::new(Source::ApiServer, What::Mean(WAIT), &["priority_level"], "")],
    },
    Panel {
        id: "source-rejected",
        title: "API server: refused by flow control",
        about: "Requests that were answered with 429, by priority level.",
        label: "requests a second",
        unit: Unit::PerSecond,
        lines: &[Lines::new(
            Source::ApiServer,
            What::Rate("apiserver_flowcontrol_rejected_requests_total"),
            &["priority_level"],
            "",
        )],
    },
    Panel {
        id: "source-watch-events",
        title: "API server: events of watches",
        about: "Events that the server sent to all watches of all programs.",
        label: "events a second",
        unit: Unit::PerSecond,
        lines: &[Lines::new(Source::ApiServer, What::Rate("apiserver_watch_events_total"), &[], "events")],
    },
    Panel {
        id: "source-etcd",
        title: "etcd: duration of requests",
        about: "Mean duration of the API server's requests to etcd, by operation.",
        label: "mean duration",
        unit: Unit::Seconds,
        lines: &[Lines::new(Source::ApiServer, What::Mean("etcd_request_duration_seconds"), &["operation"], "")],
    },
    Panel {
        id: "source-cpu",
        title: "CPU",
        about: "CPU that each process used; the embedded simulator is part of the generator.",
        label: "cores",
        unit: Unit::Count,
        lines: &[
            Lines::new(Source::Controller, What::Rate(CPU), &[], "controller"),
            Lines::new(Source::ApiServer, What::Rate(CPU), &[], "API server"),
            Lines::new(Source::Generator, What::Rate(CPU), &[], "generator"),
        ],
    },
    Panel {
        id: "source-memory",
        title: "Memory",
        about: "Resident memory of each process, at each reading.",
        label: "MB",
        unit: Unit::Count,
        lines: &[
            Lines::new(Source::Controller, What::Gauge(MEMORY), &[], "controller").scaled(1e-6),
            Lines::new(Source::ApiServer, What::Gauge(MEMORY), &[], "API server").scaled(1e-6),
            Lines::new(Source::Generator, What::Gauge(MEMORY), &[], "generator").scaled(1e-6),
        ],
    },
    Panel {
        id: "source-pressure",
        title: "The generator's machine: pressure",
        about: "Part of the time in which some program, or all programs (full), waited for CPU, memory or a disk.",
        label: "% of the time",
        unit: Unit::Count,
        lines: &[Lines::new(Source::Machine, What::Rate("pressure_seconds_total"), &["resource", "waited"], "")
            .scaled(100.0)],
    },
    Panel {
        id: "source-node-pressure",
        title: "Nodes: pressure",
        about: "Part of the last ten seconds in which some program of a node waited, or all did (full), as its kubelet says.",
        label: "% of the time",
        unit: Unit::Count,
        lines: &[Lines::new(Source::Kubelets, What::Gauge(PRESSURE), &["node", "resource", "waited"], "")],
    },
    Panel {
        id: "source-sandbox-memory",
        title: "Sandboxes: memory",
        about: "Memory of all sandboxes that the kubelets tell of, by node, or of gVisor's processes on this machine.",
        label: "MB",
        unit: Unit::Count,
        lines: &[
            Lines::new(Source::Kubelets, What::Gauge(SANDBOX_MEMORY), &["node"], "").scaled(1e-6),
            Lines::new(Source::Runsc, What::Gauge(SANDBOX_MEMORY), &[], "gVisor's processes").scaled(1e-6),
        ],
    },
];

/// A plot for each panel of which anything was read and not zero; all of them on the axis `time`.
pub(super) fn source_plots(readings: Vec<SourceReading>, time: &Axis) -> Vec<Plot> {
    let rounds = Rounds::of(readings);
    PANELS.iter().filter_map(|panel| panel.plot(&rounds, time)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MetricUnit, SourceValue};

    fn controller(t_s: f64, depth: f64, waited_s: f64, count: f64) -> SourceReading {
        let name = "workqueue_queue_duration_seconds";
        let values = [
            SourceValue::gauge("workqueue_depth", MetricUnit::Count, depth),
            SourceValue::counter(&format!("{name}_sum"), MetricUnit::Seconds, waited_s),
            SourceValue::counter(&format!("{name}_count"), MetricUnit::Count, count),
        ];
        let of_claims = |value: SourceValue| value.with("name", "sandboxclaim");
        SourceReading { source: Source::Controller, t_s, values: values.map(of_claims).into() }
    }

    #[test]
    fn only_what_was_read_and_is_not_zero_is_drawn() {
        let readings =
            vec![controller(-0.5, 0.0, 1.0, 10.0), controller(5.0, 3.0, 2.0, 14.0), controller(7.0, 0.0, 2.0, 14.0)];
        let plots = source_plots(readings, &Axis::time(8.0));
        let told: Vec<_> = plots.iter().map(|plot| (&*plot.id, &*plot.series[0].label, plot.x.max)).collect();
        assert_eq!(told, [("source-queues", "sandboxclaim", 8.0), ("source-queue-wait", "sandboxclaim", 8.0)]);
        assert_eq!(plots[0].series[0].values, [Some(0.0), Some(3.0), Some(0.0)]);
        assert_eq!(plots[1].series[0].values, [Some(0.25), None, None], "no mean of nothing");
        assert!(plots.iter().all(|plot| plot.small && plot.is_over_time()));
    }

    #[test]
    fn counters_of_several_sources_are_by_second() {
        let cpu = |t_s, source, cpu_s| SourceReading {
            source,
            t_s,
            values: vec![SourceValue::counter(CPU, MetricUnit::Seconds, cpu_s)],
        };
        let (controller, generator) = (Source::Controller, Source::Generator);
        let readings = vec![
            cpu(0.0, controller, 10.0),
            cpu(0.0, generator, 1.0),
            cpu(5.0, controller, 20.0),
            cpu(5.0, generator, 2.0),
        ];
        let plots = source_plots(readings, &Axis::time(5.0));
        let series = &plots[0].series;
        assert_eq!((&*series[0].label, &*series[1].label), ("controller", "generator"), "the highest first");
        assert_eq!((series[0].values[0], series[1].values[0]), (Some(2.0), Some(0.2)));
    }
}
