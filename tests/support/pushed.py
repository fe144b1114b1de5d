"""What a push holds, read by the libraries of the protocols: protobuf, Snappy, OpenTelemetry's messages."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from support.receiver import Push

STALE = 0x7FF0000000000002
PREFIX = "agent_sandbox_bench."
CUMULATIVE = 2


@dataclass
class Histogram:
    """Counts by bucket; the last has no bound."""

    count: int
    sum: float
    counts: list[int]
    bounds: list[float]


@dataclass
class Metrics:
    """A push by OTLP."""

    resource: dict[str, str]
    start_ns: int
    at_ns: int
    numbers: dict[str, dict[tuple[str, ...], int]] = field(default_factory=dict)
    """By name; a series by the values of its attributes."""
    histograms: dict[str, Histogram] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    info: dict[str, str] = field(default_factory=dict)
    """Attributes of `run_info`."""

    def number(self, name: str, *attributes: str) -> int:
        """The value of a series."""
        return self.numbers[name][attributes]


def otlp(push: Push) -> Metrics:
    """Reads a push by OTLP, and checks what every one has."""
    assert push.headers["content-type"] == "application/x-protobuf"
    request = ExportMetricsServiceRequest.FromString(push.body)
    [of_run] = request.resource_metrics
    [of_scope] = of_run.scope_metrics
    assert of_scope.scope.name == "agent-sandbox-bench" and of_scope.scope.version
    points = [point for metric in of_scope.metrics for point in points_of(metric)]
    [times] = {(point.start_time_unix_nano, point.time_unix_nano) for point in points}
    metrics = Metrics(texts(of_run.resource.attributes), *times)
    for metric in of_scope.metrics:
        name = metric.name.removeprefix(PREFIX)
        assert name != metric.name and metric.description
        metrics.units[name] = metric.unit
        if name == "run_info":
            metrics.info = texts(metric.gauge.data_points[0].attributes)
        elif metric.HasField("histogram"):
            [it] = metric.histogram.data_points
            metrics.histograms[name] = Histogram(it.count, it.sum, list(it.bucket_counts), list(it.explicit_bounds))
        else:
            series = {tuple(texts(it.attributes).values()): it.as_int for it in points_of(metric)}
            metrics.numbers[name] = series
    return metrics


def points_of(metric: Any) -> list[Any]:
    """Its points; what is summed up is cumulative."""
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    assert kind == "gauge" or data.aggregation_temporality == CUMULATIVE
    assert kind != "sum" or data.is_monotonic
    return list(data.data_points)


def texts(attributes: Any) -> dict[str, str]:
    """Attributes, each a text."""
    pairs: list[KeyValue] = list(attributes)
    return {pair.key: pair.value.string_value for pair in pairs}


def write_request() -> Any:
    """The message of Prometheus remote write 1.0, as its specification numbers the fields."""
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    one, many = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED
    for message, fields in {
        "Label": [("name", kinds.TYPE_STRING, one, ""), ("value", kinds.TYPE_STRING, one, "")],
        "Sample": [("value", kinds.TYPE_DOUBLE, one, ""), ("timestamp", kinds.TYPE_INT64, one, "")],
        "TimeSeries": [("labels", kinds.TYPE_MESSAGE, many, "Label"), ("samples", kinds.TYPE_MESSAGE, many, "Sample")],
        "WriteRequest": [("timeseries", kinds.TYPE_MESSAGE, many, "TimeSeries")],
    }.items():
        made = file.message_type.add(name=message)
        for number, (name, kind, label, of) in enumerate(fields, 1):
            made.field.add(
                name=name, number=number, type=kind, label=label, type_name=f".prometheus.{of}" if of else None
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("prometheus.WriteRequest"))


WriteRequest = write_request()


@dataclass(frozen=True)
class Series:
    """A series of a push by remote write."""

    labels: dict[str, str]
    samples: list[tuple[int, float]]
    """Milliseconds and value."""

    @property
    def name(self) -> str:
        """Of its metric."""
        return self.labels["__name__"]

    @property
    def value(self) -> float:
        """The first sample."""
        return self.samples[0][1]

    @property
    def is_ended(self) -> bool:
        """Whether the last sample says that there will be no other."""
        return struct.pack("<d", self.samples[-1][1]) == struct.pack("<Q", STALE)


def written(push: Push) -> list[Series]:
    """Reads a push by remote write, and checks what every one has."""
    assert push.headers["content-type"] == "application/x-protobuf"
    assert push.headers["content-encoding"] == "snappy"
    assert push.headers["x-prometheus-remote-write-version"] == "0.1.0"
    request = WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(push.body)))
    series = []
    for it in request.timeseries:
        names = [label.name for label in it.labels]
        assert names == sorted(set(names)), "the specification wants them in order"
        times = [sample.timestamp for sample in it.samples]
        assert times == sorted(set(times))
        labels = {label.name: label.value for label in it.labels}
        series.append(Series(labels, [(sample.timestamp, sample.value) for sample in it.samples]))
    return series


def values(series: list[Series], name: str, label: str = "") -> dict[str, float]:
    """The values of a metric by a label."""
    return {it.labels.get(label, ""): it.value for it in series if it.name == f"agent_sandbox_bench_{name}"}
