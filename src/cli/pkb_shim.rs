use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::output::say;
use crate::config::ConfigError;
use crate::run::RunError;

/// Where PKB looks for benchmarks, in a checkout of it.
const FOLDER: &str = "perfkitbenchmarker/linux_benchmarks";
const FILE: &str = "agent_sandbox_bench_plugin.py";
const TEXT: &str = include_str!("../../data/pkb/agent_sandbox_bench_plugin.py");
/// Stands in every version of the file, and in no file of PKB.
const MARK: &str = "agent_sandbox_bench.pkb";

#[derive(Args)]
pub(super) struct PkbShim {
    /// A PKB checkout.
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// Remove the file again.
    #[arg(long)]
    remove: bool,
}

impl PkbShim {
    pub fn run(self) -> Result<i32, RunError> {
        let folder = self.path.join(FOLDER);
        if !folder.join("__init__.py").is_file() {
            let allowed = format!("a checkout of PerfKitBenchmarker, with {FOLDER} in it");
            return Err(ConfigError::not_allowed_path("PATH", &self.path, "no such checkout", allowed).into());
        }
        let file = folder.join(FILE);
        check_ours(&file)?;
        let done = if self.remove { remove(&file) } else { write(&file) };
        say!("{} {}", done.map_err(|error| denied(&file, &error))?, file.display());
        Ok(0)
    }
}

fn denied(file: &Path, error: &io::Error) -> ConfigError {
    ConfigError::new("PATH", format!("{}: {error}", file.display()))
}

/// A file of this name that somebody else wrote is neither overwritten nor removed.
fn check_ours(file: &Path) -> Result<(), ConfigError> {
    match fs::read_to_string(file) {
        Ok(text) if !text.contains(MARK) => {
            Err(ConfigError::not_allowed_path("PATH", file, "of another origin", "no such file"))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(denied(file, &error)),
        _ => Ok(()),
    }
}

fn write(file: &Path) -> io::Result<&'static str> {
    fs::write(file, TEXT).map(|()| "wrote")
}

fn remove(file: &Path) -> io::Result<&'static str> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok("there is no"),
        removed => removed.map(|()| "removed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shim(path: &Path, remove: bool) -> Result<i32, RunError> {
        PkbShim { path: path.to_owned(), remove }.run()
    }

    #[test]
    fn writes_one_file_and_takes_it_out_again() {
        let checkout = tempfile::tempdir().unwrap();
        assert_eq!(shim(checkout.path(), false).unwrap_err().exit_code(), 2);
        let folder = checkout.path().join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("__init__.py"), "").unwrap();
        for _ in 0..2 {
            assert_eq!(shim(checkout.path(), false).unwrap(), 0);
            assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), TEXT);
        }
        for _ in 0..2 {
            assert_eq!(shim(checkout.path(), true).unwrap(), 0);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        }
    }

    #[test]
    fn leaves_a_file_of_another_origin_alone() {
        let checkout = tempfile::tempdir().unwrap();
        let folder = checkout.path().join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("__init__.py"), "").unwrap();
        fs::write(folder.join(FILE), "mine = True\n").unwrap();
        for remove in [false, true] {
            assert_eq!(shim(checkout.path(), remove).unwrap_err().exit_code(), 2);
        }
        assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), "mine = True\n");
    }
}
