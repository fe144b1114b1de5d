use serde_json::{Value, json};

use super::gvisor::Mode;
use super::{controller, gvisor, sandbox};
use crate::cluster::object::{Reference, kind, mark, text};
use crate::config::{GvisorInstaller, Stack};
use crate::stack::StackError;
use crate::stack::manifest::{Dialect, Manifests, is_crd};
use crate::stack::runtime::RuntimePlan;

/// What is applied, in the order of the fields.
#[derive(Debug, Clone, Default)]
pub(in crate::stack) struct Rendered {
    pub(in crate::stack) gvisor: Vec<Value>,
    pub(in crate::stack) crds: Vec<Value>,
    /// Namespaces, accounts, roles, services: everything of the manifests but the CRDs and the Deployment.
    pub(in crate::stack) access: Vec<Value>,
    pub(in crate::stack) controller: Option<Value>,
    /// The namespace of template and pool, made if it is not there.
    pub(in crate::stack) namespace: Option<Value>,
    pub(in crate::stack) probe: Option<Value>,
    pub(in crate::stack) template: Value,
    pub(in crate::stack) pool: Value,
    /// What was asked for and may not work.
    pub(in crate::stack) warnings: Vec<String>,
}

/// Renders the objects `install` would apply, in order. Of `gvisor: auto` it shows the installing.
///
/// # Errors
/// [`StackError::Config`] naming a field the manifests cannot honour.
pub fn render(stack: &Stack, source: &Manifests) -> Result<Vec<Value>, StackError> {
    let dialect = Dialect::of(source.crds());
    let dialect = dialect.ok_or_else(|| StackError::Manifest {
        origin: source.reference.clone(),
        message: "no version of the extensions API is one this knows".into(),
    })?;
    let manifests = stack.controller.install.then_some(source);
    Ok(render_all(stack, manifests, &dialect, &RuntimePlan::unseen(stack))?.objects())
}

/// Refuses a template or a pool that a cluster's CRDs would refuse; no CRDs, no answer.
///
/// # Errors
/// [`StackError::Config`] naming the field.
pub(crate) fn check_specs(stack: &Stack, crds: &[Value]) -> Result<(), StackError> {
    let Some(dialect) = Dialect::of(crds.iter()) else { return Ok(()) };
    sandbox::template(stack, &dialect, RuntimePlan::unseen(stack).class())?;
    sandbox::pool(stack, &dialect).map(|_| ())
}

/// Renders everything; no `manifests`: the controller that stands is used.
pub(in crate::stack) fn render_all(
    stack: &Stack,
    manifests: Option<&Manifests>,
    dialect: &Dialect,
    plan: &RuntimePlan,
) -> Result<Rendered, StackError> {
    let mut rendered = Rendered::default();
    if let Some(manifests) = manifests {
        let configured = controller::render(&stack.controller, manifests)?;
        let is_controller = Reference::of(&configured.deployment);
        for object in &manifests.objects {
            let at = Reference::of(object);
            match object {
                _ if at == is_controller => {}
                crd if is_crd(crd) => rendered.crds.push(crd.clone()),
                other => rendered.access.push(other.clone()),
            }
        }
        // What others live in or refer to comes first; the rest keeps the manifests' order.
        rendered.access.sort_by_key(|object| match kind(object) {
            "Namespace" => 0,
            "ServiceAccount" => 1,
            _ => 2,
        });
        rendered.controller = Some(configured.deployment);
        rendered.warnings = configured.warnings;
    }
    let installs = matches!(plan, RuntimePlan::Install(_));
    if let (true, Some(class)) = (installs, plan.class()) {
        rendered.gvisor = gvisor::render(&stack.gvisor_installer, class, Mode::Install)?;
    }
    rendered.namespace = Some(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": stack.namespace}}));
    rendered.template = sandbox::template(stack, dialect, plan.class())?;
    rendered.pool = sandbox::pool(stack, dialect)?;
    rendered.probe = plan.class().map(|_| sandbox::probe(&rendered.template)).transpose()?;
    rendered.mark_all();
    Ok(rendered)
}

/// The installer that takes gVisor away from the nodes, out of the image that put it there.
pub(in crate::stack) fn gvisor_removal(daemon_set: &Value, class: &str) -> Result<Vec<Value>, StackError> {
    let image = text(daemon_set, "/spec/template/spec/containers/0/image").to_owned();
    let installer = GvisorInstaller { image, ..GvisorInstaller::default() };
    let mut objects = gvisor::render(&installer, class, Mode::Remove)?;
    objects.retain(|object| kind(object) != "RuntimeClass");
    objects.iter_mut().for_each(mark);
    Ok(objects)
}

impl Rendered {
    fn mark_all(&mut self) {
        let groups = [&mut self.gvisor, &mut self.crds, &mut self.access];
        groups.into_iter().flatten().for_each(mark);
        let single = [&mut self.controller, &mut self.namespace, &mut self.probe];
        single.into_iter().flatten().for_each(mark);
        mark(&mut self.template);
        mark(&mut self.pool);
    }

    fn objects(self) -> Vec<Value> {
        let mut all = self.gvisor;
        all.extend(self.crds);
        all.extend(self.access);
        all.extend(self.controller);
        // `default` stands everywhere; showing it would look as if it were made.
        all.extend(self.namespace.filter(|namespace| namespace["metadata"]["name"] != "default"));
        all.extend([self.template, self.pool]);
        all
    }
}
