use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::context::Call;
use super::status::Failure;

/// `DeleteOptions`, in the body, or else in the query.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    pub grace_period_seconds: Option<i64>,
    preconditions: Option<Preconditions>,
    propagation_policy: Option<Policy>,
    /// Older than `propagation_policy`, and the same.
    orphan_dependents: Option<bool>,
    dry_run: Option<Vec<DryRun>>,
}

/// What becomes of what the object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Policy {
    Orphan,
    Background,
    Foreground,
}

/// Which stages of a request are only tried.
#[derive(Debug, Clone, Copy, Deserialize)]
enum DryRun {
    All,
}

/// What must hold of the object that is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

impl Options {
    /// The options of a request.
    pub fn read(call: &Call, body: &[u8]) -> Result<Self, Failure> {
        Self::parse(if body.is_empty() { from_query(call)? } else { body::parse(body, &call.content_type)? })
    }

    /// `DeleteOptions` as JSON.
    pub fn parse(value: Value) -> Result<Self, Failure> {
        let invalid = |error: serde_json::Error| {
            let message = format!("DeleteOptions.meta.k8s.io \"\" is invalid: {error}");
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
        };
        let options: Self = serde_json::from_value(value).map_err(invalid)?;
        if options.orphan_dependents.is_some() && options.propagation_policy.is_some() {
            let why = "propagationPolicy: Invalid value: orphanDependents and deletionPropagation cannot be both set";
            return Err(invalid(serde::de::Error::custom(why)));
        }
        Ok(options)
    }

    pub fn is_dry_run(&self) -> bool {
        self.dry_run.iter().flatten().any(|DryRun::All| true)
    }

    /// What must hold of the object, of each the name, what is wanted, and what it is.
    pub fn preconditions<'a>(&'a self, uid: &'a str, version: &'a str) -> Vec<(&'static str, &'a str, &'a str)> {
        let Some(wanted) = &self.preconditions else { return Vec::new() };
        let uid = wanted.uid.as_deref().map(|wanted| ("UID", wanted, uid));
        let version = wanted.resource_version.as_deref().map(|wanted| ("ResourceVersion", wanted, version));
        uid.into_iter().chain(version).collect()
    }

    pub fn policy(&self) -> Option<Policy> {
        let older = self.orphan_dependents.map(|orphan| if orphan { Policy::Orphan } else { Policy::Background });
        self.propagation_policy.or(older)
    }
}

/// The query counts where there is no body.
fn from_query(call: &Call) -> Result<Value, Failure> {
    let query = &call.query;
    let grace = query.get("gracePeriodSeconds").map(|text| {
        let why = |_| Failure::bad_request(format!("gracePeriodSeconds: Invalid value: {text:?}"));
        text.parse::<i64>().map_err(why)
    });
    Ok(json!({ "gracePeriodSeconds": grace.transpose()?, "propagationPolicy": query.get("propagationPolicy"),
        "dryRun": query.all("dryRun") }))
}
