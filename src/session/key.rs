//! Where the key of the session file comes from, and the one line of a key file.
//!
//! The file `key` beside the data either holds the key or says where it is:
//!
//! - `mass-alexa-key-1:<base64>`: the key itself,
//! - `mass-alexa-key-1:keyring:<id>`: the entry of that name in the keyring of the system,
//! - `mass-alexa-key-1:env-file`: the file that `MASS_ALEXA_KEY_FILE` names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::seal::Key;
use crate::error::{Error, Result, code};

/// The variable that names the file with the key, for example a secret of a container.
pub const KEY_FILE_VARIABLE: &str = "MASS_ALEXA_KEY_FILE";

/// Begins the line of a key file; the number is the version.
const NAME: &str = "mass-alexa-key-";
const VERSION: u32 = 1;
const KEYRING: &str = "keyring:";
const ENV_FILE: &str = "env-file";
/// No key file is longer (*chosen*): the path could name anything.
const MOST_BYTES: u64 = 16 * 1024;

/// Where a key was found. A key beside the data protects less than one that lives elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The file that `MASS_ALEXA_KEY_FILE` names.
    EnvFile,
    /// The keyring of the operating system.
    Keyring,
    /// The file `key` in the same folder.
    KeyFile,
}

impl KeySource {
    /// Name for status output.
    pub fn name(self) -> &'static str {
        match self {
            Self::EnvFile => "env-file",
            Self::Keyring => "keyring",
            Self::KeyFile => "key-file",
        }
    }
}

/// What the line of a key file says.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In the file that the variable names.
    EnvFile,
    /// In the keyring, under this name.
    Keyring(String),
    /// In the line itself.
    Here(Key),
}

impl Place {
    /// The name of such a place.
    pub(super) fn source(&self) -> KeySource {
        match self {
            Self::EnvFile => KeySource::EnvFile,
            Self::Keyring(_) => KeySource::Keyring,
            Self::Here(_) => KeySource::KeyFile,
        }
    }

    /// The line.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        let rest = match self {
            Self::EnvFile => Zeroizing::new(ENV_FILE.to_owned()),
            Self::Keyring(id) => Zeroizing::new(format!("{KEYRING}{id}")),
            Self::Here(key) => Zeroizing::new(STANDARD.encode(key.expose())),
        };
        Zeroizing::new(format!("{NAME}{VERSION}:{}\n", rest.as_str()))
    }

    /// Reads the line; `None` when it is none.
    ///
    /// # Errors
    /// `store-newer` for a line of a later version.
    fn of_text(text: &str) -> Result<Option<Self>> {
        let Some((version, rest)) =
            text.trim().strip_prefix(NAME).and_then(|line| line.split_once(':'))
        else {
            return Ok(None);
        };
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        match version.parse::<u32>() {
            Ok(VERSION) => {}
            Ok(0) => return Ok(None),
            Err(_) if !digits => return Ok(None),
            _ => {
                return Err(Error::new(
                    code::STORE_NEWER,
                    "The key file was written by a newer version of mass-alexa.",
                ));
            }
        }
        if rest == ENV_FILE {
            return Ok(Some(Self::EnvFile));
        }
        if let Some(id) = rest.strip_prefix(KEYRING) {
            let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            return Ok(is_id.then(|| Self::Keyring(id.to_owned())));
        }
        let bytes = STANDARD.decode(rest).ok().map(Zeroizing::new);
        Ok(bytes.and_then(|bytes| Key::from_bytes(&bytes)).map(Self::Here))
    }
}

/// Reads the key file at `path`; `None` when there is none.
///
/// # Errors
/// `key-missing` when the file cannot be read or is no key file, `store-newer` for a later one.
pub(super) fn read(path: &Path) -> Result<Option<Place>> {
    let bytes = match read_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    let place = std::str::from_utf8(&bytes).ok().map(Place::of_text).transpose()?.flatten();
    place.map(Some).ok_or_else(|| no_key(path))
}

