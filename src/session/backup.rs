//! A copy of a session that can leave the machine: sealed with a passphrase.
//!
//! Layout: `MASSALEXA-BACKUP` (16 bytes) · version (1) · memory in KiB (4) · passes (4) · lanes (4) ·
//! salt (16) · nonce (12) · ciphertext with tag · SHA-256 of everything before (32). Numbers are
//! big-endian. Everything before the ciphertext is associated data. The sum tells a damaged copy
//! from a wrong passphrase; what makes a backup trustworthy is the tag.
//!
//! The key is derived with Argon2id and the second recommended option of RFC 9106, section 4: 64
//! MiB, three passes, four lanes (*documented*). That is above the least of the OWASP Password
//! Storage Cheat Sheet (19 MiB, two passes, one lane). A backup with other numbers is read as long
//! as it asks for no more than 256 MiB, eight passes and 16 lanes (*chosen*), so that a crafted file
//! cannot eat memory or time.

use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::data::{SessionData, VERSION as CONTENT_VERSION};
use super::store::Store;
use super::store_folder::SESSION;
use crate::auth::identity::{Installation, random, token};
use crate::error::{Error, Result, code};
use crate::secret::Secret;

const MAGIC: &[u8; 16] = b"MASSALEXA-BACKUP";
const VERSION: u8 = 1;
const SALT: usize = 16;
const NONCE: usize = 12;
const NUMBERS: usize = 12;
const HEADER: usize = MAGIC.len() + 1 + NUMBERS + SALT + NONCE;
const SUM: usize = 32;

/// Characters that the passphrase of a new backup needs at least (*chosen*).
pub const SHORTEST_PASSPHRASE: usize = 8;
/// KiB of memory that a backup may ask for.
const MOST_MEMORY: u32 = 256 * 1024;
/// Passes over that memory that it may ask for.
const MOST_PASSES: u32 = 8;
/// Lanes that it may ask for.
const MOST_LANES: u32 = 16;

/// What opens it, as it stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// What new backups are sealed with.
const COST: Cost = Cost { memory: 64 * 1024, passes: 3, lanes: 4 };

#[derive(Serialize, Deserialize)]
struct Content<S> {
    version: u32,
    installation: Installation,
    session: S,
}

#[derive(Deserialize)]
struct Versions {
    version: u64,
    session: SessionVersion,
}

#[derive(Deserialize)]
struct SessionVersion {
    version: u64,
}

/// A backup of the session in `folder`, for [`import`]. Whoever has it and the passphrase is signed
/// in. Blocks for a second and needs 64 MiB of memory.
///
/// # Errors
/// `bad-passphrase` when it has fewer than eight characters, those of [`Store::load`].
pub fn export(folder: &Path, passphrase: &Secret) -> Result<Vec<u8>> {
    export_of(&Store::new(folder), passphrase, COST)
}

/// Brings the session of a backup into `folder`, as the same device. A session that is there is
/// refused, or with `replace` kept as `session.sealed.replaced-<n>`; open handles of it then end
/// with `session-replaced`. Blocks as [`export`] does.
///
/// # Errors
/// `session-exists`, `bad-passphrase`, `backup-damaged`, `store-newer`, `bad-setting`,
/// `store-write`, and `key-missing` when `MASS_ALEXA_KEY_FILE` names no key. Nothing is changed
/// then.
pub fn import(folder: &Path, bytes: &[u8], passphrase: &Secret, replace: bool) -> Result<()> {
    import_into(&Store::new(folder), bytes, passphrase, replace)
}

fn export_of(store: &Store, passphrase: &Secret, cost: Cost) -> Result<Vec<u8>> {
    if passphrase.expose().chars().count() < SHORTEST_PASSPHRASE {
        return Err(Error::new(
            code::BAD_PASSPHRASE,
            format!("The passphrase has fewer than {SHORTEST_PASSPHRASE} characters."),
        ));
    }
    let (session, _) = store.load()?;
    let installation = Installation { serial: session.serial.clone() };
    let content = Content { version: u32::from(VERSION), installation, session: &session };
    let plain = serde_json::to_vec(&content).map(Zeroizing::new).map_err(|error| {
        Error::new(code::STORE_READ, "The session could not be written down.").with_source(error)
    })?;
    seal(&plain, passphrase, cost)
}

