//! Where the key of the session file comes from.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::seal::Key;
use crate::error::{Error, Result, code};

/// Marks the one line of a key file.
const PREFIX: &str = "mass-alexa-key-1:";

/// Where a key was found. A key beside the data protects less than one that lives elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The file `key` in the same folder.
    KeyFile,
}

impl KeySource {
    /// Name for status output.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyFile => "key-file",
        }
    }
}

/// The text of a key file.
pub(super) fn to_text(key: &Key) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(key.expose()));
    Zeroizing::new(format!("{PREFIX}{}\n", encoded.as_str()))
}

/// Reads the key file at `path`; `None` when there is none.
///
/// # Errors
/// `key-missing` when the file cannot be read or is no key.
pub(super) fn read(path: &Path) -> Result<Option<Key>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::new(
                code::KEY_MISSING,
                format!("The key file {} cannot be read.", path.display()),
            )
            .with_source(error));
        }
    };
    let key = text
        .trim()
        .strip_prefix(PREFIX)
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .map(Zeroizing::new)
        .and_then(|bytes| Key::from_bytes(&bytes));
    key.map(Some).ok_or_else(|| {
        Error::new(
            code::KEY_MISSING,
            format!("The key file {} does not hold a key.", path.display()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(read(&path).unwrap().is_none());
        let key = Key::generate();
        std::fs::write(&path, to_text(&key).as_bytes()).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().expose(), key.expose());
        for text in ["", "mass-alexa-key-1:", "mass-alexa-key-1:AAAA", "mass-alexa-key-2:x"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap_err().code(), code::KEY_MISSING, "{text}");
        }
    }
}