/// Reads the file that the variable names: 32 bytes, or lines of base64, hexadecimal or of our own
/// key files. The first key is the one to seal with; more of them open what is older.
///
/// # Errors
/// `key-missing` with the path.
pub(super) fn read_secret_file(path: &Path) -> Result<Vec<Key>> {
    let bytes = read_bytes(path).map_err(|error| unreadable(path, error))?;
    // Random bytes are never all text, so 32 characters are a password, and too easy to guess.
    if let Some(key) = Key::from_bytes(&bytes).filter(|_| !is_text(&bytes)) {
        return Ok(vec![key]);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| no_key(path))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<_>> = lines.map(key_of_text).collect();
    keys.filter(|keys| !keys.is_empty()).ok_or_else(|| no_key(path))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn key_of_text(text: &str) -> Option<Key> {
    if let Ok(Some(Place::Here(key))) = Place::of_text(text) {
        return Some(key);
    }
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        return Key::from_bytes(bytes.as_slice());
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE].into_iter().find_map(|alphabet| {
        let bytes = GeneralPurpose::new(alphabet, config).decode(text).ok().map(Zeroizing::new)?;
        Key::from_bytes(&bytes)
    })
}

fn read_bytes(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // A pipe would wait for somebody to write, a device would never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(code::KEY_MISSING, format!("The key file {} cannot be read.", path.display()))
        .with_source(error)
}

fn no_key(path: &Path) -> Error {
    Error::new(code::KEY_MISSING, format!("The key file {} does not hold a key.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(read(&path).unwrap().is_none());
        let key = Key::generate();
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(&Place::Here(key.clone()).to_text());
        assert!(
            matches!(read(&path).unwrap(), Some(Place::Here(back)) if back.expose() == key.expose())
        );
        write(&Place::Keyring("0aF".into()).to_text());
        assert!(matches!(read(&path).unwrap(), Some(Place::Keyring(id)) if id == "0aF"));
        write(&Place::EnvFile.to_text());
        assert!(matches!(read(&path).unwrap(), Some(Place::EnvFile)));
        for text in [
            "",
            "mass-alexa-key-1:",
            "mass-alexa-key-1:AAAA",
            "mass-alexa-key-1:keyring:",
            "mass-alexa-key-1:keyring:../x",
            "mass-alexa-key-0:env-file",
            "mass-alexa-key-x:env-file",
        ] {
            write(text);
            assert_eq!(read(&path).unwrap_err().code(), code::KEY_MISSING, "{text}");
        }
        for text in ["mass-alexa-key-2:x", "mass-alexa-key-99999999999:keyring:00"] {
            write(text);
            assert_eq!(read(&path).unwrap_err().code(), code::STORE_NEWER, "{text}");
        }
    }

    #[test]
    fn a_secret_file_may_have_any_usual_form() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let (key, older) = (Key::from_bytes(&[0xfb; 32]).unwrap(), Key::generate());
        let hex: String = key.expose().iter().map(|byte| format!("{byte:02X}")).collect();
        let line = Place::Here(key.clone()).to_text();
        let text = STANDARD.encode(key.expose());
        let forms = [
            key.expose().to_vec(),
            hex.into_bytes(),
            line.as_bytes().to_vec(),
            format!("{text}\r\n").into_bytes(),
            text.trim_end_matches('=').as_bytes().to_vec(),
            URL_SAFE_NO_PAD.encode(key.expose()).into_bytes(),
        ];
        for form in forms {
            std::fs::write(&path, form).unwrap();
            assert_eq!(read_secret_file(&path).unwrap()[0].expose(), key.expose());
        }
        let two = [line.as_bytes(), STANDARD.encode(older.expose()).as_bytes()].concat();
        std::fs::write(&path, two).unwrap();
        let keys = read_secret_file(&path).unwrap();
        assert_eq!(
            keys.iter().map(Key::expose).collect::<Vec<_>>(),
            [key.expose(), older.expose()]
        );
    }

    #[test]
    fn an_unusable_secret_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let refused = |what: &str| {
            let error = read_secret_file(&path).unwrap_err();
            assert_eq!(error.code(), code::KEY_MISSING, "{what}");
            assert!(error.message().contains(path.to_str().unwrap()), "{what}: {error}");
        };
        refused("missing");
        for text in [
            "",
            "\n",
            "password",
            "a password of just 32 characters",
            "or of 31 with the end of a line\n",
            "AAAA",
            "mass-alexa-key-1:keyring:00",
        ] {
            std::fs::write(&path, text).unwrap();
            refused(text);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        refused("a folder");
    }
}
