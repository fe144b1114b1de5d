use std::path::Path;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::look::{calibration, compare_pairs, write_page};
use super::options::AbOptions;
use crate::config::Config;
use crate::measure::compare::LOOKS;
use crate::report::{AbEnd, AbLook, AbReport, AbRun, AbSide, write_file};
use crate::run::pools::wait_for_pools;
use crate::run::single::random_seed;
use crate::run::{RunError, RunOptions, RunResult, Target, run};

/// Pairs in a row that are INVALID end it: more of them would only take time.
const MOST_INVALID: usize = 3;

/// The runs, pair by pair, and the looks at them.
pub(super) struct Turns<'a> {
    options: &'a AbOptions,
    out_dir: &'a Path,
    begun: Instant,
    order: ChaCha8Rng,
    report: AbReport,
}

impl<'a> Turns<'a> {
    pub fn new(options: &'a AbOptions, out_dir: &'a Path) -> Self {
        let seed = options.configs[0].load.seed.unwrap_or_else(random_seed);
        let planned_looks = if options.calibrate { &LOOKS[..1] } else { &LOOKS[..] };
        let report = AbReport {
            schema_version: 2,
            tool_version: env!("CARGO_PKG_VERSION").into(),
            target: options.target.kind().into(),
            seed,
            calibrate: options.calibrate,
            force: options.compare.force,
            at_most_s: options.at_most.secs(),
            level_of_a_look: options.compare.rules.shared_by(planned_looks.len()).level,
            planned_looks: planned_looks.to_vec(),
            runs: Vec::new(),
            looks: Vec::new(),
            ended: None,
            took_s: 0.0,
            comparison: None,
            calibration: None,
        };
        Self { options, out_dir, begun: Instant::now(), order: ChaCha8Rng::seed_from_u64(seed), report }
    }

    /// Runs and looks until there is a verdict or another end.
    pub fn play(mut self) -> Result<AbReport, RunError> {
        let ended = loop {
            if !self.pair()? {
                break AbEnd::Interrupted;
            }
            if let Some(ended) = self.ends_here()? {
                break ended;
            }
        };
        self.report.ended = Some(ended);
        if ended != AbEnd::Interrupted && self.report.calibrate {
            self.report.calibration = calibration(&self.report, &self.options.compare, self.out_dir)?;
        }
        if let (None, Some(comparison)) = (self.report.without_verdict(), &self.report.comparison) {
            write_page(&self.report, comparison, self.out_dir)?;
        }
        self.save()?;
        Ok(self.report)
    }

    /// Runs both sides of the next pair in random order; false where that was interrupted.
    fn pair(&mut self) -> Result<bool, RunError> {
        let mut sides = AbSide::ALL;
        if self.order.random::<bool>() {
            sides.reverse();
        }
        let pair = self.report.pairs().count() + 1;
        for side in sides {
            let begun = Instant::now();
            let summary = match self.run(side, pair) {
                Ok(result) => result.summary,
                Err(RunError::Interrupted) => return Ok(false),
                Err(error) => return Err(error),
            };
            let run = AbRun::new(side, pair, &summary, begun.elapsed().as_secs_f64());
            if let Some(tell) = &self.options.on_run {
                tell(&run);
            }
            self.report.runs.push(run);
            self.save()?;
            if summary.interrupted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn run(&self, side: AbSide, pair: usize) -> Result<RunResult, RunError> {
        let AbOptions { target, stop, progress, yes, running, .. } = self.options;
        if stop.is_stopped() {
            return Err(RunError::Interrupted);
        }
        let config = self.config_of(side, pair);
        if !self.report.runs.is_empty() && *target != Target::Simulator {
            wait_for_pools(&config, target, stop)?;
        }
        run(RunOptions {
            config,
            target: target.clone(),
            stop: stop.clone(),
            progress: progress.clone(),
            force: self.options.compare.force,
            yes: *yes,
            running: running.clone(),
        })
    }

    /// Both runs of a pair have one schedule, and each pair has its own. No two runs have the same service times of the
    /// simulator: what is alike by its seed would hide how much runs differ.
    fn config_of(&self, side: AbSide, pair: usize) -> Config {
        let mut config = self.options.configs[side as usize].clone();
        let place = self.report.runs.len() as u64;
        config.output.dir = Some(self.out_dir.join(side.folder(pair)));
        config.load.seed = Some(self.report.seed.wrapping_add(pair as u64 - 1));
        config.simulator.seed = config.simulator.seed.map(|seed| seed.wrapping_add(place));
        config
    }

    /// Looks where a look is due, and says whether and why this is the end.
    fn ends_here(&mut self) -> Result<Option<AbEnd>, RunError> {
        let counted = self.report.counted().count();
        let is_planned = self.report.planned_looks.contains(&counted);
        if is_planned && self.is_new(counted) && self.look(counted)? {
            return Ok(Some(AbEnd::Told));
        }
        if counted >= self.report.planned_looks.last().copied().unwrap_or(0) {
            return Ok(Some(AbEnd::Looks));
        }
        let last: Vec<_> = self.report.pairs().rev().take(MOST_INVALID).collect();
        if last.len() == MOST_INVALID && last.iter().all(|pair| !self.report.counts(pair)) {
            return Ok(Some(AbEnd::Invalid));
        }
        if !self.is_time_over() {
            return Ok(None);
        }
        // The next look is taken early.
        let told = counted > 0 && self.is_new(counted) && self.look(counted)?;
        Ok(Some(if told { AbEnd::Told } else { AbEnd::AtMost }))
    }

    /// Whether the next pair would end too late if it took as long as the longest so far.
    fn is_time_over(&self) -> bool {
        let longest = self.report.pairs().map(|pair| pair.iter().map(|run| run.took_s).sum()).fold(0.0, f64::max);
        self.begun.elapsed().as_secs_f64() + longest > self.options.at_most.secs()
    }

    fn is_new(&self, counted: usize) -> bool {
        self.report.looks.last().is_none_or(|look| look.pairs < counted)
    }

    /// Compares all pairs that count; true where they tell.
    fn look(&mut self, counted: usize) -> Result<bool, RunError> {
        let comparison = compare_pairs(&self.report, &self.options.compare, self.out_dir)?;
        let look = AbLook {
            pairs: counted,
            at_s: self.begun.elapsed().as_secs_f64(),
            headline: comparison.headline(),
            verdict: comparison.comparison.verdict(),
        };
        if let Some(tell) = &self.options.on_look {
            tell(&look);
        }
        self.report.looks.push(look);
        let told = !comparison.cannot_tell();
        self.report.comparison = Some(comparison);
        self.save()?;
        Ok(told)
    }

    fn save(&mut self) -> Result<(), RunError> {
        self.report.took_s = self.begun.elapsed().as_secs_f64();
        Ok(write_file(&self.out_dir.join("ab.json"), &self.report)?)
    }
}
