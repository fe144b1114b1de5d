use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::{Output, Push};
use crate::report::{LiveFigures, LiveRun, otlp, otlp_refusal, remote_write};

/// How a receiver is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Protocol {
    Otlp,
    RemoteWrite,
}

impl Protocol {
    pub const ALL: [Self; 2] = [Self::Otlp, Self::RemoteWrite];

    /// Its field of the configuration.
    pub fn field(self) -> &'static str {
        match self {
            Self::Otlp => "output.otlp",
            Self::RemoteWrite => "output.remote_write",
        }
    }

    pub fn push(self, output: &Output) -> Option<&Push> {
        match self {
            Self::Otlp => output.otlp.as_ref(),
            Self::RemoteWrite => output.remote_write.as_ref(),
        }
    }

    /// The path of a URL that has none.
    pub fn path(self) -> &'static str {
        match self {
            Self::Otlp => "/v1/metrics",
            Self::RemoteWrite => "/api/v1/write",
        }
    }

    /// The headers that say what the body is.
    pub fn headers(self) -> HeaderMap {
        let all: &[(&'static str, &'static str)] = match self {
            Self::Otlp => &[("content-type", "application/x-protobuf"), ("accept", "application/x-protobuf")],
            Self::RemoteWrite => &[
                ("content-type", "application/x-protobuf"),
                ("content-encoding", "snappy"),
                ("x-prometheus-remote-write-version", "0.1.0"),
                ("accept", "*/*"),
            ],
        };
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(pair).collect()
    }

    /// # Errors
    /// In words.
    pub fn body(self, run: &LiveRun, now: &LiveFigures, is_last: bool) -> Result<Vec<u8>, String> {
        match self {
            Self::Otlp => Ok(otlp(run, now)),
            Self::RemoteWrite => remote_write(run, now, is_last),
        }
    }

    /// What the receiver did not take of a push that it answered with success.
    pub fn refusal(self, answer: &[u8]) -> Option<String> {
        match self {
            Self::Otlp => otlp_refusal(answer),
            Self::RemoteWrite => None,
        }
    }
}
