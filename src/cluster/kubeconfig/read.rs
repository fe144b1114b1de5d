use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use agent_sandbox_common::yaml;
use serde_json::{Map, Value};

use super::file::Kubeconfig;
use crate::files::LARGEST;

/// A kubeconfig. `path` absent: what kubectl reads, the files that `$KUBECONFIG` lists, else `~/.kube/config`.
///
/// # Errors
/// What is wrong, in words that quote no key.
pub(super) fn read(path: Option<&Path>) -> Result<Kubeconfig, String> {
    match path {
        Some(path) => read_file(path),
        None => merge(&usual_files()),
    }
}

/// The file that was asked for and is not there. Of several that `$KUBECONFIG` lists some may be absent.
pub(super) fn absent(path: Option<&Path>) -> Option<PathBuf> {
    let files = path.map_or_else(usual_files, |path| vec![path.to_owned()]);
    let [file] = files.as_slice() else { return None };
    (!file.try_exists().unwrap_or(true)).then(|| file.clone())
}

fn usual_files() -> Vec<PathBuf> {
    let listed = env::var_os("KUBECONFIG").unwrap_or_default();
    let files: Vec<_> = env::split_paths(&listed).filter(|file| !file.as_os_str().is_empty()).collect();
    if files.is_empty() { env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect() } else { files }
}

/// Those that are not there are passed over, as kubectl does with a list; of one alone it is said. The first that sets
/// something counts.
fn merge(files: &[PathBuf]) -> Result<Kubeconfig, String> {
    let alone = files.len() == 1;
    let mut found = files.iter().filter(|file| alone || file.try_exists().unwrap_or(true));
    found.try_fold(Kubeconfig::default(), |mut merged, file| {
        let next = read_file(file).map_err(|error| format!("{}: {error}", file.display()))?;
        merged.current_context = merged.current_context.or(next.current_context);
        add(&mut merged.clusters, next.clusters);
        add(&mut merged.users, next.users);
        add(&mut merged.contexts, next.contexts);
        Ok(merged)
    })
}

fn add<T>(to: &mut BTreeMap<String, T>, more: BTreeMap<String, T>) {
    for (name, item) in more {
        to.entry(name).or_insert(item);
    }
}

fn read_file(path: &Path) -> Result<Kubeconfig, String> {
    let bytes = read_bytes(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = text_of(bytes).map_err(|error| format!("cannot be read: {error}"))?;
    // Relative paths are meant from the file's folder, as it is named.
    parse(&text, path.parent().unwrap_or(Path::new("")))
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("larger than {} MiB", LARGEST >> 20)));
    }
    Ok(bytes)
}

/// UTF-8, or UTF-16 that begins with its mark.
fn text_of(bytes: Vec<u8>) -> Result<String, &'static str> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return String::from_utf8(bytes).map_err(|_| "it is no UTF-8"),
    };
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err("it ends within a character of UTF-16");
    }
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|_| "it is no UTF-16")
}

/// A kubeconfig's text, whose relative paths are meant from `folder`.
///
/// # Errors
/// As [`read`].
pub(super) fn parse(text: &str, folder: &Path) -> Result<Kubeconfig, String> {
    // A parser quotes what it stumbles over, which may be a key.
    let value = yaml::read_first(text.trim_start_matches('\u{feff}'));
    let value = value.map_err(|error| format!("is not YAML: line {}, column {}", error.line, error.column))?;
    let value = without_nulls(value);
    if !(value.is_object() || value.is_null()) {
        return Err("is not the YAML of a kubeconfig: no mapping".into());
    }
    for (field, wanted) in [("apiVersion", "v1"), ("kind", "Config")] {
        if let Some(got) = value.get(field).filter(|got| **got != wanted) {
            // A secret stands elsewhere.
            return Err(format!("{field}: got {got}, allowed: {wanted}"));
        }
    }
    let value = if value.is_null() { Value::Object(Map::new()) } else { value };
    let mut kubeconfig: Kubeconfig =
        serde_path_to_error::deserialize(value).map_err(|error| describe(&error.path().to_string(), error.inner()))?;
    kubeconfig.current_context = kubeconfig.current_context.filter(|name| !name.is_empty());
    kubeconfig.clusters.values_mut().for_each(|cluster| absolute(folder, &mut cluster.certificate_authority));
    for user in kubeconfig.users.values_mut() {
        absolute(folder, &mut user.client_certificate);
        absolute(folder, &mut user.client_key);
        absolute(folder, &mut user.token_file);
        // A bare name is looked for on PATH.
        if let Some(exec) = user.exec.as_mut().filter(|exec| exec.command.components().count() > 1) {
            absolute(folder, &mut exec.command);
        }
    }
    Ok(kubeconfig)
}

