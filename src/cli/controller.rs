use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::target::TargetArgs;
use crate::config::ConfigError;
use crate::run::Target;

/// A controller's own program on the embedded simulator, instead of the model.
#[derive(Args)]
pub(super) struct ControllerArgs {
    /// A controller's program: run it on the embedded simulator, instead of the model.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::ExecutablePath, help_heading = "Target")]
    controller: Option<PathBuf>,
    /// An argument of that program; repeat the option for more.
    #[arg(long, value_name = "ARG", requires = "controller", allow_hyphen_values = true, help_heading = "Target")]
    controller_arg: Vec<String>,
}

impl ControllerArgs {
    /// The fields given, by path.
    ///
    /// # Errors
    /// A [`ConfigError`] where the target is a cluster, which has a controller of its own.
    pub fn overrides(&self, target: &TargetArgs) -> Result<Vec<(String, Value)>, ConfigError> {
        let Some(controller) = &self.controller else { return Ok(Vec::new()) };
        if target.target() != Target::Simulator {
            let allowed = "the embedded simulator as target: no --context, --kubeconfig or --in-cluster";
            return Err(ConfigError::not_allowed_path(
                "--controller",
                controller,
                "beside a cluster as target",
                allowed,
            ));
        }
        let mut fields = vec![("simulator.controller.command".to_owned(), json!(controller))];
        if !self.controller_arg.is_empty() {
            fields.push(("simulator.controller.args".to_owned(), json!(self.controller_arg)));
        }
        Ok(fields)
    }
}
