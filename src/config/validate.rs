//! What the types cannot say: ranges, names, and fields that contradict each other.

use agent_sandbox_common::check::{Checked, ensure, named, positive, share, some_time};
use agent_sandbox_common::names::{
    check_dns_label, check_dns_subdomain, check_label_key, check_label_value, check_quantity, quantity_value,
};

use super::{
    ClaimOptions, Config, Controller, Gvisor, GvisorInstaller, Load, NodeSelection, SandboxTemplate, Search, Shape,
    Stack, Validity, WarmPool, Workload,
};

impl Config {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the first field at fault.
    pub fn validate(&self) -> Checked {
        self.load.validate()?;
        self.workload.validate()?;
        self.search.validate()?;
        self.validity.validate()?;
        self.stack.validate()?;
        self.simulator.validate("simulator")
    }
}

impl Load {
    fn validate(&self) -> Checked {
        ensure(self.max_in_flight > 0, "load.max_in_flight", self.max_in_flight, "1 or more")?;
        ensure((1..=20_000).contains(&self.connections), "load.connections", self.connections, "1 to 20000")?;
        ensure(self.stop_after_failures != Some(0), "load.stop_after_failures", 0, "1 or more")?;
        some_time("load.ready_timeout", self.ready_timeout)?;
        named("load.namespace", &self.namespace, check_dns_label(&self.namespace))?;
        named("load.warm_pool", &self.warm_pool, check_dns_subdomain(&self.warm_pool))?;
        for (at, pool) in self.warm_pools.iter().enumerate() {
            pool.validate(&format!("load.warm_pools[{at}]"))?;
        }
        let phases = self.phases_by_path();
        let closed = phases.iter().any(|(_, phase)| phase.shape.arrivals.is_closed());
        ensure(
            self.share.is_none() || !closed,
            "load.share",
            "it beside arrivals: closed",
            "open-loop arrivals: users have no schedule to share",
        )?;
        self.validate_runners(closed)?;
        self.claim.validate()?;
        ensure(
            self.phases.is_empty() || self.shape == Shape::default(),
            "load.phases",
            "shape fields beside phases",
            "arrivals, rate and the like inside the phases only",
        )?;
        phases.iter().try_for_each(|(at, phase)| phase.shape.validate(at))
    }

    /// Each of several runners has a part of one schedule, and knows nothing of the others.
    fn validate_runners(&self, closed: bool) -> Checked {
        if self.runners == 0 {
            return Ok(());
        }
        ensure(self.runners <= 1000, "load.runners", self.runners, "0 to 1000")?;
        let open = "open-loop arrivals: users have no schedule to share";
        ensure(!closed, "load.runners", "it beside arrivals: closed", open)?;
        ensure(self.share.is_none(), "load.runners", "it beside load.share", "one of the two")?;
        let alone = "one process: runners do not know of each other's failures";
        ensure(self.stop_after_failures.is_none(), "load.stop_after_failures", "it beside runners", alone)?;
        let enough = "at least 1 for each runner";
        ensure(self.max_in_flight >= self.runners, "load.max_in_flight", self.max_in_flight, enough)?;
        some_time("load.runner.start_timeout", self.runner.start_timeout)?;
        for (name, value) in
            [("cpu_request", &self.runner.cpu_request), ("memory_request", &self.runner.memory_request)]
        {
            named(&format!("load.runner.{name}"), value, check_quantity(value))?;
        }
        self.runner.image.as_ref().map_or(Ok(()), |value| image("load.runner.image", value))
    }
}

impl WarmPool {
    fn validate(&self, at: &str) -> Checked {
        named(&format!("{at}.name"), &self.name, check_dns_subdomain(&self.name))?;
        named(&format!("{at}.namespace"), &self.namespace, check_dns_label(&self.namespace))?;
        positive(&format!("{at}.weight"), self.weight)
    }
}

impl ClaimOptions {
    fn validate(&self) -> Checked {
        labels("load.claim.labels", &self.labels)?;
        keys("load.claim.annotations", self.annotations.keys())
    }
}

fn keys<'a>(field: &str, keys: impl Iterator<Item = &'a String>) -> Checked {
    for key in keys {
        named(&format!("{field}.{key}"), key, check_label_key(key))?;
    }
    Ok(())
}

fn labels(field: &str, labels: &std::collections::BTreeMap<String, String>) -> Checked {
    keys(field, labels.keys())?;
    labels.iter().try_for_each(|(key, value)| named(&format!("{field}.{key}"), value, check_label_value(value)))
}

impl Workload {
    fn validate(&self) -> Checked {
        some_time("workload.exec_timeout", self.exec_timeout)?;
        let both = self.exec.is_some() && self.execute.is_some();
        ensure(!both, "workload.execute", "it beside workload.exec", "one of the two")
    }
}

impl Search {
    fn validate(&self) -> Checked {
        let tolerance = (0.001..=0.5).contains(&self.tolerance);
        ensure(tolerance, "search.tolerance", self.tolerance, "0.001 to 0.5")?;
        positive("search.max_rate", self.max_rate)
    }
}

impl Validity {
    fn validate(&self) -> Checked {
        share("validity.min_achieved_ratio", self.min_achieved_ratio)?;
        share("validity.max_upper_bound_share", self.max_upper_bound_share)?;
        self.max_schedule_lag_p99.map_or(Ok(()), |lag| some_time("validity.max_schedule_lag_p99", lag))
    }
}

impl Stack {
    fn validate(&self) -> Checked {
        named("stack.namespace", &self.namespace, check_dns_label(&self.namespace))?;
        ensure(!self.manifest_ref.is_empty(), "stack.manifest_ref", "nothing", "a release tag, a commit or a folder")?;
        some_time("stack.wait_timeout", self.wait_timeout)?;
        let replicas = self.sandbox_warmpool.replicas.unwrap_or(0);
        ensure(replicas <= 200_000, "stack.sandbox_warmpool.replicas", replicas, "0 to 200000")?;
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
        )
    }
}

impl SandboxTemplate {
    fn validate(&self) -> Checked {
        let at = "stack.sandbox_template";
        quantities(at, [&self.cpu_request, &self.cpu_limit, &self.memory_request, &self.memory_limit])?;
        labels(&format!("{at}.labels"), &self.labels)?;
        keys(&format!("{at}.annotations"), self.annotations.keys())?;
        for name in self.env.keys() {
            let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b'=');
            ensure(plain, &format!("{at}.env.{name}"), format!("\"{name}\""), "printable ASCII without = and spaces")?;
        }
        for (name, value) in [("runtime_class", &self.runtime_class), ("service_account", &self.service_account)] {
            if let Some(value) = value {
                named(&format!("{at}.{name}"), value, check_dns_subdomain(value))?;
            }
        }
        image(&format!("{at}.image"), &self.image)
    }
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn image(field: &str, value: &str) -> Checked {
    ensure(plain(value), field, format!("\"{value}\""), "an image, without spaces")
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
