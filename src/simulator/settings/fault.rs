use agent_sandbox_common::Duration;
use agent_sandbox_common::check::{Checked, ensure, share};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

/// Something that goes wrong at an instant, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Fault {
    /// When, from the simulator's start; in process, from the run's.
    pub at: Duration,
    /// For how long.
    #[serde(rename = "for", default = "default_length")]
    pub length: Duration,
    /// Part of the requests or events that are hit; for pauses and watch faults the chance that it happens. 0 to 1.
    #[serde(default = "default_share")]
    pub share: f64,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What goes wrong. Each field has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Requests are answered with 429 and Retry-After.
    TooManyRequests {
        /// The Retry-After header.
        #[serde(default = "default_retry_after")]
        retry_after: Duration,
    },
    /// Requests are answered with a 5xx status.
    ServerError {
        /// The status, 500 to 599.
        #[serde(default = "default_status")]
        status: u16,
    },
    /// Answers come late.
    Latency {
        /// Added to each answer.
        #[serde(default = "default_delay")]
        add: Duration,
    },
    /// Commands that are run by exec take longer.
    ExecLatency {
        /// Added to each command's time.
        #[serde(default = "default_delay")]
        add: Duration,
    },
    /// Commands that are run by exec fail after their output.
    ExecFailure {
        /// How they exit, 1 to 255.
        #[serde(default = "default_exit_code")]
        exit_code: i32,
    },
    /// The connection is closed without an answer, after the request took effect or before, by turns of the seed.
    ConnectionReset,
    /// Updates of claims, Sandboxes and pools get 409, as if somebody had written first. The model tries again, later each time.
    Conflict,
    /// Open watches end.
    WatchDrop,
    /// Open watches stay open and send nothing.
    WatchSilence,
    /// Open watches end with 410 Gone, and older resource versions are forgotten.
    WatchGone,
    /// Events are sent twice.
    DuplicateEvents,
    /// Events are sent late.
    LateEvents {
        /// How late.
        #[serde(default = "default_delay")]
        by: Duration,
    },
    /// Events are sent late, and later ones overtake them.
    ReorderedEvents {
        /// How late.
        #[serde(default = "default_delay")]
        by: Duration,
    },
    /// The server is down: connections are closed, and new ones are refused.
    ServerRestart,
    /// The controller does nothing.
    ControllerPause,
    /// The server's wall clock is off.
    ClockSkew {
        /// How far it is ahead.
        #[serde(default = "default_skew")]
        by: Duration,
    },
    /// A node's pods stop being Ready.
    NodeLost,
    /// Pods that are placed on one node, the first that is given one, start late.
    SlowNode {
        /// Added to each Pod's start.
        #[serde(default = "default_slow_start")]
        add: Duration,
    },
    /// New pods never get their image.
    ImagePullStuck,
    /// Bearer tokens are refused.
    TokenExpired,
}

fn default_length() -> Duration {
    Duration::from_secs(1)
}

fn default_share() -> f64 {
    1.0
}

fn default_retry_after() -> Duration {
    Duration::from_secs(1)
}

fn default_exit_code() -> i32 {
    1
}

fn default_status() -> u16 {
    503
}

fn default_delay() -> Duration {
    Duration::from_millis(100)
}

fn default_slow_start() -> Duration {
    Duration::from_secs(5)
}

fn default_skew() -> Duration {
    Duration::from_secs(5 * 60)
}

impl FaultKind {
    /// As configurations name it.
    #[must_use]
    pub fn name(&self) -> String {
        let tagged = serde_json::to_value(self).unwrap_or_default();
        tagged["kind"].as_str().unwrap_or_default().to_owned()
    }
}

