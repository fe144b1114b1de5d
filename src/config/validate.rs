//! What the types cannot say: ranges, names, and fields that contradict each other.

use agent_sandbox_common::ConfigError;
use agent_sandbox_common::check::{Checked, ensure, named, positive, share, some_time};
use agent_sandbox_common::names::{
    check_dns_label, check_dns_subdomain, check_label_key, check_label_value, check_quantity,
};
use serde_json::{Map, Value};

use super::{ClaimOptions, Config, Load, Phase, Search, Shape, Until, Validity, WarmPool, Workload};

impl Config {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the first field at fault.
    pub fn validate(&self) -> Checked {
        self.load.validate()?;
        self.workload.validate()?;
        self.validate_object()?;
        self.search.validate()?;
        self.validity.validate()?;
        self.stack.validate()?;
        self.output.validate()?;
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
        phases.iter().try_for_each(|(at, phase)| phase.shape.validate(at))?;
        self.until.as_ref().map_or(Ok(()), |until| until.validate(self, &phases))
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

impl Until {
    /// Checks it and what stands beside it in `load`, whose phases are `phases`.
    fn validate(&self, load: &Load, phases: &[(String, Phase)]) -> Checked {
        ensure(self.within.fraction() > 0.0, "load.until.within", "0 %", "a percentage above 0%, such as 5%")?;
        let first = format!("a duration above {}, when the first look is", Self::FIRST_LOOK);
        ensure(self.at_most > Self::FIRST_LOOK, "load.until.at_most", self.at_most, &first)?;
        let beside = "it beside load.until";
        let alone = "one process that plays the whole load: others do not know when it is enough";
        ensure(load.share.is_none(), "load.share", beside, alone)?;
        ensure(load.runners == 0, "load.runners", beside, alone)?;
        let Some(((at, last), before)) = phases.split_last() else { return Ok(()) };
        let arrivals = &last.shape.arrivals;
        ensure(
            arrivals.is_steady() || arrivals.is_closed(),
            &format!("{at}.arrivals"),
            format!("{} beside load.until", arrivals.name()),
            "constant, poisson or closed: of other shapes no percentile settles",
        )?;
        let at_most = "load.until.at_most alone, as it ends the phase";
        let written = load.phases.last().map_or(&load.shape, |phase| &phase.shape);
        ensure(written.duration.is_none(), &format!("{at}.duration"), beside, at_most)?;
        ensure(last.shape.total.is_none(), &format!("{at}.total"), beside, at_most)?;
        ensure(!last.warm_up, &format!("{at}.warm_up"), "true beside load.until", "false, as this phase is measured")?;
        before.iter().try_for_each(|(at, phase)| {
            let only = "true in all phases but the last, which alone is measured";
            ensure(phase.warm_up, &format!("{at}.warm_up"), "false beside load.until", only)
        })
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
        keys("load.claim.annotations", self.annotations.keys())?;
        let pool = "load.warm_pool, or load.warm_pools";
        let fields = [("warmPoolRef", pool), ("sandboxTemplateRef", pool), ("warmpool", pool)];
        reserved("load.claim.spec", &self.spec, &fields)
    }
}

/// Refuses fields of a `spec` that a field of the configuration stands for already.
pub(super) fn reserved(at: &str, spec: &Map<String, Value>, fields: &[(&str, &str)]) -> Checked {
    let taken = fields.iter().find(|(name, _)| spec.contains_key(*name));
    taken.map_or(Ok(()), |(name, instead)| {
        Err(ConfigError::new(format!("{at}.{name}"), format!("is given elsewhere, allowed: {instead}")))
    })
}

pub(super) fn keys<'a>(field: &str, keys: impl Iterator<Item = &'a String>) -> Checked {
    for key in keys {
        named(&format!("{field}.{key}"), key, check_label_key(key))?;
    }
    Ok(())
}

pub(super) fn labels(field: &str, labels: &std::collections::BTreeMap<String, String>) -> Checked {
    keys(field, labels.keys())?;
    labels.iter().try_for_each(|(key, value)| named(&format!("{field}.{key}"), value, check_label_value(value)))
}

impl Workload {
    fn validate(&self) -> Checked {
        some_time("workload.exec_timeout", self.exec_timeout)?;
        let both = self.exec.is_some() && self.execute.is_some();
        ensure(!both, "workload.execute", "it beside workload.exec", "one of the two")?;
        for (name, single) in [("exec", &self.exec), ("execute", &self.execute)] {
            let both = single.is_some() && !self.steps.is_empty();
            ensure(!both, "workload.steps", format!("it beside workload.{name}"), "one of the two")?;
        }
        let vain = self.expect.is_some() && self.exec.is_none() && self.execute.is_none();
        let got = if self.steps.is_empty() { "it alone" } else { "it beside workload.steps" };
        ensure(!vain, "workload.expect", got, "it beside workload.exec or workload.execute; steps have their own")?;
        self.validate_reach()?;
        self.validate_session()
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

pub(super) fn plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

pub(super) fn image(field: &str, value: &str) -> Checked {
    ensure(plain(value), field, format!("\"{value}\""), "an image, without spaces")
}
