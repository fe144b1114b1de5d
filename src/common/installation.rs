//! What of agent-sandbox stands on a cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{release, words};

words! {
    /// How objects of one version become those of another, as the CRD says.
    pub enum Conversion {
        /// Only `apiVersion` changes.
        None = "None",
        /// A webhook is asked.
        Webhook = "Webhook",
    }
}

/// The installation, as far as it may be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Installation {
    /// Tag of the controller's image.
    pub release: Option<String>,
    /// The controller's image.
    pub image: Option<String>,
    /// Arguments of the controller.
    pub args: Vec<String>,
    /// Versions in which the claims' API is served.
    pub served_versions: Vec<String>,
    /// Versions in which claims may be stored: `status.storedVersions` of their CRD.
    pub stored_versions: Vec<String>,
    /// How claims are converted.
    pub conversion: Option<Conversion>,
}

impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            Some(tag) => write!(f, "agent-sandbox {tag} ({})", release::standing(tag))?,
            None => write!(f, "agent-sandbox of a release that is not seen")?,
        }
        let served = self.served_versions.join(", ");
        write!(f, "; serves {}", if served.is_empty() { "nothing" } else { &served })?;
        if !self.stored_versions.is_empty() {
            write!(f, "; stores {}", self.stored_versions.join(", "))?;
        }
        if let Some(conversion) = self.conversion {
            write!(f, "; conversion {conversion}")?;
        }
        if !self.args.is_empty() {
            write!(f, "; {}", self.args.join(" "))?;
        }
        Ok(())
    }
}

/// The tag of an image; `None` where it has none.
#[must_use]
pub fn tag_of(image: &str) -> Option<&str> {
    let named = image.split('@').next()?.rsplit('/').next()?;
    named.split_once(':').map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_an_image() {
        assert_eq!(tag_of("registry.k8s.io/agent-sandbox/agent-sandbox-controller:v1@sha256:0"), Some("v1"));
        assert_eq!(tag_of("localhost:5000/controller"), None);
    }

    #[test]
    fn says_what_is_seen_and_no_more() {
        let text = Installation::default().to_string();
        assert_eq!(text, "agent-sandbox of a release that is not seen; serves nothing");
        let seen = Installation {
            release: Some("v0.5.5".into()),
            args: vec!["--extensions".into()],
            served_versions: vec!["v1beta1".into(), "v1alpha1".into()],
            stored_versions: vec!["v1beta1".into()],
            conversion: Some(Conversion::Webhook),
            ..Installation::default()
        };
        let wanted = "agent-sandbox v0.5.5 (known, not verified); serves v1beta1, v1alpha1; stores v1beta1; \
                      conversion Webhook; --extensions";
        assert_eq!(seen.to_string(), wanted);
    }
}
