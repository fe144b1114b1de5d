use http::{Method, StatusCode};
use serde::Deserialize;

use super::context::{Call, Context};
use super::status::Failure;
use crate::kinds::{DEPLOYMENTS, KindId, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS};
use crate::store::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    #[serde(default)]
    name: String,
    #[serde(default)]
    client_config: ClientConfig,
    #[serde(default)]
    rules: Vec<Rule>,
    failure_policy: Option<String>,
    timeout_seconds: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClientConfig {
    url: Option<String>,
    service: Option<Service>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    name: String,
    namespace: String,
    path: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    operations: Vec<String>,
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
}

/// Refuses a write for which a webhook must be asked that is down. One is up where a Deployment of its Service's namespace
/// is available, and then allows everything: no webhook runs here.
pub fn admit(context: &Context, call: &Call, method: &Method) -> Result<(), Failure> {
    let state = context.store.lock();
    for kind in [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS] {
        if let Some(down) = needed_and_down(&state, kind, call, method) {
            return Err(down.failure());
        }
    }
    Ok(())
}

fn needed_and_down(state: &State, kind: KindId, call: &Call, method: &Method) -> Option<Webhook> {
    // Usually there is none, and each write comes by here.
    state.collection(kind).within(None).find_map(|configuration| {
        let webhooks: Vec<Webhook> = configuration.parse_as("webhooks");
        webhooks.into_iter().find(|it| {
            it.failure_policy.as_deref() != Some("Ignore")
                && it.rules.iter().any(|rule| rule.matches(state, call, method))
                && !it.is_up(state)
        })
    })
}

impl Rule {
    fn matches(&self, state: &State, call: &Call, method: &Method) -> bool {
        let has = |list: &[String], wanted: &str| list.iter().any(|it| it == "*" || it == wanted);
        has(&self.operations, operation(state, call, method))
            && has(&self.api_groups, &call.kind.group)
            && has(&self.api_versions, call.version())
            && has(&self.resources, &call.place.plural)
    }
}

/// An apply of what is not there creates it.
fn operation(state: &State, call: &Call, method: &Method) -> &'static str {
    match *method {
        Method::POST => "CREATE",
        Method::DELETE => "DELETE",
        Method::PATCH if state.get(call.id, &call.key()).is_none() => "CREATE",
        _ => "UPDATE",
    }
}

impl Webhook {
    fn is_up(&self, state: &State) -> bool {
        let Some(service) = &self.client_config.service else { return false };
        state.collection(DEPLOYMENTS).within(Some(&service.namespace)).any(|deployment| {
            deployment.parse("status")["availableReplicas"].as_u64().is_some_and(|available| available > 0)
        })
    }

    /// As the API server words it.
    fn failure(&self) -> Failure {
        let url = match &self.client_config {
            ClientConfig { url: Some(url), .. } => url.clone(),
            ClientConfig { service: Some(service), .. } => {
                let path = service.path.as_deref().unwrap_or("/");
                format!("https://{}.{}.svc:443{path}", service.name, service.namespace)
            }
            ClientConfig { .. } => String::new(),
        };
        let timeout = self.timeout_seconds.unwrap_or(10);
        let message = format!(
            "Internal error occurred: failed calling webhook \"{}\": failed to call webhook: Post \
             \"{url}?timeout={timeout}s\": dial tcp: connect: connection refused",
            self.name
        );
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }
}
