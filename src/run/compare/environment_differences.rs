use serde_json::Value;

use crate::report::{ComparedRun, ConfigDifference};

/// What a run says of a field, where it does.
type Said = fn(&ComparedRun) -> Option<Value>;

/// What may change figures without any change of the system under test.
const FIELDS: [(&str, Said); 4] = [
    ("tool_version", |run| run.environment.as_ref().map(|_| run.tool_version.clone().into())),
    ("cores", |run| run.environment.as_ref()?.cores.map(Value::from)),
    ("cpu", |run| run.environment.as_ref()?.cpu.clone().map(Value::from)),
    ("kernel", |run| run.environment.as_ref().map(|environment| environment.kernel.clone().into())),
];

/// Where the machines of two sides, or the tools that measured, differ. What a run does not say is not compared.
pub(in crate::run) fn environment_differences(sides: &[Vec<ComparedRun>; 2]) -> Vec<ConfigDifference> {
    let difference = |(field, of): &(&str, Said)| {
        let [base, new] = sides.each_ref().map(|runs| value_of(runs, *of));
        let (base, new) = (base?, new?);
        (base != new).then(|| ConfigDifference { field: (*field).to_owned(), base, new })
    };
    FIELDS.iter().filter_map(difference).collect()
}

/// The value that all runs of a side have; of runs that differ a list of their values.
fn value_of(runs: &[ComparedRun], of: Said) -> Option<Value> {
    let mut values: Vec<Value> = runs.iter().map(of).collect::<Option<_>>()?;
    values.sort_by_key(Value::to_string);
    values.dedup();
    if values.len() == 1 { values.pop() } else { Some(Value::Array(values)) }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::measure::Environment;

    fn run(tool_version: &str, cores: Option<u64>) -> ComparedRun {
        let environment = cores.map(|cores| Environment {
            host: "h".into(),
            os: "Linux".into(),
            kernel: "6.1".into(),
            arch: "x86_64".into(),
            cpu: None,
            cores: Some(cores),
            memory_bytes: None,
            python: None,
        });
        ComparedRun {
            folder: PathBuf::new(),
            run_id: "abc".into(),
            labels: crate::config::Labels::new(),
            tool_version: tool_version.into(),
            environment,
            valid: true,
            invalid_reasons: Vec::new(),
            interrupted: false,
            claims: 1,
            warm_up_claims: 0,
        }
    }

    #[test]
    fn what_differs_is_told_and_what_is_unknown_is_not() {
        let told = |base: Vec<ComparedRun>, new: Vec<ComparedRun>| {
            environment_differences(&[base, new]).iter().map(ConfigDifference::text).collect::<Vec<_>>()
        };
        assert_eq!(told(vec![run("1", Some(2))], vec![run("1", Some(4))]), ["cores: base 2, new 4"]);
        assert_eq!(told(vec![run("1", Some(2))], vec![run("2", Some(2))]), ["tool_version: base 1, new 2"]);
        let mixed = vec![run("1", Some(8)), run("1", Some(2)), run("1", Some(8))];
        assert_eq!(told(vec![run("1", Some(2))], mixed), ["cores: base 2, new [2,8]"]);
        assert_eq!(told(vec![run("1", Some(2))], vec![run("2", None)]), [""; 0]);
        let same = environment_differences(&[vec![run("1", Some(2))], vec![run("1", Some(2))]]);
        assert_eq!(json!(same), json!([]));
    }
}
