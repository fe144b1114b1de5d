use http::StatusCode;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::path::Place;
use super::status::Failure;

const GROUP: &str = "authorization.k8s.io";

/// Whether a path is a review: a question in the form of an object that is not stored.
pub fn is_review(place: &Place) -> bool {
    place.group == GROUP && place.version == "v1" && place.name.is_none()
}

/// Answers a review: the one account there is may do everything.
pub fn answer(place: &Place, body: &[u8], content_type: &str) -> Result<Answer, Failure> {
    let mut review: Value = body::parse(body, content_type)?;
    review["status"] = match place.plural.as_str() {
        "selfsubjectaccessreviews" | "subjectaccessreviews" | "localsubjectaccessreviews" => {
            json!({ "allowed": true, "reason": "the simulator has one account, and it may do everything" })
        }
        "selfsubjectrulesreviews" => {
            json!({ "incomplete": false, "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
            "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }] })
        }
        _ => return Err(Failure::no_such_path()),
    };
    Ok(body::json(StatusCode::CREATED, &review))
}
