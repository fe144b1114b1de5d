//! What the types of `stack` cannot say.

use agent_sandbox_common::check::{Checked, ensure, named, some_time};
use agent_sandbox_common::names::{
    check_dns_label, check_dns_subdomain, check_label_key, check_label_value, check_quantity, quantity_value,
};

use super::validate::{image, keys, labels, plain, reserved};
use super::{Controller, Gvisor, GvisorInstaller, NodeSelection, SandboxTemplate, Stack, flag_name};

impl Stack {
    pub(super) fn validate(&self) -> Checked {
        named("stack.namespace", &self.namespace, check_dns_label(&self.namespace))?;
        ensure(!self.manifest_ref.is_empty(), "stack.manifest_ref", "nothing", "a release tag, a commit or a folder")?;
        let name = |part: &str| !part.is_empty() && !part.starts_with('.') && check_label_value(part).is_ok();
        let repository = self.repository().split_once('/').is_some_and(|(owner, repo)| name(owner) && name(repo));
        ensure(
            repository,
            "stack.manifest_repo",
            format!("\"{}\"", self.manifest_repo),
            "owner/name on GitHub, or its URL",
        )?;
        some_time("stack.wait_timeout", self.wait_timeout)?;
        let replicas = self.sandbox_warmpool.replicas.unwrap_or(0);
        ensure(replicas <= 200_000, "stack.sandbox_warmpool.replicas", replicas, "0 to 200000")?;
        let fields = [("replicas", "stack.sandbox_warmpool.replicas"), ("sandboxTemplateRef", "the one template")];
        reserved("stack.sandbox_warmpool.spec", &self.sandbox_warmpool.spec, &fields)?;
        self.controller.validate()?;
        self.sandbox_template.validate()?;
        self.gvisor_installer.validate()?;
        let runtime_class = self.sandbox_template.runtime_class.as_deref();
        ensure(
            self.gvisor != Gvisor::None || runtime_class.is_none(),
            "stack.sandbox_template.runtime_class",
            format!("\"{}\" beside stack.gvisor: none", runtime_class.unwrap_or_default()),
            "no runtime class, or another value of stack.gvisor",
        )?;
        self.nodes.as_ref().map_or(Ok(()), NodeSelection::validate)?;
        ensure(
            self.gvisor != Gvisor::None || self.nodes.is_none(),
            "stack.nodes",
            "it beside stack.gvisor: none",
            "no nodes, as only a runtime class ties sandboxes to nodes, or another value of stack.gvisor",
        )
    }
}

impl NodeSelection {
    fn validate(&self) -> Checked {
        let given = usize::from(self.selector.is_some()) + usize::from(!self.names.is_empty());
        ensure(given == 1, "stack.nodes", format!("{given} of selector and names"), "one of the two")?;
        if let Some(selector) = &self.selector {
            let terms = selector.split(',').all(|term| {
                let pair = term.split_once("!=").or_else(|| term.split_once("==")).or_else(|| term.split_once('='));
                let (key, value) = pair.unwrap_or((term.trim_start_matches('!'), ""));
                check_label_key(key.trim()).is_ok() && check_label_value(value.trim()).is_ok()
            });
            ensure(
                terms,
                "stack.nodes.selector",
                format!("\"{selector}\""),
                "terms key=value, key!=value, key or !key, with commas between",
            )?;
        }
        for (at, name) in self.names.iter().enumerate() {
            named(&format!("stack.nodes.names[{at}]"), name, check_dns_subdomain(name))?;
        }
        Ok(())
    }
}

