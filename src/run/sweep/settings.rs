use serde_json::Value;

use crate::config::ConfigError;
use crate::report::SweepKey;

/// Points at most: a slip of the finger would be weeks.
const MOST: usize = 1_000;
/// What is of the sweep, and not of a point.
const NOT_OF_A_POINT: [&str; 2] = ["output", "run_id"];

/// The product of the values: what each point sets the keys to, in the order of the keys; the last one varies fastest.
///
/// # Errors
/// A [`ConfigError`] for no key, a key or a value twice, a key that is none of a point, and too many points.
pub(super) fn settings(keys: &[SweepKey]) -> Result<Vec<Vec<Value>>, ConfigError> {
    if keys.is_empty() {
        let allowed = "two values or more of one key or more, such as load.rate=5,10";
        return Err(ConfigError::not_allowed("--set", "one value of each key", allowed));
    }
    for (at, SweepKey { key, values }) in keys.iter().enumerate() {
        if keys[..at].iter().any(|other| other.key == *key) {
            return Err(ConfigError::not_allowed(key, "it a second time", "each key once, with all its values"));
        }
        if NOT_OF_A_POINT.contains(&key.split('.').next().unwrap_or_default()) {
            return Err(ConfigError::not_allowed(
                key,
                "values",
                "what changes a run; --out is the folder of all points",
            ));
        }
        if let Some(again) = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value)) {
            return Err(ConfigError::not_allowed(key, format!("{} a second time", again.1), "each value once"));
        }
    }
    let count = keys.iter().map(|key| key.values.len()).try_fold(1_usize, usize::checked_mul);
    if count.is_none_or(|count| !(1..=MOST).contains(&count)) {
        let got = keys.iter().map(|key| key.values.len().to_string()).collect::<Vec<_>>().join(" x ");
        return Err(ConfigError::not_allowed("--set", format!("{got} points"), format!("1 to {MOST} points")));
    }
    let product = |points: Vec<Vec<Value>>, key: &SweepKey| {
        let extended = |point: &Vec<Value>| {
            let of_value = |value: &Value| [&point[..], std::slice::from_ref(value)].concat();
            key.values.iter().map(of_value).collect::<Vec<_>>()
        };
        points.iter().flat_map(extended).collect()
    };
    Ok(keys.iter().fold(vec![Vec::new()], product))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(key: &str, values: &Value) -> SweepKey {
        SweepKey { key: key.into(), values: values.as_array().unwrap().clone() }
    }

    #[test]
    fn the_last_key_varies_fastest() {
        let keys =
            [key("load.rate", &json!([1, 2])), key("workload.hold", &json!(["0s"])), key("a", &json!([true, false]))];
        let points = settings(&keys).unwrap();
        assert_eq!(json!(points), json!([[1, "0s", true], [1, "0s", false], [2, "0s", true], [2, "0s", false]]));
    }

    #[test]
    fn refuses_what_is_no_grid() {
        let many = json!((0..40).collect::<Vec<_>>());
        for (keys, words) in [
            (vec![], "--set: got one value of each key"),
            (vec![key("a", &json!([1])), key("a", &json!([2]))], "a: got it a second time"),
            (vec![key("a", &json!([1, 2, 1]))], "a: got 1 a second time"),
            (vec![key("output.dir", &json!(["x"]))], "output.dir: got values"),
            (vec![key("a", &json!([]))], "--set: got 0 points"),
            (vec![key("a", &many), key("b", &many)], "--set: got 40 x 40 points, allowed: 1 to 1000 points"),
        ] {
            let error = settings(&keys).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
