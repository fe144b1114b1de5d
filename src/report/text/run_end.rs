use std::collections::BTreeMap;
use std::path::Path;

use crate::config::Validity;
use crate::measure::Summary;

/// What the text says at the end of a run.
#[derive(Debug, Clone, Copy)]
pub struct RunEnd<'a> {
    /// What was measured.
    pub summary: &'a Summary,
    /// The tolerances by which it was judged.
    pub validity: &'a Validity,
    /// A claim of each reason.
    pub examples: &'a BTreeMap<String, Example>,
    /// How the command ends.
    pub ending: Ending<'a>,
}

/// How a command ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// Where the results lie.
    pub results: &'a Path,
    /// The command's exit code.
    pub exit_code: i32,
    /// Whether to show also what only developers of a cluster or of this tool need.
    pub verbose: bool,
}

/// A claim that ended for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its name.
    pub claim: String,
    /// What the server, or the connection to it, said.
    pub message: Option<String>,
}
