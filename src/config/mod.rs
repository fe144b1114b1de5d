//! The one schema of a run: YAML file, command line, Python dict and PerfKitBenchmarker spec all decode into
//! [`Config`], and one validator speaks for all of them, naming the field.

mod byte_size;
mod claim;
mod controller;
mod decode;
mod endpoint;
mod fit;
mod header;
mod labels;
mod load;
mod object;
mod output;
mod percentage;
mod preset;
mod push;
mod quantity;
mod reach;
mod schema;
mod search;
mod session;
mod session_act;
mod session_fields;
mod session_file;
mod session_http;
mod session_step;
mod shape;
mod shape_fields;
mod share;
mod slo;
mod sources;
mod stack;
mod until;
mod validate;
mod validate_object;
mod validate_stack;
mod validity;
mod workload;

pub use agent_sandbox_common::{ConfigError, Duration};
pub use byte_size::ByteSize;
pub use claim::{ClaimOptions, EnvVar, Lifecycle};
pub use controller::{Controller, Flag, flag_name};
pub use decode::{Overrides, decode, from_value, from_yaml, parse_set, parse_set_list};
pub use endpoint::Endpoint;
pub use fit::words_of;
pub use header::Header;
pub use labels::{Labels, parse_labels};
pub use load::{Load, Phase, PushbackPolicy, Runner, WarmPool};
pub use object::LoadObject;
pub use output::{ControllerMetricsSource, Output};
pub use percentage::Percentage;
pub use preset::{preset, preset_names, preset_value};
pub use push::Push;
pub use reach::{Router, Via};
pub use search::Search;
pub use session::PlannedStep;
pub use session_act::{Act, Command, StepKind};
pub use session_file::{Content, FilePath, ReadFile, WriteFile};
pub use session_http::{HttpMethod, HttpRequest};
pub use session_step::SessionStep;
pub use shape::{Arrivals, Burst, Closed, DEFAULT_RATE, Given, Ramp, Shape, Step};
pub use share::Share;
pub use slo::{Comparison, Objective, SloUndecided};
pub use sources::Sources;
pub use stack::{
    Gvisor, GvisorInstaller, InjectionPolicy, NetworkPolicyManagement, NodeSelection, SandboxTemplate, SandboxWarmPool,
    Stack,
};
pub use until::Until;
pub use validity::Validity;
pub use workload::Workload;

use agent_sandbox_simulator::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole configuration of a run: what stands on the cluster, what load it gets, and how the result is judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Written into a run's folder; ignored when read, because each run gets its own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The agent-sandbox installation: controller, template, warm pool, gVisor.
    pub stack: Stack,
    /// The claims and when they are sent.
    pub load: Load,
    /// What a claimed sandbox does before it is released.
    pub workload: Workload,
    /// The tolerances beyond which a run is not a measurement.
    pub validity: Validity,
    /// Service level objectives, such as `time_to_ready.p99<500ms`; a missed one ends the command with exit 4.
    pub slo: Vec<Objective>,
    /// What happens if an objective is met, but the 95 % interval of its figure contains the limit.
    pub slo_undecided: SloUndecided,
    /// How `search` finds the highest rate that meets the objectives.
    pub search: Search,
    /// Where results go.
    pub output: Output,
    /// The embedded simulator, the target when no cluster is named.
    pub simulator: Settings,
}
