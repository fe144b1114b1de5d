use agent_sandbox_common::yaml;
use serde_json::Value;

use super::ConfigError;

/// Ready configurations by name.
const PRESETS: [(&str, &str); 11] = [
    ("claim-rate", include_str!("../../data/presets/claim-rate.yaml")),
    ("burst-300", include_str!("../../data/presets/burst-300.yaml")),
    ("sustained-poisson", include_str!("../../data/presets/sustained-poisson.yaml")),
    ("pool-refill", include_str!("../../data/presets/pool-refill.yaml")),
    ("churn", include_str!("../../data/presets/churn.yaml")),
    ("density", include_str!("../../data/presets/density.yaml")),
    ("ttfe", include_str!("../../data/presets/ttfe.yaml")),
    ("deletion", include_str!("../../data/presets/deletion.yaml")),
    ("session", include_str!("../../data/presets/session.yaml")),
    ("suspend-resume", include_str!("../../data/presets/suspend-resume.yaml")),
    ("payload", include_str!("../../data/presets/payload.yaml")),
];

/// The names of all presets.
pub fn preset_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// A preset's configuration file, YAML.
///
/// # Errors
/// A [`ConfigError`] for a name that is none, with those there are.
pub fn preset(name: &str) -> Result<&'static str, ConfigError> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, text)| *text)
        .ok_or_else(|| ConfigError::not_a_word("--preset", name, &preset_names().collect::<Vec<_>>()))
}

/// What a preset says, without defaults.
///
/// # Errors
/// As [`preset`].
pub fn preset_value(name: &str) -> Result<Value, ConfigError> {
    yaml::read(preset(name)?).map_err(|error| ConfigError::new(name, error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::from_yaml;

    #[test]
    fn each_preset_is_a_configuration() {
        for (name, text) in PRESETS {
            from_yaml(text, Path::new(name), &[]).unwrap();
            assert_eq!(preset(name), Ok(text));
        }
        assert!(preset("none").unwrap_err().to_string().contains("burst-300"));
    }
}