impl GvisorInstaller {
    fn validate(&self) -> Checked {
        let at = "stack.gvisor_installer";
        image(&format!("{at}.image"), &self.image)?;
        let version = !self.version.is_empty() && check_label_value(&self.version).is_ok();
        ensure(version, &format!("{at}.version"), format!("\"{}\"", self.version), "a release, such as 20260511")?;
        let url = self.url.starts_with("https://") || self.url.starts_with("http://");
        ensure(url && plain(&self.url), &format!("{at}.url"), format!("\"{}\"", self.url), "an https or http URL")?;
        let path = self.path.as_deref().is_none_or(|path| path.starts_with('/') && plain(path));
        ensure(path, &format!("{at}.path"), format!("{:?}", self.path), "an absolute path")
    }
}

impl Controller {
    fn validate(&self) -> Checked {
        let at = "stack.controller";
        quantities(at, [&self.cpu_request, &self.cpu_limit, &self.memory_request, &self.memory_limit])?;
        let workers = [
            ("claim_workers", self.claim_workers),
            ("sandbox_workers", self.sandbox_workers),
            ("warmpool_workers", self.warmpool_workers),
            ("warmpool_max_batch_size", self.warmpool_max_batch_size),
        ];
        for (name, value) in workers {
            ensure(value != Some(0), &format!("{at}.{name}"), 0, "1 or more")?;
        }
        self.image.as_deref().map_or(Ok(()), |value| image(&format!("{at}.image"), value))?;
        let endpoint = self.otel_endpoint.as_deref().is_none_or(plain);
        ensure(endpoint, &format!("{at}.otel_endpoint"), format!("{:?}", self.otel_endpoint), "a URL without spaces")?;
        let qps =
            self.kube_api_qps.is_none_or(|qps| qps.is_finite() && (qps > 0.0 || (qps + 1.0).abs() < f64::EPSILON));
        ensure(
            qps,
            &format!("{at}.kube_api_qps"),
            self.kube_api_qps.unwrap_or_default(),
            "a number above 0, or -1 for no limit",
        )?;
        let burst = self.kube_api_burst;
        ensure(
            burst.is_none_or(|burst| burst > 0),
            &format!("{at}.kube_api_burst"),
            burst.unwrap_or_default(),
            "1 or more",
        )?;
        self.validate_args()?;
        self.validate_env()
    }

    /// Go's flag package stops at the first word that is no flag, and of a flag given twice the last one counts.
    fn validate_args(&self) -> Checked {
        let flags = self.flags();
        for (index, argument) in self.args.iter().enumerate() {
            let at = format!("stack.controller.args[{index}]");
            let name = flag_name(argument);
            let hyphens = argument.len() - argument.trim_start_matches('-').len();
            let form = (1..=2).contains(&hyphens) && !name.is_empty() && !name.contains(char::is_whitespace);
            ensure(form, &at, format!("\"{argument}\""), "one flag an item, --name or --name=value")?;
            let twice = format!("--{name} once");
            let earlier = self.args[..index].iter().any(|earlier| flag_name(earlier) == name);
            ensure(!earlier, &at, format!("--{name} a second time"), &twice)?;
            let field = flags.iter().find(|flag| flag.name == name).and_then(|flag| flag.field);
            let got = || format!("--{name} beside stack.controller.{}", field.unwrap_or_default());
            ensure(field.is_none(), &at, got(), "one of the two")?;
        }
        Ok(())
    }

    fn validate_env(&self) -> Checked {
        let named = self.tracing_env();
        for name in self.env.keys() {
            let at = format!("stack.controller.env.{name}");
            env_name(&at, name)?;
            let twice = named.iter().any(|(other, _)| other == name);
            ensure(!twice, &at, "it beside stack.controller.otel_endpoint", "one of the two")?;
        }
        Ok(())
    }
}

impl SandboxTemplate {
    fn validate(&self) -> Checked {
        let at = "stack.sandbox_template";
        quantities(at, [&self.cpu_request, &self.cpu_limit, &self.memory_request, &self.memory_limit])?;
        labels(&format!("{at}.labels"), &self.labels)?;
        keys(&format!("{at}.annotations"), self.annotations.keys())?;
        for name in self.env.keys() {
            env_name(&format!("{at}.env.{name}"), name)?;
        }
        for (name, value) in [("runtime_class", &self.runtime_class), ("service_account", &self.service_account)] {
            if let Some(value) = value {
                named(&format!("{at}.{name}"), value, check_dns_subdomain(value))?;
            }
        }
        image(&format!("{at}.image"), &self.image)
    }
}