fn import_into(store: &Store, bytes: &[u8], passphrase: &Secret, replace: bool) -> Result<()> {
    let exists = || {
        Error::new(
            code::SESSION_EXISTS,
            format!("The folder {} has a session already.", store.folder().display()),
        )
    };
    if store.has_session() && !replace {
        return Err(exists());
    }
    store.check_folder()?;
    let content = parse(&open(bytes, passphrase)?)?;
    // A new name, so that a handle of the very same session does not write over this one.
    let session = SessionData { enrolment: token::<16>(), ..content.session };
    store.folder.make()?;
    let _lock = store.begin_writing()?;
    if store.has_session() && !replace {
        return Err(exists());
    }
    store.make_way()?;
    if store.has_session() {
        store.folder.keep_copy(SESSION)?;
    }
    store.write_installation(&content.installation)?;
    store.seal(&session)
}

fn parse(plain: &[u8]) -> Result<Content<SessionData>> {
    // The parser's own message could quote the content.
    let unknown = || Error::new(code::BACKUP_DAMAGED, "The backup has an unknown content.");
    let versions = serde_json::from_slice::<Versions>(plain).map_err(|_| unknown())?;
    if versions.version > u64::from(VERSION)
        || versions.session.version > u64::from(CONTENT_VERSION)
    {
        return Err(Error::new(
            code::STORE_NEWER,
            "The backup was made by a newer version of mass-alexa.",
        ));
    }
    let content = serde_json::from_slice::<Content<SessionData>>(plain).map_err(|_| unknown())?;
    let is_whole =
        versions.version > 0 && versions.session.version > 0 && content.installation.is_valid();
    if is_whole { Ok(content) } else { Err(unknown()) }
}

fn seal(plain: &[u8], passphrase: &Secret, cost: Cost) -> Result<Vec<u8>> {
    let failed = || Error::new(code::STORE_WRITE, "The backup could not be sealed.");
    let (salt, nonce): ([u8; SALT], [u8; NONCE]) = (random(), random());
    let mut sealed = MAGIC.to_vec();
    sealed.push(VERSION);
    for number in [cost.memory, cost.passes, cost.lanes] {
        sealed.extend_from_slice(&number.to_be_bytes());
    }
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(&nonce);
    let cipher = cipher(passphrase, &salt, cost).ok_or_else(failed)?;
    let payload = Payload { msg: plain, aad: &sealed };
    let cipher_text = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| failed())?;
    sealed.extend_from_slice(&cipher_text);
    let sum = Sha256::digest(&sealed);
    sealed.extend_from_slice(&sum);
    Ok(sealed)
}

fn open(bytes: &[u8], passphrase: &Secret) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = |text: &str| Error::new(code::BACKUP_DAMAGED, text);
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| damaged("The file is not a backup of mass-alexa."))?;
    let cut = || damaged("The backup is cut short.");
    let version = *rest.first().ok_or_else(cut)?;
    if version > VERSION {
        return Err(Error::new(
            code::STORE_NEWER,
            format!("The backup has format {version}, this version reads format {VERSION}."),
        ));
    }
    let (content, sum) = bytes.split_last_chunk::<SUM>().ok_or_else(cut)?;
    let (header, cipher_text) = content.split_at_checked(HEADER).ok_or_else(cut)?;
    if version == 0 || Sha256::digest(content).as_slice() != sum {
        return Err(damaged("The backup is damaged."));
    }
    let (numbers, nonce) = header.split_last_chunk::<NONCE>().ok_or_else(cut)?;
    let (numbers, salt) = numbers.split_last_chunk::<SALT>().ok_or_else(cut)?;
    let mut numbers = numbers
        .get(MAGIC.len() + 1..)
        .unwrap_or_default()
        .chunks_exact(4)
        .map(|number| u32::from_be_bytes(number.try_into().unwrap_or_default()));
    let mut next = || numbers.next().unwrap_or_default();
    let cost = Cost { memory: next(), passes: next(), lanes: next() };
    if cost.memory > MOST_MEMORY || cost.passes > MOST_PASSES || cost.lanes > MOST_LANES {
        return Err(damaged("The backup asks for more memory or time than any real one."));
    }
    let cipher = cipher(passphrase, salt, cost).ok_or_else(|| damaged("The backup is damaged."))?;
    let payload = Payload { msg: cipher_text, aad: header };
    let plain = cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| {
        Error::new(code::BAD_PASSPHRASE, "The passphrase does not open this backup.")
    })?;
    Ok(Zeroizing::new(plain))
}

/// `None` for a cost that Argon2 does not know.
fn cipher(passphrase: &Secret, salt: &[u8; SALT], cost: Cost) -> Option<Aes256Gcm> {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut_slice())
        .ok()?;
    Some(Aes256Gcm::new(&(*key).into()))
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
