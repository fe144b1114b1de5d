use serde_json::json;

use super::read::Found;
use crate::report::{ComparedRun, ConfigDifference};
use crate::run::compare::{config_differences, environment_differences};

/// Where a run differs from the one before it in what may change its figures: configuration, machine, target.
pub(super) fn differences(before: &Found, run: &Found) -> Vec<String> {
    let sides = [before, run].map(|it| vec![ComparedRun::of(it.folder.clone(), it.summary.clone(), 0, 0)]);
    let of_target = |field: &str| {
        let [base, new] = [before, run].map(|it| json!(it.summary.target)[field].clone());
        (base != new).then(|| ConfigDifference { field: format!("target.{field}"), base, new })
    };
    let target = ["kind", "server_version", "agent_sandbox_version"].into_iter().filter_map(of_target);
    let config = config_differences(&before.config, &run.config);
    let all = config.into_iter().chain(environment_differences(&sides)).chain(target);
    all.map(|difference| difference.named(["before", "now"])).collect()
}
