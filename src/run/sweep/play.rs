use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use super::kept::{remove_half_done, save};
use super::options::SweepOptions;
use crate::config::{Config, ConfigError, WarmPool, from_value};
use crate::report::{SWEEP_PAGE, SweepPoint, SweepReport, SweptPool, sweep_html};
use crate::run::pools::{pool_sizes, renew_pools, resize_pools};
use crate::run::report::write_page;
use crate::run::{RunError, RunOptions, RunResult, Target, run};

/// The points of a sweep, and what has become of them.
pub(super) struct Points<'a> {
    options: &'a SweepOptions,
    out_dir: &'a Path,
    /// Of each point, by key.
    settings: Vec<Vec<Value>>,
    report: SweepReport,
}

impl<'a> Points<'a> {
    pub fn new(options: &'a SweepOptions, out_dir: &'a Path, settings: Vec<Vec<Value>>, report: SweepReport) -> Self {
        Self { options, out_dir, settings, report }
    }

    pub fn count(&self) -> usize {
        self.settings.len()
    }

    /// The configuration of the point at `place`, from 1. All have one schedule, so that they differ in what is set; the
    /// service times of the embedded simulator are each point's own.
    pub fn config_of(&self, place: usize) -> Result<Config, ConfigError> {
        let simulator_seed = self.report.simulator_seed.wrapping_add(place as u64 - 1);
        let seeds = [("load.seed", self.report.seed), ("simulator.seed", simulator_seed)];
        let seeds = seeds.into_iter().map(|(key, seed)| (key.to_owned(), Value::from(seed)));
        let overrides: Vec<(String, Value)> = seeds.chain(self.values(place)).collect();
        let mut config = from_value(self.report.config.clone(), &overrides)?;
        config.output.dir = Some(self.folder(place));
        Ok(config)
    }

    /// Runs each point that is not there yet.
    pub fn play(mut self) -> Result<SweepReport, RunError> {
        self.begin()?;
        let played = self.play_all();
        let restored = self.restore();
        match played {
            Ok(()) | Err(RunError::Interrupted) => restored?,
            Err(error) => return Err(error),
        }
        Ok(self.report)
    }

    /// Settles what a point needs: the pools as they were found, and no half of a point.
    fn begin(&mut self) -> Result<(), RunError> {
        let SweepOptions { target, stop, config, on_begin, .. } = self.options;
        if *target != Target::Simulator && self.report.pools.is_empty() {
            let pools = self.all_pools()?;
            let sizes = pool_sizes(config, target, stop, &pools)?;
            let swept =
                |(pool, replicas): (WarmPool, u32)| SweptPool { namespace: pool.namespace, name: pool.name, replicas };
            self.report.pools = pools.into_iter().zip(sizes).map(swept).collect();
        }
        self.save()?;
        if let Some(tell) = on_begin {
            tell(&self.report, self.out_dir);
        }
        for place in self.missing() {
            remove_half_done(target, &self.report.pools, &self.folder(place))?;
        }
        Ok(())
    }

    fn play_all(&mut self) -> Result<(), RunError> {
        for place in self.missing() {
            let begun = Instant::now();
            let summary = self.run(place)?.summary;
            if summary.interrupted {
                return Err(RunError::Interrupted);
            }
            let (values, took_s) = (self.values(place).collect::<BTreeMap<_, _>>(), begun.elapsed().as_secs_f64());
            let point = SweepPoint::new(place, values, &summary, &self.report.figures, took_s);
            if let Some(tell) = &self.options.on_point {
                tell(&point);
            }
            let at = self.report.points.partition_point(|other| other.place < place);
            self.report.points.insert(at, point);
            self.save()?;
        }
        Ok(())
    }

    fn run(&self, place: usize) -> Result<RunResult, RunError> {
        let SweepOptions { target, stop, progress, force, yes, running, .. } = self.options;
        if stop.is_stopped() {
            return Err(RunError::Interrupted);
        }
        let config = self.config_of(place)?;
        if *target != Target::Simulator {
            renew_pools(&config, target, stop, &self.pools(config.stack.sandbox_warmpool.replicas))?;
        }
        run(RunOptions {
            config,
            target: target.clone(),
            stop: stop.clone(),
            progress: progress.clone(),
            force: *force,
            yes: *yes,
            running: running.clone(),
        })
    }

    /// Leaves the pools of a cluster as large as they were.
    fn restore(&self) -> Result<(), RunError> {
        let SweepOptions { target, config, .. } = self.options;
        if *target == Target::Simulator { Ok(()) } else { resize_pools(config, target, &self.pools(None)) }
    }

    /// The pools, as large as they were found or, where `replicas` is given, as that.
    fn pools(&self, replicas: Option<u32>) -> Vec<(WarmPool, u32)> {
        let pool = |it: &SweptPool| {
            let pool = WarmPool { name: it.name.clone(), namespace: it.namespace.clone(), weight: 1.0 };
            (pool, replicas.unwrap_or(it.replicas))
        };
        self.report.pools.iter().map(pool).collect()
    }

    /// The pools of all points.
    fn all_pools(&self) -> Result<Vec<WarmPool>, ConfigError> {
        let mut pools: Vec<WarmPool> = Vec::new();
        for place in 1..=self.count() {
            for pool in self.config_of(place)?.load.pools() {
                if !pools.iter().any(|it| (&it.namespace, &it.name) == (&pool.namespace, &pool.name)) {
                    pools.push(pool);
                }
            }
        }
        Ok(pools)
    }

    fn values(&self, place: usize) -> impl Iterator<Item = (String, Value)> {
        let keys = self.report.keys.iter().map(|key| key.key.clone());
        keys.zip(self.settings[place - 1].iter().cloned())
    }

    /// The places of the points that are not there.
    fn missing(&self) -> Vec<usize> {
        let is_there = |place: &usize| self.report.points.iter().any(|point| point.place == *place);
        (1..=self.count()).filter(|place| !is_there(place)).collect()
    }

    fn folder(&self, place: usize) -> PathBuf {
        self.out_dir.join(SweepPoint::folder(place))
    }

    fn save(&mut self) -> Result<(), RunError> {
        self.report.judge();
        save(&self.report, self.out_dir)?;
        let page = sweep_html(&self.report, self.out_dir)?;
        Ok(write_page("output.dir", &self.out_dir.join(SWEEP_PAGE), &page)?)
    }
}
