//! The sealed envelope: AES-256-GCM with everything before the ciphertext as associated data.
//!
//! Layout: `MASSALEXA` (9 bytes) · version (1) · key fingerprint (8) · nonce (12) · ciphertext with
//! tag. A flipped bit anywhere is refused.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::auth::identity::random;
use crate::error::{Error, Result, code};

const MAGIC: &[u8; 9] = b"MASSALEXA";
const VERSION: u8 = 1;
const FINGERPRINT: usize = 8;
const NONCE: usize = 12;
const HEADER: usize = MAGIC.len() + 1 + FINGERPRINT + NONCE;
const TAG: usize = 16;

/// The key of a session file.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(crate::secret::REDACTED)
    }
}

impl Key {
    /// A random key.
    pub fn generate() -> Self {
        Self(random())
    }

    /// A key of exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for the moment they are written to the key file.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Tells keys apart without giving them away.
    pub(super) fn fingerprint(&self) -> [u8; FINGERPRINT] {
        let digest = Sha256::new()
            .chain_update(b"mass-alexa key fingerprint")
            .chain_update(self.0)
            .finalize();
        let mut short = [0; FINGERPRINT];
        short.copy_from_slice(digest.get(..FINGERPRINT).unwrap_or(&[0; FINGERPRINT]));
        short
    }
}

/// The fingerprint of the key that a file says it was sealed with.
pub(super) fn fingerprint_of(sealed: &[u8]) -> Option<[u8; FINGERPRINT]> {
    sealed.strip_prefix(MAGIC)?.get(1..=FINGERPRINT)?.try_into().ok()
}

/// Seals `plain` under `key` with a random nonce.
///
/// # Errors
/// `store-write` if the cipher refuses, which needs an input of many gigabytes.
pub fn seal(plain: &[u8], key: &Key) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE] = random();
    let mut sealed = Vec::with_capacity(HEADER + plain.len() + TAG);
    sealed.extend_from_slice(MAGIC);
    sealed.push(VERSION);
    sealed.extend_from_slice(&key.fingerprint());
    sealed.extend_from_slice(&nonce);
    let payload = Payload { msg: plain, aad: &sealed };
    let cipher = cipher(key)
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| Error::new(code::STORE_WRITE, "The session could not be sealed."))?;
    sealed.extend_from_slice(&cipher);
    Ok(sealed)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// `store-damaged` for a damaged or foreign file, `store-newer` for one of a later version,
/// `key-mismatch` when it was sealed under another key.
pub fn open(sealed: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = |text: &str| Error::new(code::STORE_DAMAGED, text);
    let Some((header, cipher_text)) = sealed.split_at_checked(HEADER) else {
        return Err(damaged("The session file is cut short."));
    };
    let Some(rest) = header.strip_prefix(MAGIC) else {
        return Err(damaged("The session file is not one of mass-alexa."));
    };
    let (version, rest) = rest.split_first().unwrap_or((&0, &[]));
    if *version == 0 {
        return Err(damaged("The session file is damaged."));
    }
    if *version != VERSION {
        return Err(Error::new(
            code::STORE_NEWER,
            format!("The session file has format {version}, this version reads format {VERSION}."),
        ));
    }
    let (fingerprint, nonce) = rest.split_at_checked(FINGERPRINT).unwrap_or((&[], &[]));
    let nonce: [u8; NONCE] = nonce.try_into().unwrap_or_default();
    let payload = Payload { msg: cipher_text, aad: header };
    match cipher(key).decrypt(&Nonce::from(nonce), payload) {
        Ok(plain) => Ok(Zeroizing::new(plain)),
        Err(_) if fingerprint != key.fingerprint() => {
            Err(Error::new(code::KEY_MISMATCH, "The session file was sealed with another key."))
        }
        Err(_) => Err(damaged("The session file is damaged.")),
    }
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(&(*key.expose()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn another_key_is_told_apart_from_damage() {
        let sealed = seal(b"content", &Key::generate()).unwrap();
        assert_eq!(open(&sealed, &Key::generate()).unwrap_err().code(), code::KEY_MISMATCH);
        assert_eq!(
            open(b"# cookies.txt", &Key::generate()).unwrap_err().code(),
            code::STORE_DAMAGED
        );
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let key = Key::generate();
        let sealed = seal(b"{\"version\":1}", &key).unwrap();
        for byte in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[byte] ^= 1 << bit;
                assert!(open(&flipped, &key).is_err(), "byte {byte} bit {bit}");
            }
        }
        for length in 0..sealed.len() {
            assert!(open(&sealed[..length], &key).is_err(), "length {length}");
        }
    }

    #[test]
    fn the_same_content_never_looks_the_same() {
        let key = Key::generate();
        assert_ne!(seal(b"x", &key).unwrap(), seal(b"x", &key).unwrap());
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed(plain in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let key = Key::generate();
            let sealed = seal(&plain, &key).unwrap();
            let opened = open(&sealed, &key).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), magic in any::<bool>()) {
            let mut sealed = if magic { MAGIC.to_vec() } else { Vec::new() };
            sealed.extend(bytes);
            prop_assert!(open(&sealed, &Key::generate()).is_err());
        }
    }
}
