//! Names that clients choose, made fit for tables: short, of plain characters, and not too many.

use std::collections::HashSet;
use std::sync::Arc;

/// The name of all that came after the names were too many.
const OTHER: &str = "other";
/// Characters of a name at most: the longest of Kubernetes' own kinds with a subresource has 45.
const LONGEST: usize = 64;

/// Names that came so far, `most` at most.
#[derive(Debug)]
pub struct Names {
    known: HashSet<Arc<str>>,
    most: usize,
}

impl Names {
    pub fn new(most: usize) -> Self {
        Self { known: HashSet::new(), most }
    }

    /// The name under which `name` is counted.
    pub fn take(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let name: String = name.chars().take(LONGEST).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
        if let Some(known) = self.known.get(&*name) {
            return known.clone();
        }
        if self.known.len() >= self.most {
            return OTHER.into();
        }
        let name: Arc<str> = name.into();
        self.known.insert(name.clone());
        name
    }
}

/// The program that a user agent names: what stands before its version. As the API server does it, `unknown` where it
/// names none.
pub fn program(user_agent: &str) -> &str {
    let name = user_agent.split(['/', ' ', '\t']).next().unwrap_or_default();
    if name.is_empty() { "unknown" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_before_its_version() {
        for (user_agent, name) in [
            (
                "agent-sandbox-controller/v0.5.6 (linux/amd64) kubernetes/abc/leader-election",
                "agent-sandbox-controller",
            ),
            ("curl", "curl"),
            ("my tool 3", "my"),
            ("tab\tbed", "tab"),
            ("/1.0", "unknown"),
            (" ", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(program(user_agent), name, "{user_agent:?}");
        }
    }

    #[test]
    fn names_stay_few_short_and_plain() {
        let mut names = Names::new(2);
        assert_eq!(&*names.take("a\u{1b}[31mb\u{202e}"), "a?[31mb?");
        assert_eq!(names.take(&"x".repeat(1000)).len(), LONGEST);
        for number in 0..100 {
            assert_eq!(&*names.take(&number.to_string()), OTHER);
        }
        assert_eq!(&*names.take("a\u{1b}[31mb\u{202e}"), "a?[31mb?", "what is known stays");
        assert_eq!(names.known.len(), 2);
    }
}
