//! Signatures under what leaves the house and comes back: addresses of streams and pictures, and the
//! tokens that Echos give back with every event.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// Bytes of a signature (*chosen*: 128 bits cannot be guessed, and addresses stay short).
const LENGTH: usize = 16;

/// Signs with the key of one gateway. Each purpose has signatures of its own.
#[derive(Clone)]
pub struct Signer {
    key: Secret,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// With this key, which is random and kept with the session.
    pub fn new(key: Secret) -> Self {
        Self { key }
    }

    /// The signature under a text for one purpose: 22 characters that can stand in addresses.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let tag = self.mac(purpose, text).map(|mac| mac.finalize().into_bytes());
        let tag = tag.as_ref().and_then(|tag| tag.get(..LENGTH)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(tag)
    }

    /// Whether a signature is that of this text and purpose; takes the same time whatever differs.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        tag.len() == LENGTH
            && self.mac(purpose, text).is_some_and(|mac| mac.verify_truncated_left(&tag).is_ok())
    }

    fn mac(&self, purpose: &str, text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes()).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_purpose_and_key_only() {
        let signer = Signer::new(Secret::from("one key"));
        let signature = signer.sign("stream", "v1.abc");
        assert_eq!(signature.len(), 22);
        assert!(signer.is_signed("stream", "v1.abc", &signature));
        assert!(!signer.is_signed("stream", "v1.abd", &signature));
        assert!(!signer.is_signed("art", "v1.abc", &signature));
        assert!(!signer.is_signed("stream", "v1.abc", &signature[..21]));
        assert!(!signer.is_signed("stream", "v1.abc", ""));
        assert!(!signer.is_signed("stream", "v1.abc", "%%"));
        let other = Signer::new(Secret::from("another key"));
        assert!(!other.is_signed("stream", "v1.abc", &signature));
    }

    #[test]
    fn a_purpose_cannot_run_into_the_text() {
        let signer = Signer::new(Secret::from("one key"));
        assert_ne!(signer.sign("art", "x"), signer.sign("ar", "tx"));
    }
}
