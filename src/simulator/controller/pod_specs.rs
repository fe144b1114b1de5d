use std::sync::Arc;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::pod_spec;

/// The specs that pods get from templates, as the API server admits them. The last one is kept: the sandboxes of a pool
/// share it.
#[derive(Debug, Default)]
pub struct PodSpecs {
    last: Option<(String, Arc<RawValue>)>,
}

impl PodSpecs {
    /// The spec with its defaults.
    ///
    /// # Errors
    /// What the API server would refuse of it.
    pub fn admit(&mut self, given: &str) -> Result<Arc<RawValue>, String> {
        if let Some((_, admitted)) = self.last.as_ref().filter(|(last, _)| last == given) {
            return Ok(admitted.clone());
        }
        if let Some(fault) = pod_spec::fault(given) {
            return Err(format!("{}: {}", fault.field, fault.message));
        }
        let mut spec: Value = serde_json::from_str(given).unwrap_or_default();
        pod_spec::set_defaults(&mut spec);
        let admitted: Arc<RawValue> = to_raw_value(&spec).map_err(|error| error.to_string())?.into();
        self.last = Some((given.to_owned(), admitted.clone()));
        Ok(admitted)
    }
}
