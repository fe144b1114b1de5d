//! The command line; thin: parse, call, print. Data goes to stdout, everything for people to stderr.

mod ab;
mod baseline;
mod cleanup;
mod compare;
mod completions;
mod config;
mod controller;
mod exec;
mod export;
mod help;
mod history;
mod install;
mod options;
mod output;
mod pkb_shim;
mod preflight;
mod progress;
mod report;
mod run;
mod runner;
mod search;
mod signals;
mod simulate;
mod stack;
mod status;
mod sweep;
mod target;
mod terminal;
mod uninstall;
mod words;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::cluster::tell_by;
use options::OutputFormat;
use output::say;

/// Sends sandbox claims at a planned rate and measures how long each takes to become Ready.
///
/// Without a target every command works on an embedded simulator; a cluster is touched only if it is named.
#[derive(Parser)]
#[command(name = "agent-sandbox-bench", bin_name = "agent-sandbox-bench", version, term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Claim sandboxes at a planned rate and measure each.
    #[command(after_help = help::RUN)]
    Run(Box<run::Run>),
    /// Install the stack: gVisor, the API, the controller, template and pool.
    #[command(after_help = help::INSTALL)]
    Install(install::Install),
    /// Remove what install made, and only that.
    Uninstall(uninstall::Uninstall),
    /// Show what is installed, whose it is, and what is wrong; exit 1 if anything is.
    #[command(after_help = help::STATUS)]
    Status(status::Status),
    /// Can this cluster carry this run? 0 yes, 6 blocked.
    #[command(after_help = help::PREFLIGHT)]
    Preflight(Box<preflight::Preflight>),
    /// Find the highest rate that meets the objectives; exit 4 if none does.
    #[command(after_help = help::SEARCH)]
    Search(Box<search::Search>),
    /// Compare two runs, or sets of runs; exit 5 if the second is slower beyond chance.
    #[command(after_help = help::COMPARE)]
    Compare(compare::Compare),
    /// Run two configurations in turns until it can tell which is slower; exit 5 if the new one is.
    #[command(after_help = help::AB)]
    Ab(Box<ab::Ab>),
    /// Run every combination of settings, into one table and page; goes on where it was stopped or killed.
    #[command(after_help = help::SWEEP)]
    Sweep(Box<sweep::Sweep>),
    /// Keep runs in one file, and compare later runs with them.
    Baseline(baseline::Baseline),
    /// Follow a figure over many runs, and find where its level changes.
    #[command(after_help = help::HISTORY)]
    History(history::History),
    /// Print the figures of runs for Bencher, github-action-benchmark, Otava, benchstat or a table.
    #[command(after_help = help::EXPORT)]
    Export(export::Export),
    /// (Re)write the page that shows a run: report.html.
    #[command(after_help = help::REPORT)]
    Report(report::Report),
    /// Remove what a killed run left, without asking.
    #[command(after_help = help::CLEANUP)]
    Cleanup(cleanup::Cleanup),
    /// Serve the embedded simulator for other programs.
    #[command(after_help = help::SIMULATE)]
    Simulate(simulate::Simulate),
    /// Be one of several processes of a run: what `run --runners` starts in the cluster.
    #[command(hide = true)]
    Runner(runner::Runner),
    /// Become another program, which ends with the process that started this one.
    #[command(hide = true)]
    Exec(exec::Exec),
    /// Show the resolved configuration, or its JSON Schema.
    Config(config::ConfigCommand),
    /// Print a script that completes commands and options in a shell.
    Completions(completions::Completions),
    /// Add the benchmarks to a PKB checkout.
    PkbShim(pkb_shim::PkbShim),
}

/// Runs the command; returns its exit code.
///
/// 0 done, valid, objectives met; 1 failed; 2 bad input; 3 invalid as a measurement; 4 an objective was missed; 5 regression; 6 preflight
/// blocked; 7 cannot tell; 130 interrupted.
#[must_use]
pub fn main(arguments: Vec<OsString>) -> i32 {
    if let Some(code) = completions::answer(Cli::command, &arguments) {
        return code;
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and go to stdout.
            return if error.print().is_ok() { error.exit_code() } else { error.exit_code().max(1) };
        }
    };
    tell_by(|text| say!("{text}"));
    let done = match cli.command {
        Command::Run(command) => command.run(),
        Command::Install(command) => command.run(),
        Command::Uninstall(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Preflight(command) => command.run(),
        Command::Search(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Ab(command) => command.run(),
        Command::Sweep(command) => command.run(),
        Command::Baseline(command) => command.run(),
        Command::History(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Cleanup(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Runner(command) => command.run(),
        Command::Exec(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::PkbShim(command) => command.run(),
    };
    done.unwrap_or_else(|error| {
        terminal::show_error(&error);
        error.exit_code()
    })
}
