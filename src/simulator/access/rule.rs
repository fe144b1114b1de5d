use std::fmt;

use serde::{Deserialize, Serialize};

use super::Attributes;

/// A `PolicyRule` of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Rule {
    pub verbs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Empty for every name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
}

impl Rule {
    pub fn allows(&self, what: &Attributes) -> bool {
        if !has(&self.verbs, &what.verb) {
            return false;
        }
        if !what.is_resource() {
            return self.non_resource_urls.iter().any(|url| url_matches(url, &what.path));
        }
        has(&self.api_groups, &what.group)
            && self.resources.iter().any(|resource| resource_matches(resource, what))
            && (self.resource_names.is_empty() || self.resource_names.contains(&what.name))
    }

    /// The rule as questions, each for one thing; a user that is allowed all of them holds the rule.
    pub fn questions(&self, namespace: &str) -> Vec<Attributes> {
        let mut questions = Vec::new();
        let no_name = [String::new()];
        let names = if self.resource_names.is_empty() { &no_name[..] } else { &self.resource_names };
        for verb in &self.verbs {
            questions.extend(self.non_resource_urls.iter().map(|url| Attributes::path(verb, url)));
            for group in &self.api_groups {
                for full in &self.resources {
                    let (resource, subresource) = full.split_once('/').unwrap_or((full, ""));
                    questions.extend(names.iter().map(|name| Attributes {
                        verb: verb.clone(),
                        path: String::new(),
                        group: group.clone(),
                        resource: resource.into(),
                        subresource: subresource.into(),
                        namespace: namespace.into(),
                        name: name.clone(),
                    }));
                }
            }
        }
        questions
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|it| it == "*" || it == wanted)
}

/// `*`, `pods`, `pods/log`, or `*/scale` for a subresource of whatever it is.
fn resource_matches(rule: &str, what: &Attributes) -> bool {
    if rule == "*" {
        return true;
    }
    match rule.split_once('/') {
        None => what.subresource.is_empty() && rule == what.resource,
        Some((resource, subresource)) => {
            subresource == what.subresource && (resource == "*" || resource == what.resource)
        }
    }
}

fn url_matches(rule: &str, path: &str) -> bool {
    rule == path || rule.strip_suffix('*').is_some_and(|start| path.starts_with(start))
}

/// As a refusal to grant it shows it.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("ResourceNames", &self.resource_names),
            ("NonResourceURLs", &self.non_resource_urls),
            ("Verbs", &self.verbs),
        ];
        let given = fields.iter().filter(|(_, list)| !list.is_empty());
        let texts: Vec<String> = given.map(|(name, list)| format!("{name}:{list:?}")).collect();
        write!(f, "{{{}}}", texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asks(verb: &str, group: &str, resource: &str, name: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            ..Attributes::default()
        }
    }

    fn rule(value: serde_json::Value) -> Rule {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_rule_allows_what_it_names() {
        let pods = rule(json!({ "apiGroups": [""], "resources": ["pods", "*/scale"], "verbs": ["get", "list"] }));
        assert!(pods.allows(&asks("get", "", "pods", "a")));
        assert!(pods.allows(&asks("get", "", "anything/scale", "a")));
        for no in [
            asks("create", "", "pods", ""),
            asks("get", "apps", "pods", ""),
            asks("get", "", "secrets", ""),
            asks("get", "", "pods/log", ""),
            Attributes::path("get", "/pods"),
        ] {
            assert!(!pods.allows(&no), "{no}");
        }
    }

    #[test]
    fn names_narrow_a_rule() {
        let one = rule(json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["a"] }));
        assert!(one.allows(&asks("delete", "apps", "deployments/scale", "a")));
        assert!(!one.allows(&asks("delete", "apps", "deployments", "b")));
        assert!(!one.allows(&asks("list", "apps", "deployments", "")));
    }

    #[test]
    fn urls_match_whole_or_by_their_start() {
        let urls = rule(json!({ "nonResourceURLs": ["/version", "/openapi/*"], "verbs": ["get"] }));
        assert!(urls.allows(&Attributes::path("get", "/version")));
        assert!(urls.allows(&Attributes::path("get", "/openapi/v2")));
        assert!(!urls.allows(&Attributes::path("get", "/versions")));
        assert!(!urls.allows(&Attributes::path("get", "/openapi")));
        assert!(!urls.allows(&Attributes::path("post", "/version")));
    }

    #[test]
    fn a_rule_answers_its_own_questions_and_no_stars() {
        let some = rule(json!({ "apiGroups": ["", "apps"], "resources": ["pods", "pods/log"], "verbs": ["get"] }));
        let questions = some.questions("here");
        assert_eq!(questions.len(), 4);
        assert!(questions.iter().all(|question| some.allows(question)));
        let all = rule(json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }));
        assert!(all.questions("here").iter().all(|question| all.allows(question) && !some.allows(question)));
    }
}
