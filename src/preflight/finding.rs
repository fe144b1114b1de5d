use std::fmt;

use agent_sandbox_common::installation::Installation;
use agent_sandbox_common::release::is_known;
use serde::Serialize;

use crate::cluster::ClusterError;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A run cannot work; it does not start without `--force`.
    Blocker,
    /// A run works, and its figures may show this rather than agent-sandbox.
    Warning,
}

/// A reason not to run, or to take care with a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do about it.
    pub next: String,
}

impl Finding {
    pub(crate) fn blocker(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Blocker, what: what.into(), why: why.into(), next: next.into() }
    }

    pub(super) fn warning(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::blocker(what, why, next) }
    }
}

/// What the checks found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Findings {
    /// What stands of agent-sandbox, as far as the account may look.
    pub installation: Installation,
    /// Blockers first.
    pub findings: Vec<Finding>,
    /// Checks that could not look, and why: no finding, but no clearance either.
    pub unchecked: Vec<String>,
}

impl Findings {
    /// Whether a run must not start.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blockers().next().is_some()
    }

    /// The blockers.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Blocker)
    }

    pub(super) fn add(&mut self, what: &str, checked: Result<Vec<Finding>, ClusterError>) {
        match checked {
            Ok(findings) => findings.into_iter().for_each(|finding| self.add_one(finding)),
            Err(error) => self.unchecked.push(format!("{what}: {error}")),
        }
    }

    /// Takes what stands; a release that is not known is a warning.
    pub(super) fn set_installation(&mut self, seen: Installation) {
        if let Some(tag) = seen.release.as_ref().filter(|tag| !is_known(tag)) {
            self.add_one(Finding::warning(
                format!("agent-sandbox {tag} is a release that this version does not know"),
                "its API is used as it is served; new reasons of its conditions are taken for ones that pass",
                "look for a newer version of agent-sandbox-bench",
            ));
        }
        self.installation = seen;
    }

    pub(super) fn add_one(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.findings.sort_by_key(|finding| finding.severity);
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.installation)?;
        for finding in &self.findings {
            let severity = match finding.severity {
                Severity::Blocker => "blocker",
                Severity::Warning => "warning",
            };
            writeln!(f, "{severity}: {}\n  why: {}\n  do:  {}", finding.what, finding.why, finding.next)?;
        }
        for unchecked in &self.unchecked {
            writeln!(f, "not checked: {unchecked}")?;
        }
        if self.findings.is_empty() {
            writeln!(f, "no blockers, no warnings")?;
        }
        Ok(())
    }
}