fn absolute(folder: &Path, path: &mut PathBuf) {
    if !path.as_os_str().is_empty() {
        *path = folder.join(&*path);
    }
}

/// To Go's JSON, null says nothing: the field is as if it were not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| if item.is_null() { Value::Object(Map::new()) } else { without_nulls(item) })
                .collect(),
        ),
        value => value,
    }
}

/// The field and what it should be. What it holds may be a key, and is not quoted.
fn describe(path: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    match expected {
        _ if message.starts_with("the name ") || message == "is not base64" => format!("{path}: {message}"),
        Some("a boolean") => format!("{path} is not true or false"),
        Some("a string" | "path string") => {
            format!("{path} is not text; write a number that is meant as text in quotes")
        }
        Some(expected) if expected.contains("sequence") || expected.contains("list") => format!("{path} is not a list"),
        Some(_) => format!("{path} is not a mapping"),
        None => format!("{path} is not what a kubeconfig has there"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str, mark: char, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.to_string().encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn utf_16_is_read_whole_and_refused_in_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let whole = encoded("current-context: here", '\u{feff}', bytes);
            fs::write(&path, &whole).unwrap();
            assert_eq!(read(Some(&path)).unwrap().current_context.as_deref(), Some("here"));
            fs::write(&path, &whole[..whole.len() - 1]).unwrap();
            let refused = read(Some(&path)).unwrap_err();
            assert!(refused.ends_with("be read: it ends within a character of UTF-16"), "{refused}");
        }
    }

    #[test]
    fn a_list_may_name_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let [there, absent] = ["there", "absent"].map(|name| folder.path().join(name));
        fs::write(&there, "current-context: here").unwrap();
        let merged = merge(&[absent.clone(), there]).unwrap();
        assert_eq!(merged.current_context.as_deref(), Some("here"));
        assert!(merge(&[absent]).unwrap_err().contains("cannot be read"));
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic_and_no_secret_is_quoted(cut in 0..400_usize, put in "[-:?&*!|>'\"%@`{}\\[\\], \n\ta0~]{0,4}") {
            let whole = "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user: {token: c4nary, client-key-data: YQ==}\n";
            let mut text = whole.to_owned();
            text.insert_str(cut.min(whole.len()), &put);
            if let Err(error) = parse(&text, Path::new("")) {
                prop_assert!(!error.contains("c4nary") && error.lines().count() == 1, "{error}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_not_quoted() {
        for (text, words) in [
            ("users: [{user: {token: 5ecret: }}]", "line 1"),
            ("users: [{user: {token: 77777}}]", "users[0].user.token is not text"),
            ("users: [{user: {client-key-data: '*secret*'}}]", "users[0].user.client-key-data: is not base64"),
            ("users: [{name: a}, {name: a}]", "users: the name \"a\" stands twice"),
            (
                "clusters: [{cluster: {insecure-skip-tls-verify: 'secret'}}]",
                "insecure-skip-tls-verify is not true or false",
            ),
            ("clusters: {a: b}", "clusters is not a list"),
            ("users: [{user: secret}]", "users[0].user is not a mapping"),
            ("- a", "no mapping"),
            ("kind: Secret", "kind: got \"Secret\", allowed: Config"),
        ] {
            let error = parse(text, Path::new("")).unwrap_err();
            assert!(error.contains(words) && !error.contains("secret") && !error.contains("777"), "{text}: {error}");
        }
    }
}
