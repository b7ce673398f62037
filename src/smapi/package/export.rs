//! The package as files, in the layout of Amazon's own tools.
//!
//! `mass-alexa.json` notes what was written and with which content, so that a later export replaces
//! its own files only.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Package;
use crate::error::{Error, Result, code};

/// Notes what an export wrote.
const NOTE: &str = "mass-alexa.json";

/// What an export did, as paths below the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Export {
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that were as they should be.
    pub unchanged: Vec<String>,
    /// Files of an earlier export that are not part of this one.
    pub removed: Vec<String>,
}

impl Package {
    /// The files, by their path below the folder.
    ///
    /// # Errors
    /// As [`Package::models`].
    pub fn files(&self) -> Result<BTreeMap<String, String>> {
        let mut files = BTreeMap::new();
        let resources = json!({
            "askcliResourcesVersion": "2020-03-31",
            "profiles": {"default": {"skillMetadata": {"src": "./skill-package"}}},
        });
        files.insert("ask-resources.json".to_owned(), text(&resources));
        let manifest = json!({"manifest": self.manifest()?});
        files.insert("skill-package/skill.json".to_owned(), text(&manifest));
        for (locale, model) in self.models()? {
            let path = format!("skill-package/interactionModels/custom/{locale}.json");
            files.insert(path, text(&model));
        }
        Ok(files)
    }

    /// Writes the files to a folder, which is made if need be. Nothing is written when a file that
    /// this does not know is in the way, unless `force`.
    ///
    /// # Errors
    /// `foreign-file` with its name; `export-failed` with the cause; those of [`Package::files`].
    pub fn export(&self, folder: &Path, force: bool) -> Result<Export> {
        let files = self.files()?;
        let known = known(folder);
        let is_ours = |path: &str, content: &[u8]| known.get(path) == Some(&digest(content));
        let mut export = Export::default();
        for (path, content) in &files {
            match read(&folder.join(path))? {
                Some(there) if there == content.as_bytes() => export.unchanged.push(path.clone()),
                Some(there) if !force && !is_ours(path, &there) => {
                    let shown = folder.join(path);
                    let message = format!(
                        "There is another {} already, or one that was changed by hand.",
                        shown.display()
                    );
                    return Err(Error::new(code::FOREIGN_FILE, message));
                }
                _ => export.written.push(path.clone()),
            }
        }
        for path in known.keys().filter(|path| !files.contains_key(*path)) {
            if let Some(there) = read(&folder.join(path))?
                && is_ours(path, &there)
            {
                export.removed.push(path.clone());
            }
        }
        if export.written.is_empty() && export.removed.is_empty() {
            return Ok(export);
        }
        // First, so that an export that was cut short knows its own files.
        let digests: BTreeMap<_, _> =
            files.iter().map(|(path, content)| (path, digest(content.as_bytes()))).collect();
        write(&folder.join(NOTE), &text(&json!({"files": digests})))?;
        for path in &export.written {
            write(&folder.join(path), files.get(path).map_or("", String::as_str))?;
        }
        for path in &export.removed {
            let path = folder.join(path);
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
        Ok(export)
    }
}

/// What earlier exports wrote: digests by path. Only paths below the folder count.
fn known(folder: &Path) -> BTreeMap<String, String> {
    let note = fs::read(folder.join(NOTE)).ok();
    let note: Option<Value> = note.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let files = note.as_ref().and_then(|note| note.get("files")).and_then(Value::as_object);
    let is_plain = |path: &str| {
        Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    files
        .into_iter()
        .flatten()
        .filter(|(path, _)| is_plain(path))
        .filter_map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned())))
        .collect()
}

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON as people read it.
fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, content: &str) -> Result<()> {
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let write = || -> io::Result<()> {
        fs::create_dir_all(&folder)?;
        let file = tempfile::Builder::new().prefix(".tmp-export-").tempfile_in(&folder)?;
        fs::write(file.path(), content)?;
        // Nothing in it is secret, and other tools are to read it.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
        }
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::new(code::EXPORT_FAILED, format!("{} cannot be used.", path.display()))
        .with_source(error)
}
