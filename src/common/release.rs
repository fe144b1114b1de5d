//! The releases of agent-sandbox. No other file of the code knows their numbers.

use crate::words;

words! {
    /// A line of releases, which share an API and a way to work.
    #[derive(schemars::JsonSchema)]
    pub enum Line {
        /// The first API alone.
        First = "v0.4",
        /// Both APIs, with a conversion webhook between them.
        Both = "v0.5",
        /// The second API alone.
        Second = "v1.0",
    }
}

/// What is known of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Its tag, as `stack.manifest_ref` names it.
    pub tag: &'static str,
    /// How this program was tested with it; `None`: it is known to exist.
    pub verified: Option<&'static str>,
}

/// How the releases of a line work, where lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Versions of the API, the stored one first.
    pub versions: &'static [&'static str],
    /// A sandbox says whether it was started for its claim (label `launch-type`).
    pub says_launch_type: bool,
    /// A claim says when it was first Ready (annotation `claim-first-ready-at`).
    pub says_first_ready: bool,
    /// An adopted sandbox names its pod (annotation `pod-name`).
    pub names_pod: bool,
    /// A suspended sandbox says so (condition `Suspended`) and is not Ready; before, it is suspended by `replicas: 0`, and
    /// says that it is Ready.
    pub says_suspended: bool,
    /// A pod that the API server refuses is final (`InvalidConfiguration`).
    pub gives_up_invalid_pods: bool,
    /// A claim that waits for a pooled sandbox says so (`AdoptionPending`).
    pub says_adoption_pending: bool,
    /// A claim that missed its template is looked at as soon as there is one.
    pub waits_for_templates: bool,
}

const FIRST: Traits = Traits {
    versions: &["v1alpha1"],
    says_launch_type: false,
    says_first_ready: false,
    names_pod: true,
    says_suspended: false,
    gives_up_invalid_pods: false,
    says_adoption_pending: false,
    waits_for_templates: false,
};

const BOTH: Traits = Traits {
    versions: &["v1beta1", "v1alpha1"],
    says_launch_type: true,
    says_first_ready: true,
    says_suspended: true,
    ..FIRST
};

const SECOND: Traits = Traits {
    versions: &["v1beta1"],
    names_pod: false,
    gives_up_invalid_pods: true,
    says_adoption_pending: true,
    waits_for_templates: true,
    ..BOTH
};

const CONTROLLER: Option<&str> = Some("with its own controller on a real control plane");
const CONTROLLER_AND_NODE: Option<&str> = Some("with its own controller on a real control plane and on a real node");
const MANIFESTS: Option<&str> =
    Some("the shape of its manifests, with the controller of v0.5.6 on a real control plane");

/// The releases, oldest first.
pub const RELEASES: [Release; 13] = [
    Release { tag: "v0.4.6", verified: CONTROLLER },
    Release { tag: "v0.5.0", verified: None },
    Release { tag: "v0.5.1", verified: None },
    Release { tag: "v0.5.2", verified: None },
    Release { tag: "v0.5.3", verified: None },
    Release { tag: "v0.5.4", verified: None },
    Release { tag: "v0.5.5", verified: None },
    Release { tag: "v0.5.6", verified: CONTROLLER_AND_NODE },
    Release { tag: "v1.0.0", verified: None },
    Release { tag: "v1.0.1", verified: MANIFESTS },
    Release { tag: "v1.0.2", verified: None },
    Release { tag: "v1.0.3", verified: None },
    Release { tag: "v1.0.8", verified: None },
];

/// What is installed where `stack.manifest_ref` does not say.
pub const DEFAULT: &str = "v1.0.1";

/// The sandbox that upstream publishes: a Python runtime that executes what it is sent.
pub const RUNTIME_IMAGE: &str = "registry.k8s.io/agent-sandbox/python-runtime-sandbox:v0.4.6";

impl Line {
    /// The line of a tag, known or not; `None` for a line that is not known, and for what is no tag.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let of = |line: &Self| tag.strip_prefix(line.name()).is_some_and(|rest| rest.starts_with('.'));
        Self::ALL.into_iter().find(of)
    }

    /// How its releases work.
    #[must_use]
    pub const fn traits(self) -> Traits {
        match self {
            Self::First => FIRST,
            Self::Both => BOTH,
            Self::Second => SECOND,
        }
    }

    /// The newest release of the line that is known.
    #[must_use]
    pub fn newest(self) -> Option<&'static str> {
        RELEASES.iter().rev().map(|release| release.tag).find(|tag| Self::of(tag) == Some(self))
    }
}

impl Default for Line {
    /// The line of the default release.
    fn default() -> Self {
        Self::of(DEFAULT).unwrap_or(Self::Second)
    }
}

/// What is known of a release, in words for people.
#[must_use]
pub fn standing(tag: &str) -> String {
    match RELEASES.iter().find(|release| release.tag == tag) {
        Some(Release { verified: Some(how), .. }) => format!("verified: {how}"),
        Some(_) => "known, not verified".into(),
        None => "not known to this version, which tries it".into(),
    }
}

/// Whether a release stands in the table.
#[must_use]
pub fn is_known(tag: &str) -> bool {
    RELEASES.iter().any(|release| release.tag == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_is_of_a_line_and_the_default_is_one_of_them() {
        assert!(RELEASES.iter().all(|release| Line::of(release.tag).is_some()));
        assert!(is_known(DEFAULT));
        assert_eq!(Line::Both.newest(), Some("v0.5.6"));
    }

    #[test]
    fn a_tag_that_is_not_known_still_has_a_line() {
        assert_eq!(Line::of("v1.0.99"), Some(Line::Second));
        assert_eq!((Line::of("v1.01.0"), Line::of("v2.0.0"), Line::of("0123abc")), (None, None, None));
        assert!(standing("v1.0.99").contains("tries"));
    }
}
