//! Reviews, which are questions in the form of objects: access reviews, token reviews and self subject reviews.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::identify;
use super::status::Failure;
use crate::access::{AUDIENCE, Attributes, Rule, User};

/// What a review asks, as far as any kind of it does.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    resource_attributes: Option<Attributes>,
    non_resource_attributes: Option<Attributes>,
    user: String,
    groups: Vec<String>,
    namespace: String,
    token: String,
}

/// Answers a review; it is not stored.
pub fn answer(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let mut review: Value = body::parse(body, &call.content_type)?;
    if !review.is_object() {
        return Err(Failure::bad_request("a review must be a JSON object"));
    }
    let spec: Spec = serde_json::from_value(review["spec"].clone())
        .or_else(|error| if review["spec"].is_null() { Ok(Spec::default()) } else { Err(error) })
        .map_err(|error| Failure::bad_request(format!("spec: {error}")))?;
    review["status"] = match &*call.kind.kind {
        "SelfSubjectAccessReview" => access(context, &call.user, &spec)?,
        "SelfSubjectRulesReview" => rules(context, &call.user, &spec.namespace)?,
        "SelfSubjectReview" => json!({ "userInfo": user_info(&call.user) }),
        "TokenReview" => token(context, &spec.token),
        _ => access(context, &User::in_groups(&spec.user, spec.groups.iter().map(String::as_str)), &spec)?,
    };
    review["kind"] = (*call.kind.kind).into();
    review["apiVersion"] = call.kind.api_version(call.version()).into();
    Ok(body::json(StatusCode::CREATED, &review))
}

fn access(context: &Context, user: &User, spec: &Spec) -> Result<Value, Failure> {
    let what = match (&spec.resource_attributes, &spec.non_resource_attributes) {
        (Some(what), None) => Attributes { path: String::new(), ..what.clone() },
        (None, Some(what)) if !what.path.is_empty() => Attributes::path(&what.verb, &what.path),
        _ => {
            let message = "spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or \
                resourceAttributes must be specified";
            return Err(Failure::bad_request(message));
        }
    };
    let decision = context.authorizer.decide(&context.store.lock(), user, &what);
    let mut status = json!({ "allowed": decision.allowed });
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.into();
    }
    Ok(status)
}

fn rules(context: &Context, user: &User, namespace: &str) -> Result<Value, Failure> {
    if namespace.is_empty() {
        return Err(Failure::bad_request("no namespace on request"));
    }
    let rules = if user.is_master() {
        let all = || vec!["*".to_owned()];
        let resources = Rule { verbs: all(), api_groups: all(), resources: all(), ..Rule::default() };
        vec![resources, Rule { verbs: all(), non_resource_urls: all(), ..Rule::default() }]
    } else {
        context.authorizer.rules(&context.store.lock(), user, namespace)
    };
    let (resources, urls): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule.non_resource_urls.is_empty());
    Ok(json!({ "incomplete": false, "resourceRules": resources, "nonResourceRules": urls }))
}

fn token(context: &Context, token: &str) -> Value {
    match identify::by_token(context, token) {
        Some(user) => json!({ "authenticated": true, "user": user_info(&user), "audiences": [AUDIENCE] }),
        None => json!({ "user": {}, "error": "invalid bearer token" }),
    }
}

fn user_info(user: &User) -> Value {
    let mut info = Map::from_iter([("username".into(), (*user.name).into()), ("groups".into(), json!(user.groups))]);
    if !user.uid.is_empty() {
        info.insert("uid".into(), (*user.uid).into());
    }
    info.into()
}
