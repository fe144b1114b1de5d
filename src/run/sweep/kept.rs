//! The folder of a sweep: a new one, or one that was begun.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::options::SweepOptions;
use crate::config::{Config, ConfigError, decode};
use crate::files::read_regular;
use crate::report::{ConfigDifference, RunFolder, StoredRun, SweepPoint, SweepReport, SweptPool, write_file};
use crate::run::compare::config_differences;
use crate::run::single::random_seed;
use crate::run::{RunError, Runs, Target, cleanup};

/// The state of a sweep, within its folder.
pub(super) const FILE: &str = "sweep.json";

/// What is asked for, with no point yet. Seeds that are not given are drawn.
pub(super) fn new_report(options: &SweepOptions, planned: usize) -> Result<SweepReport, ConfigError> {
    let mut config = options.config.clone();
    (config.output.dir, config.run_id) = (None, None);
    Ok(SweepReport {
        schema_version: 2,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        target: options.target.kind().into(),
        cluster: cluster(&options.target),
        keys: options.keys.clone(),
        config: serde_json::to_value(&config).map_err(|error| ConfigError::new("config", error.to_string()))?,
        seed: config.load.seed.unwrap_or_else(random_seed),
        simulator_seed: config.simulator.seed.unwrap_or_else(random_seed),
        pools: Vec::new(),
        figures: options.figures.clone(),
        planned,
        done: false,
        points: Vec::new(),
    })
}

fn cluster(target: &Target) -> Option<String> {
    match target {
        Target::Simulator => None,
        Target::InCluster => Some("the cluster this runs in".into()),
        Target::Cluster { kubeconfig, context } => {
            let context = context.iter().map(|name| format!("context {name}"));
            let kubeconfig = kubeconfig.iter().map(|file| file.display().to_string());
            Some(context.chain(kubeconfig).collect::<Vec<_>>().join(" of "))
        }
    }
}

/// The sweep as it stands in `folder`, which it is to go on in; what is asked for where the folder is new or empty.
///
/// # Errors
/// A [`ConfigError`] for a folder that holds another sweep, or something else.
pub(super) fn begun(asked: SweepReport, folder: &Path) -> Result<SweepReport, ConfigError> {
    let path = folder.join(FILE);
    let Ok(text) = read_regular(&path) else {
        RunFolder::check(folder)?;
        return Ok(asked);
    };
    let shown = path.display();
    let kept: SweepReport = serde_json::from_str(&text).map_err(|error| {
        ConfigError::not_allowed("output.dir", format!("{shown}: {error}"), "the folder of a sweep")
    })?;
    if let Some(difference) = difference(&kept, &asked) {
        let why = format!("the folder of another sweep: {difference}");
        return Err(ConfigError::not_allowed_path("output.dir", folder, why, "a new folder, or the same sweep again"));
    }
    let figures = &asked.figures;
    let points = kept.points.iter().filter_map(|point| reread(point, folder, figures)).collect();
    Ok(SweepReport { points, seed: kept.seed, simulator_seed: kept.simulator_seed, pools: kept.pools, ..asked })
}

/// A point as its run's folder has it; `None` where that is gone.
fn reread(point: &SweepPoint, folder: &Path, figures: &[String]) -> Option<SweepPoint> {
    let run = StoredRun::open("output.dir", &folder.join(SweepPoint::folder(point.place))).ok()?;
    let summary = run.summary.filter(|summary| summary.run_id == point.run_id)?;
    Some(SweepPoint::new(point.place, point.values.clone(), &summary, figures, point.took_s))
}

/// In what two sweeps differ; `None` of the same. Figures only report on them.
fn difference(kept: &SweepReport, asked: &SweepReport) -> Option<String> {
    let sides = [kept, asked];
    let differs = |what: &str, of: fn(&SweepReport) -> String| {
        let [kept, asked] = sides.map(of);
        (kept != asked).then(|| format!("{what} was {kept}, and is {asked}"))
    };
    let keys = |report: &SweepReport| {
        let each = report.keys.iter().map(|key| format!("{}={}", key.key, Value::from(key.values.clone())));
        each.collect::<Vec<_>>().join(" ")
    };
    differs("the version of this tool", |it| it.tool_version.clone())
        .or_else(|| differs("the target", |it| it.cluster.clone().unwrap_or_else(|| it.target.clone())))
        .or_else(|| differs("--set", keys))
        .or_else(|| (kept.config != asked.config).then(|| of_configs(kept, asked)))
}

fn of_configs(kept: &SweepReport, asked: &SweepReport) -> String {
    let configs = [kept, asked].map(|report| decode(&report.config).unwrap_or_default());
    let [kept, asked]: &[Config; 2] = &configs;
    let all = config_differences(kept, asked).into_iter().map(|it: ConfigDifference| it.named(["before", "now"]));
    let all = all.collect::<Vec<_>>().join("; ");
    if all.is_empty() { "its seed, objectives or output differ".into() } else { format!("it differs in {all}") }
}

/// Writes the state; makes the folder where it is not there.
pub(super) fn save(report: &SweepReport, folder: &Path) -> Result<(), RunError> {
    if !folder.join(FILE).exists() {
        RunFolder::make(folder)?;
    }
    Ok(write_file(&folder.join(FILE), report)?)
}

/// Removes the folder of a point that was under way when it was stopped or killed, and what that run left on a cluster.
pub(super) fn remove_half_done(target: &Target, pools: &[SweptPool], folder: &Path) -> Result<(), RunError> {
    if !folder.exists() {
        return Ok(());
    }
    if *target != Target::Simulator {
        let namespaces: Vec<String> = pools.iter().map(|pool| pool.namespace.clone()).collect();
        let run_id = StoredRun::open("output.dir", folder).ok().and_then(|run| run.config.run_id);
        if let Some(run_id) = run_id {
            cleanup(target, &namespaces, Runs::One(&run_id))?;
        }
    }
    fs::remove_dir_all(folder).map_err(|error| RunError::Write { what: format!("{} anew", folder.display()), error })
}
