//! A shape as files, flags and the Python dict have it: flat, beside the other fields of `load` or of a phase.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::{Arrivals, Burst, Closed, ConfigError, Duration, Given, Ramp, Shape, Step};

/// The fields of every shape; which of them go together is said by [`ShapeFields::shape`].
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ShapeFields {
    /// Shape of the arrivals. All are open loop but `closed`.
    arrivals: ArrivalKind,
    /// Claims per second, above 0. Default 10, unless the shape's own fields say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    /// How long claims are sent. Default 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<Duration>,
    /// Claims in all; the schedule ends there. Default rate x duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// `burst`: how many at once and how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    burst: Option<Burst>,
    /// `ramp`: first and last rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    ramp: Option<Ramp>,
    /// `step`: rates held one after another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step>,
    /// `trace`: file of offsets from the start of the run, or of the phase; one duration (or seconds) a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    trace: Option<PathBuf>,
    /// `closed`: users that claim, release, think and claim again.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Closed>,
}

/// Shape of the arrivals.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ArrivalKind {
    /// One claim each 1/rate.
    #[default]
    Constant,
    /// Exponential gaps: independent users.
    Poisson,
    /// Many at once, repeated.
    Burst,
    /// A rate that grows or falls linearly.
    Ramp,
    /// A list of rates.
    Step,
    /// Offsets from a file.
    Trace,
    /// A fixed number of users; closed loop: a slow server slows the load.
    Closed,
}

impl ArrivalKind {
    fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
            Self::Burst => "burst",
            Self::Ramp => "ramp",
            Self::Step => "step",
            Self::Trace => "trace",
            Self::Closed => "closed",
        }
    }
}

impl Arrivals {
    /// As it is written in configuration and results.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    fn kind(&self) -> ArrivalKind {
        match self {
            Self::Constant { .. } => ArrivalKind::Constant,
            Self::Poisson { .. } => ArrivalKind::Poisson,
            Self::Burst(_) => ArrivalKind::Burst,
            Self::Ramp(_) => ArrivalKind::Ramp,
            Self::Step(_) => ArrivalKind::Step,
            Self::Trace(_) => ArrivalKind::Trace,
            Self::Closed(_) => ArrivalKind::Closed,
        }
    }
}

impl ShapeFields {
    /// The shape that the fields are; an error where they contradict each other.
    fn shape(self) -> Result<Shape, ConfigError> {
        // Named one by one, so that the compiler asks for a new field here.
        let Self { arrivals: kind, rate, duration, total, burst, ramp, steps, trace, closed } = self;
        let steps = (!steps.is_empty()).then_some(steps);
        let own = [
            ("burst", ArrivalKind::Burst, burst.is_some()),
            ("ramp", ArrivalKind::Ramp, ramp.is_some()),
            ("steps", ArrivalKind::Step, steps.is_some()),
            ("trace", ArrivalKind::Trace, trace.is_some()),
            ("closed", ArrivalKind::Closed, closed.is_some()),
        ];
        for (field, owner, _) in own.into_iter().filter(|(.., given)| *given) {
            if owner != kind {
                let allowed = format!("only with arrivals: {}", owner.name());
                return Err(ConfigError::not_allowed(field, format!("it beside {}", kind.name()), allowed));
            }
            if rate.is_some() {
                return Err(ConfigError::not_allowed("rate", format!("it beside {field}"), "one of the two"));
            }
        }
        if steps.is_some() && duration.is_some() {
            return Err(ConfigError::not_allowed("duration", "it beside steps", "one of the two"));
        }
        let no_trace = || ConfigError::not_allowed("trace", "nothing", "a file, as arrivals is trace");
        let arrivals = match kind {
            ArrivalKind::Constant => Arrivals::Constant { rate },
            ArrivalKind::Poisson => Arrivals::Poisson { rate },
            ArrivalKind::Burst => Arrivals::Burst(Given::of(burst, rate)),
            ArrivalKind::Ramp => Arrivals::Ramp(Given::of(ramp, rate)),
            ArrivalKind::Step => Arrivals::Step(Given::of(steps, rate)),
            ArrivalKind::Trace => Arrivals::Trace(trace.ok_or_else(no_trace)?),
            ArrivalKind::Closed => Arrivals::Closed(Given::of(closed, rate)),
        };
        Ok(Shape { arrivals, duration, total })
    }
}

impl TryFrom<Map<String, Value>> for Shape {
    /// Begins with a dot and the path of the field at fault: serde has no other way to tell of a field beside others.
    type Error = String;

    fn try_from(fields: Map<String, Value>) -> Result<Self, String> {
        let fields: ShapeFields = serde_path_to_error::deserialize(Value::Object(fields))
            .map_err(|error| format!(".{}: {}", error.path(), error.inner()))?;
        fields.shape().map_err(|error| format!(".{error}"))
    }
}

