//! Plays runs amid random faults in made-up time, and judges each by what the simulator knows. A seed decides everything: the
//! load, the faults, the network. The same seed gives the same files, byte for byte.
//!
//! `nox -s campaign` builds it and runs it.

mod history;
mod judge;
mod play;
mod random;
mod scenario;
mod seeds;

use std::path::PathBuf;
use std::process::ExitCode;

use agent_sandbox_common::mutation::Mutation;
use clap::Parser;

use play::Player;
use seeds::Until;

/// Runs amid random faults, in made-up time.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds are played.
    #[arg(long, default_value_t = 1500)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// One seed alone; its files are kept.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads that play seeds.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Play each seed twice, and compare the files byte for byte.
    #[arg(long)]
    twice: bool,
    /// Put each known fault into the program in turn, or the one of this name, and play seeds until one finds it.
    #[arg(long, num_args = 0..=1, default_missing_value = "all", value_name = "NAME")]
    mutations: Option<String>,
    /// Folder for the runs. A run without violation is removed, except with --seed.
    #[arg(long, default_value = "campaign")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let all_right = match &arguments.mutations {
        None => plays(&arguments),
        Some(name) => finds(&arguments, name),
    };
    ExitCode::from(u8::from(!all_right))
}

impl Arguments {
    fn seeds(&self) -> std::ops::Range<u64> {
        self.seed.map_or(self.first..self.first + self.seeds, |seed| seed..seed + 1)
    }

    fn player(&self, mutation: Option<Mutation>) -> Player {
        Player { out: self.out.clone(), keeps: self.seed.is_some(), twice: self.twice, mutation }
    }
}

/// Plays the seeds; whether nothing was wrong with any.
fn plays(arguments: &Arguments) -> bool {
    let campaign = seeds::play(&arguments.player(None), arguments.seeds(), arguments.threads, Until::Last);
    for (seed, violations) in &campaign.findings {
        violations.iter().for_each(|violation| println!("seed {seed}: {violation}"));
    }
    println!("{campaign}");
    campaign.findings.is_empty()
}

/// Plays seeds with each fault of the program; whether each was found.
fn finds(arguments: &Arguments, name: &str) -> bool {
    let chosen: Vec<Mutation> = Mutation::ALL.into_iter().filter(|it| name == "all" || name == it.name()).collect();
    let mut found = 0;
    for mutation in &chosen {
        let player = arguments.player(Some(*mutation));
        let campaign = seeds::play(&player, arguments.seeds(), arguments.threads, Until::FirstFinding);
        match campaign.findings.first() {
            Some((seed, violations)) => println!("{mutation}: seed {seed}: {}", violations[0]),
            None => println!("{mutation}: not found; {campaign}"),
        }
        found += usize::from(!campaign.findings.is_empty());
    }
    println!("{found} of {} faults of the program were found", chosen.len());
    found == chosen.len() && found > 0
}
