use clap::{Args, Subcommand};

use super::options::{ConfigArgs, LoadArgs};
use super::output::write_out;
use crate::config::{Config, ConfigError};
use crate::run::RunError;
use crate::stack;

#[derive(Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print the resolved configuration as YAML.
    Show(Box<Show>),
    /// Print the JSON Schema of the configuration.
    Schema,
}

#[derive(Args)]
struct Show {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Print the manifests that install would apply instead.
    #[arg(long)]
    rendered: bool,
}

impl ConfigCommand {
    pub fn run(self) -> Result<i32, RunError> {
        let text = match self.verb {
            Verb::Show(show) => {
                let config = show.config.load(show.load.overrides())?;
                if show.rendered {
                    return write_out(rendered(&config)?.as_bytes());
                }
                serde_saphyr::to_string(&config).map_err(|error| ConfigError::new("", error.to_string()))?
            }
            Verb::Schema => {
                let schema = schemars::schema_for!(Config);
                serde_json::to_string_pretty(&schema).map_err(|error| ConfigError::new("", error.to_string()))? + "\n"
            }
        };
        write_out(text.as_bytes())
    }
}

/// No cluster is asked: of `gvisor: auto` the installing is shown.
fn rendered(config: &Config) -> Result<String, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let manifests = runtime.block_on(stack::load(&config.stack, &stack::Origin::default()))?;
    Ok(stack::to_yaml(&stack::render(&config.stack, &manifests)?))
}
