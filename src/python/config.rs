use std::path::PathBuf;

use agent_sandbox_bench::config;
use agent_sandbox_bench::files::read_text;
use agent_sandbox_bench::load::Plan;
use agent_sandbox_bench::measure::check_objectives;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyType};
use serde_json::Value;

use super::{convert, errors};

/// A configuration, decoded and validated from a mapping or a YAML or JSON file.
#[pyclass(frozen, eq, module = "agent_sandbox_bench")]
#[derive(PartialEq)]
pub(super) struct Config(pub config::Config);

#[pymethods]
impl Config {
    #[new]
    #[pyo3(signature = (source=None))]
    fn new(source: Option<&Bound<'_, PyAny>>) -> Result<Self, errors::Raised> {
        let Some(source) = source else { return Ok(Self(config::from_value(Value::Null, &[])?)) };
        if let Ok(other) = source.cast::<Self>() {
            return Ok(Self(other.get().0.clone()));
        }
        if let Ok(mapping) = source.cast::<PyMapping>() {
            return Ok(Self(config::from_value(convert::from_python(mapping)?, &[])?));
        }
        let path: PathBuf = source.extract().map_err(|_| {
            errors::config(&format!("config: got {source}, allowed: a mapping, a path or a Config"), "")
        })?;
        let text = read_text(&path)
            .map_err(|error| errors::config(&format!("config: cannot read {}: {error}", path.display()), ""))?;
        Ok(Self(config::from_yaml(&text, &path, &[])?))
    }

    /// Every field, those that were not given at their defaults.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &self.0)
    }

    /// The same, with its results in that folder.
    fn with_out_dir(&self, out_dir: PathBuf) -> Self {
        let mut config = self.0.clone();
        config.output.dir = Some(out_dir);
        Self(config)
    }

    /// Refuses an objective that no run can be judged by. Makes the schedule and forgets it: what has no claims, or a
    /// trace that is not there, is refused.
    fn check_run(&self) -> Result<(), errors::Raised> {
        let load = &self.0.load;
        check_objectives(&self.0)?;
        Ok(Plan::new(load, load.seed.unwrap_or_default()).map(drop)?)
    }

    /// Pickles as its fields.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyAny>,))> {
        Ok((py.get_type::<Self>(), (self.to_dict(py)?,)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Config({})", self.to_dict(py)?.repr()?))
    }
}

/// What a ready configuration says, without defaults.
#[pyfunction]
pub(super) fn preset<'py>(py: Python<'py>, name: &str) -> Result<Bound<'py, PyAny>, errors::Raised> {
    Ok(convert::to_python(py, &config::preset_value(name)?)?)
}

/// The JSON Schema of a configuration.
#[pyfunction]
pub(super) fn config_schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    convert::to_python(py, &schemars::schema_for!(config::Config))
}
