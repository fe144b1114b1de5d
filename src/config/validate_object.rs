//! What only claims have, and stands in vain beside another `load.object`.

use agent_sandbox_common::ConfigError;
use agent_sandbox_common::check::{Checked, ensure};
use serde_json::json;

use super::{ClaimOptions, Config, ControllerMetricsSource, LoadObject};

impl Config {
    /// Refuses what concerns claims alone where the load creates something else.
    pub(super) fn validate_object(&self) -> Checked {
        let object = self.load.object;
        if !object.is_bare() {
            return Ok(());
        }
        let beside = |got: &str| format!("{got} beside load.object: {object}");
        if let Some(name) = self.load.claim.first_given() {
            let field = format!("load.claim.{name}");
            return Err(ConfigError::not_allowed(field, beside("it"), "it beside load.object: claim"));
        }
        let joined = "false: capacity back joins a claim with its Sandbox";
        ensure(!self.workload.capacity_back, "workload.capacity_back", beside("true"), joined)?;
        let modes = self.workload.suspends() && object == LoadObject::Pod;
        ensure(!modes, "workload.steps", beside("a suspend"), "steps without suspend: a bare Pod has no mode")?;
        let untouched = "false: the load takes nothing from the pools";
        ensure(!self.workload.pool_full, "workload.pool_full", beside("true"), untouched)?;
        let read = matches!(self.output.controller_metrics, ControllerMetricsSource::Url(_));
        let counts = "auto or none: the controller counts claims";
        ensure(!read, "output.controller_metrics", beside("a URL"), counts)
    }
}

impl ClaimOptions {
    /// The first field that is not at its default.
    fn first_given(&self) -> Option<String> {
        let (given, default) = (json!(self), json!(Self::default()));
        let mut fields = given.as_object()?.iter();
        fields.find(|(name, value)| default.get(*name) != Some(*value)).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::from_value;

    fn refused(object: &str, mut config: Value) -> Option<String> {
        config["load"]["object"] = object.into();
        from_value(config, &[]).err().map(|error| error.to_string())
    }

    #[test]
    fn what_only_claims_have_is_refused_by_name() {
        let cases = [
            (json!({"load": {"claim": {"env": [{"name": "A", "value": "b"}]}}}), "load.claim.env: got it"),
            (json!({"load": {"claim": {"stamp_first_requested": true}}}), "load.claim.stamp_first_requested: got it"),
            (json!({"load": {"claim": {"spec": {"a": 1}}}}), "load.claim.spec: got it"),
            (json!({"workload": {"capacity_back": true}}), "workload.capacity_back: got true"),
            (json!({"workload": {"pool_full": true}}), "workload.pool_full: got true"),
            (json!({"output": {"controller_metrics": "http://a:1/"}}), "output.controller_metrics: got a URL"),
        ];
        for (config, words) in cases {
            for object in ["sandbox", "pod"] {
                let error = refused(object, config.clone()).unwrap();
                assert!(error.starts_with(&format!("{words} beside load.object: {object}, allowed: ")), "{error}");
            }
            assert_eq!(refused("claim", config.clone()), None, "{config}");
        }
    }

    #[test]
    fn what_is_none_of_the_three_is_refused_with_what_there_is() {
        let error = refused("deployment", json!({})).unwrap();
        assert!(error.starts_with("load.object: got \"deployment\", allowed: claim, sandbox"), "{error}");
        assert_eq!(refused("pod", json!({"workload": {"hold": "1s", "exec": "id"}, "load": {"claim": {}}})), None);
    }
}