impl<T> Given<T> {
    fn of(own: Option<T>, rate: Option<f64>) -> Self {
        own.map_or(Self::Rate(rate), Self::Own)
    }

    /// Puts what is given where it is written.
    fn write(self, own: &mut Option<T>, rate: &mut Option<f64>) {
        match self {
            Self::Rate(given) => *rate = given,
            Self::Own(given) => *own = Some(given),
        }
    }
}

impl From<Shape> for ShapeFields {
    fn from(shape: Shape) -> Self {
        let Shape { arrivals, duration, total } = shape;
        let mut fields = Self { arrivals: arrivals.kind(), duration, total, ..Self::default() };
        let rate = &mut fields.rate;
        match arrivals {
            Arrivals::Constant { rate: given } | Arrivals::Poisson { rate: given } => *rate = given,
            Arrivals::Burst(given) => given.write(&mut fields.burst, rate),
            Arrivals::Ramp(given) => given.write(&mut fields.ramp, rate),
            Arrivals::Step(given) => {
                let mut steps = None;
                given.write(&mut steps, rate);
                fields.steps = steps.unwrap_or_default();
            }
            Arrivals::Trace(path) => fields.trace = Some(path),
            Arrivals::Closed(given) => given.write(&mut fields.closed, rate),
        }
        fields
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ShapeFields::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Shape {
    fn schema_name() -> Cow<'static, str> {
        ShapeFields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ShapeFields::json_schema(generator)
    }

    fn inline_schema() -> bool {
        ShapeFields::inline_schema()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::config::from_value;

    #[test]
    fn fields_that_contradict_each_other_are_refused_by_name() {
        for (fields, words) in [
            (
                json!({"burst": {"size": 5, "every": "1s"}}),
                "burst: got it beside constant, allowed: only with arrivals: burst",
            ),
            (
                json!({"arrivals": "ramp", "closed": {"users": 3}}),
                "closed: got it beside ramp, allowed: only with arrivals: closed",
            ),
            (
                json!({"arrivals": "ramp", "rate": 5, "ramp": {"from": 1, "to": 2}}),
                "rate: got it beside ramp, allowed: one of the two",
            ),
            (
                json!({"arrivals": "step", "duration": "9s", "steps": [{"rate": 1, "duration": "1s"}]}),
                "duration: got it beside steps, allowed: one of the two",
            ),
            (json!({"arrivals": "trace"}), "trace: got nothing, allowed: a file, as arrivals is trace"),
            (
                json!({"arrivals": "burst", "burst": {"size": 5, "every": "soon"}}),
                "burst.every: got \"soon\", allowed: ",
            ),
            (
                json!({"arrivals": "burst", "burst": {"size": 0, "every": "1s"}}),
                "burst.size: got 0, allowed: 1 or more",
            ),
            (json!({"arrivals": "step", "steps": [{"rate": 1}]}), "steps[0].duration: got nothing, allowed: a number"),
            (json!({"burst": {"size": 5, "each": "1s"}}), "burst.each: got an unknown field, allowed: every, size"),
            (json!({"colour": 5}), "colour: got an unknown field, allowed: arrivals, burst, "),
        ] {
            let error = from_value(json!({ "load": fields }), &[]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("load.{words}")), "{error}");
            let error = from_value(json!({"load": {"phases": [{"rate": 1}, fields]}}), &[]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("load.phases[1].{words}")), "{error}");
        }
    }

    #[test]
    fn every_shape_is_written_as_it_was_read() {
        for fields in [
            json!({"arrivals": "constant"}),
            json!({"arrivals": "poisson", "rate": 2.5, "total": 3, "duration": "5s"}),
            json!({"arrivals": "burst", "rate": 3.0}),
            json!({"arrivals": "burst", "burst": {"size": 5, "every": "1s"}}),
            json!({"arrivals": "ramp", "ramp": {"from": 0.0, "to": 5.0}}),
            json!({"arrivals": "step", "rate": 3.0}),
            json!({"arrivals": "step", "steps": [{"rate": 1.0, "duration": "1s"}]}),
            json!({"arrivals": "trace", "trace": "offsets.txt"}),
            json!({"arrivals": "closed", "closed": {"users": 3, "think": "1s"}}),
        ] {
            let phases = json!([fields]);
            let config = from_value(json!({"load": {"phases": phases}}), &[]).unwrap();
            let mut written = serde_json::to_value(&config).unwrap()["load"]["phases"][0].take();
            let written = written.as_object_mut().unwrap();
            written.retain(|key, _| key != "name" && key != "warm_up");
            assert_eq!(serde_json::to_value(&written).unwrap(), fields);
            let config = from_value(json!({ "load": fields }), &[]).unwrap();
            let again = from_value(serde_json::to_value(&config).unwrap(), &[]).unwrap();
            assert_eq!(again, config);
        }
    }
}