impl Fault {
    /// Checks what the types cannot say; `at` is the path of this fault, such as `simulator.faults[0]`.
    ///
    /// # Errors
    /// A [`ConfigError`](agent_sandbox_common::ConfigError) that names the first field at fault.
    pub fn validate(&self, at: &str) -> Checked {
        share(&format!("{at}.share"), self.share)?;
        match self.kind {
            FaultKind::ServerError { status } => {
                ensure((500..600).contains(&status), &format!("{at}.status"), status, "500 to 599")
            }
            FaultKind::ExecFailure { exit_code } => {
                ensure((1..256).contains(&exit_code), &format!("{at}.exit_code"), exit_code, "1 to 255")
            }
            FaultKind::TooManyRequests { .. }
            | FaultKind::Latency { .. }
            | FaultKind::ExecLatency { .. }
            | FaultKind::ConnectionReset
            | FaultKind::Conflict
            | FaultKind::WatchDrop
            | FaultKind::WatchSilence
            | FaultKind::WatchGone
            | FaultKind::DuplicateEvents
            | FaultKind::LateEvents { .. }
            | FaultKind::ReorderedEvents { .. }
            | FaultKind::ServerRestart
            | FaultKind::ControllerPause
            | FaultKind::ClockSkew { .. }
            | FaultKind::NodeLost
            | FaultKind::SlowNode { .. }
            | FaultKind::ImagePullStuck
            | FaultKind::TokenExpired => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Fault {
    /// Reads field by field, so that an error names the field, and a field of another kind is one: serde's `flatten`
    /// does neither.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let at = take(&mut fields, "at")?.ok_or_else(|| D::Error::missing_field("at"))?;
        let length = take(&mut fields, "for")?.unwrap_or_else(default_length);
        let share = take(&mut fields, "share")?.unwrap_or_else(default_share);
        let name = fields.remove("kind").ok_or_else(|| D::Error::missing_field("kind"))?;
        Ok(Self { at, length, share, kind: read_kind(&name, fields)? })
    }
}

/// The kind of that name with its own fields.
fn read_kind<E: Error>(name: &Value, fields: Map<String, Value>) -> Result<FaultKind, E> {
    let mut tagged = json!({ "kind": name });
    let mut kind: FaultKind = read("kind", tagged.clone())?;
    let own = serde_json::to_value(kind).map_err(E::custom)?;
    for (field, got) in fields {
        if own.get(&field).is_none() {
            let allowed = own.as_object().into_iter().flatten().map(|(name, _)| &**name);
            let allowed: Vec<_> = ["at", "for", "share"].into_iter().chain(allowed).collect();
            let allowed = allowed.join(", ");
            return Err(E::custom(format!(".{field}: is no field of kind {name}, got {got}, allowed: {allowed}")));
        }
        tagged[&field] = got;
        kind = read(&field, tagged.clone())?;
    }
    Ok(kind)
}

fn take<T: DeserializeOwned, E: Error>(fields: &mut Map<String, Value>, name: &str) -> Result<Option<T>, E> {
    fields.remove(name).map(|value| read(name, value)).transpose()
}

/// Reads `value`; the error begins with the field below this fault, as a path.
fn read<T: DeserializeOwned, E: Error>(field: &str, value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(|error| E::custom(format!(".{field}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> Vec<String> {
        let schema = serde_json::to_value(schemars::schema_for!(FaultKind)).unwrap();
        let kinds = schema["oneOf"].as_array().unwrap();
        kinds.iter().map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap().to_owned()).collect()
    }

    fn refused(value: Value) -> String {
        serde_json::from_value::<Fault>(value).unwrap_err().to_string()
    }

    #[test]
    fn every_kind_needs_no_field_of_its_own_and_reads_back_what_it_writes() {
        assert_eq!(kinds().len(), 20);
        for kind in kinds() {
            let fault: Fault = serde_json::from_value(json!({ "kind": kind, "at": "2s" })).unwrap();
            assert_eq!((fault.length, fault.share), (Duration::from_secs(1), 1.0));
            let written = serde_json::to_value(&fault).unwrap();
            assert_eq!(written["kind"], *kind);
            assert_eq!(serde_json::from_value::<Fault>(written).unwrap(), fault, "{kind}");
        }
    }

    #[test]
    fn a_field_belongs_to_its_kind() {
        let fault = json!({ "kind": "latency", "at": "2s", "for": "1s", "add": "50ms", "share": 0.5 });
        let fault: Fault = serde_json::from_value(fault).unwrap();
        assert_eq!(fault.kind, FaultKind::Latency { add: Duration::from_millis(50) });
        for kind in kinds() {
            let fields = [
                ("status", json!(500)),
                ("by", json!("1s")),
                ("add", json!("1s")),
                ("exit_code", json!(3)),
                ("shar", json!(1)),
            ];
            for (field, got) in fields {
                let read = serde_json::from_value::<Fault>(json!({ "kind": kind, "at": "2s", field: got }));
                let kinds: &[&str] = match field {
                    "status" => &["server_error"],
                    "by" => &["late_events", "reordered_events", "clock_skew"],
                    "add" => &["latency", "exec_latency", "slow_node"],
                    "exit_code" => &["exec_failure"],
                    _ => &[],
                };
                assert_eq!(read.is_ok(), kinds.contains(&&*kind), "{field} of {kind}");
            }
        }
    }

    #[test]
    fn an_error_names_the_field_what_it_got_and_what_is_allowed() {
        let beside = refused(json!({ "kind": "latency", "at": "2s", "status": 500 }));
        assert_eq!(beside, r#".status: is no field of kind "latency", got 500, allowed: at, for, share, add, kind"#);
        let none = refused(json!({ "kind": "watch_drop", "at": "2s", "status": 500 }));
        assert_eq!(none, r#".status: is no field of kind "watch_drop", got 500, allowed: at, for, share, kind"#);
        assert!(refused(json!({ "kind": "latency", "at": "2s", "add": "fast" })).starts_with(".add: got \"fast\""));
        assert!(refused(json!({ "kind": "fire", "at": "2s" })).starts_with(".kind: unknown variant `fire`"));
        assert!(refused(json!({ "kind": "latency" })).starts_with("missing field `at`"));
        assert!(refused(json!({ "at": "1s" })).starts_with("missing field `kind`"));
    }
}