fn env_name(field: &str, name: &str) -> Checked {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b'=');
    ensure(plain, field, format!("\"{name}\""), "printable ASCII without = and spaces")
}

/// Requests and limits: the grammar, and that no limit is below its request.
fn quantities(at: &str, values: [&String; 4]) -> Checked {
    let names = ["cpu_request", "cpu_limit", "memory_request", "memory_limit"];
    names
        .iter()
        .zip(values)
        .try_for_each(|(name, value)| named(&format!("{at}.{name}"), value, check_quantity(value)))?;
    for (request, limit) in [(0, 1), (2, 3)] {
        ensure(
            quantity_value(values[request]) <= quantity_value(values[limit]),
            &format!("{at}.{}", names[request]),
            format!("{} above {at}.{} {}", values[request], names[limit], values[limit]),
            "the limit or less",
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::from_value;

    fn refused(controller: &Value) -> String {
        from_value(json!({"stack": {"controller": controller}}), &[]).unwrap_err().to_string()
    }

    #[test]
    fn a_flag_given_twice_is_refused_by_name() {
        let cases = [
            (json!({"args": ["--a=1", "-a"]}), "stack.controller.args[1]: got --a a second time"),
            (
                json!({"claim_workers": 8, "args": ["--sandbox-claim-concurrent-workers=9"]}),
                "stack.controller.args[0]: got --sandbox-claim-concurrent-workers beside stack.controller.claim_workers",
            ),
            (json!({"leader_elect": true, "args": ["--leader-elect"]}), "beside stack.controller.leader_elect"),
            (json!({"args": ["kube-api-qps=3"]}), "one flag an item"),
            (json!({"args": ["--kube-api-qps 3"]}), "one flag an item"),
            (
                json!({"otel_endpoint": "http://x", "env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "y"}}),
                "stack.controller.env.OTEL_EXPORTER_OTLP_ENDPOINT: got it beside",
            ),
        ];
        for (controller, part) in cases {
            let error = refused(&controller);
            assert!(error.contains(part), "{error} lacks {part}");
        }
    }

    #[test]
    fn a_repository_is_a_name_or_its_url() {
        for repository in ["some-body/agent-sandbox", "https://github.com/some-body/agent-sandbox.git"] {
            let config = from_value(json!({"stack": {"manifest_repo": repository}}), &[]).unwrap();
            assert_eq!(config.stack.repository(), "some-body/agent-sandbox");
        }
        for repository in ["agent-sandbox", "a/b/c", "../..", "https://example.com/a/b", "a/"] {
            let error = from_value(json!({"stack": {"manifest_repo": repository}}), &[]).unwrap_err();
            assert_eq!(error.field, "stack.manifest_repo", "{repository}");
        }
    }

    #[test]
    fn a_flag_may_say_other_than_the_default_of_its_field() {
        let args = json!({"stack": {"controller": {"args": ["--leader-elect=true", "--extensions=false"]}}});
        let config = from_value(args, &[]).unwrap();
        assert!(config.stack.controller.flags().is_empty());
    }

    #[test]
    fn what_a_field_stands_for_cannot_be_merged() {
        let config = json!({"stack": {"sandbox_warmpool": {"spec": {"replicas": 3}}}});
        let error = from_value(config, &[]).unwrap_err();
        assert_eq!(error.field, "stack.sandbox_warmpool.spec.replicas");
        let error = from_value(json!({"load": {"claim": {"spec": {"warmPoolRef": {}}}}}), &[]).unwrap_err();
        assert_eq!(error.field, "load.claim.spec.warmPoolRef");
    }
}
