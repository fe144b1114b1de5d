use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::file::{read_objects, unreadable};
use super::kustomize::Kustomization;
use crate::files::read_regular;
use crate::stack::StackError;
use crate::stack::manifest::Manifests;

/// The names that kustomize looks for.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Reads the manifests of a folder: what its kustomization says if it has one, otherwise every YAML file of it and of
/// its `crds`. The last declaration of an object counts, as when the files are applied in order.
pub(super) fn load(folder: &Path, reference: &str) -> Result<Manifests, StackError> {
    let found: Vec<_> = KUSTOMIZATIONS.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect();
    let objects = match found.as_slice() {
        [] => {
            let mut objects = Vec::new();
            for file in yaml_files(folder, reference)? {
                objects.extend(read_objects(&file, reference)?);
            }
            objects
        }
        [kustomization] => Kustomization::read(kustomization, reference)?.build(folder, reference)?,
        [first, second, ..] => {
            let message = format!("{} and {}: only one of them can count", first.display(), second.display());
            return Err(StackError::Manifest { origin: reference.to_owned(), message });
        }
    };
    // The source tree has the program's flags beside the manifests; a copied folder may not.
    let main = folder.join("../cmd/agent-sandbox-controller/main.go");
    let flags = read_regular(&main).ok().map(|source| flags_of(&source));
    Manifests::new(reference, objects, flags)
}

fn yaml_files(folder: &Path, reference: &str) -> Result<Vec<PathBuf>, StackError> {
    let mut files = Vec::new();
    let crds = folder.join("crds");
    for folder in [folder, crds.as_path()] {
        if folder == crds && !crds.is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, reference, &error))? {
            let path = entry.map_err(|error| unreadable(folder, reference, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The flags the controller's program declares (`flag.IntVar(&x, "name", ..)`), read in its source.
pub(super) fn flags_of(source: &str) -> BTreeSet<String> {
    let declared = source.split("flag.").skip(1).filter_map(|call| {
        let (function, rest) = call.split_once('(')?;
        let name = rest.split_once('"')?.1.split_once('"')?.0;
        (function.ends_with("Var") && !name.contains(char::is_whitespace)).then(|| name.to_owned())
    });
    declared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_the_source() {
        let source = "flag.IntVar(&workers, \"claim-workers\", 50, \"Max \\\"x\\\"\")\n\
                      flag.BoolVar(&on,\n\t\t\"leader-elect\", true, \"Enable\")\nopts.BindFlags(flag.CommandLine)\nflag.Parse()";
        let flags: Vec<_> = flags_of(source).into_iter().collect();
        assert_eq!(flags, ["claim-workers", "leader-elect"]);
    }
}
