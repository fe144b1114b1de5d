use std::borrow::Cow;
use std::path::PathBuf;

use agent_sandbox_common::check::Checked;
use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::labels::validate;
use super::{Labels, Push, Sources};

/// Where results go, and what is written beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// The run's folder; new, or existing and empty. Default ./asb-RUNID.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub dir: Option<PathBuf>,
    /// The controller's own metrics, read before and after the run as a cross-check: `auto` (its Service, through the API
    /// server; needs `get` on `services/proxy`), `none`, or where they are, `http://HOST:PORT/metrics`.
    pub controller_metrics: ControllerMetricsSource,
    /// How often the metrics of the controller, the API server and this machine are read while the load lasts, for
    /// `metrics.jsonl`. They are also read before and after it. A duration of 1s or more, or `none`.
    pub sources: Sources,
    /// Whether the Pods of sandboxes are watched: when each was created, scheduled, started and Ready, for `pods.jsonl`. The
    /// kubelets of their nodes are asked for pressure and memory, as often as `sources` says. Needs `list` and `watch` on
    /// `pods` and `events`, and `get` on `nodes/proxy`. What the account may not read is left out.
    pub pods: bool,
    /// Whether the run's folder gets a page that shows it, `report.html`.
    pub report: bool,
    /// What the run is called by in tables and exports, such as `version: v1.2`; they change nothing of what is measured.
    pub labels: Labels,
    /// Sends metrics of the run by OTLP (HTTP, protobuf) while it goes on, such as to an OpenTelemetry collector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<Push>,
    /// Sends the same metrics by Prometheus remote write 1.0, such as to Prometheus or Mimir.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_write: Option<Push>,
}

impl Output {
    pub(super) fn validate(&self) -> Checked {
        validate("output.labels", &self.labels)?;
        let pushes = [("output.otlp", &self.otlp), ("output.remote_write", &self.remote_write)];
        pushes.into_iter().try_for_each(|(field, push)| push.as_ref().map_or(Ok(()), |push| push.validate(field)))
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            dir: None,
            controller_metrics: ControllerMetricsSource::default(),
            sources: Sources::default(),
            pods: false,
            report: true,
            labels: Labels::new(),
            otlp: None,
            remote_write: None,
        }
    }
}

const ALLOWED: &str = "auto, none, or http://HOST:PORT/metrics";

/// Where the controller's metrics are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ControllerMetricsSource {
    /// Its Service, through the API server.
    #[default]
    Auto,
    /// Not at all.
    None,
    /// A URL, plain HTTP.
    Url(String),
}

impl Serialize for ControllerMetricsSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Url(url) => url,
        })
    }
}

impl<'de> Deserialize<'de> for ControllerMetricsSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            url if url
                .strip_prefix("http://")
                .is_some_and(|rest| !rest.is_empty() && url.parse::<http::Uri>().is_ok()) =>
            {
                Ok(Self::Url(text))
            }
            other => Err(serde::de::Error::custom(refusal(format!("\"{other}\""), ALLOWED))),
        }
    }
}

impl JsonSchema for ControllerMetricsSource {
    fn schema_name() -> Cow<'static, str> {
        "ControllerMetricsSource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": ALLOWED, "pattern": "^(auto|none|http://.+)$"})
    }
}
