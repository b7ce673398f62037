//! Tokens: what an Echo calls the things it was given, and gives back with every event. Signed, so
//! that only our own are believed, and complete, so that they mean something after a restart.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use crate::gateway::signer::Signer;

const PURPOSE: &str = "token";
/// Longer ids of items are put in as a digest: a token may have 1,024 characters (*documented*).
const LONGEST_ITEM: usize = 256;

/// One thing given to one Echo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Serial of the Echo.
    pub(crate) serial: String,
    /// Counts what was given to it.
    pub(crate) sequence: u64,
    /// Id of the item, or a digest of a long one.
    pub(crate) item: String,
}

impl Token {
    pub(crate) fn new(serial: &str, sequence: u64, item: &str) -> Self {
        let item = if item.len() <= LONGEST_ITEM {
            item.to_owned()
        } else {
            BASE64.encode(Sha256::digest(item.as_bytes()))
        };
        Self { serial: serial.to_owned(), sequence, item }
    }

    /// As it is sent.
    pub(crate) fn text(&self, signer: &Signer) -> String {
        let (serial, item) = (BASE64.encode(&self.serial), BASE64.encode(&self.item));
        let text = format!("v1.{serial}.{}.{item}", self.sequence);
        let signature = signer.sign(PURPOSE, &text);
        format!("{text}.{signature}")
    }

    /// Reads what came back; `None` if it is not ours.
    pub(crate) fn read(text: &str, signer: &Signer) -> Option<Self> {
        let (text, signature) = text.rsplit_once('.')?;
        if !signer.is_signed(PURPOSE, text, signature) {
            return None;
        }
        let mut parts = text.split('.');
        let (version, serial) = (parts.next()?, parts.next()?);
        let (sequence, item) = (parts.next()?, parts.next()?);
        let decoded = |part| String::from_utf8(BASE64.decode(part).ok()?).ok();
        (version == "v1" && parts.next().is_none()).then_some(())?;
        Some(Self {
            serial: decoded(serial)?,
            sequence: sequence.parse().ok()?,
            item: decoded(item)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_given_comes_back(serial in "[A-Z0-9.]{1,40}", sequence: u64, item in ".{0,300}") {
            let signer = Signer::new(Secret::from("key"));
            let token = Token::new(&serial, sequence, &item);
            let text = token.text(&signer);
            prop_assert!(text.len() <= 1_024);
            prop_assert_eq!(Token::read(&text, &signer), Some(token));
        }

        #[test]
        fn nothing_else_is_believed(text in ".{0,100}", flip in 0_usize..60) {
            let signer = Signer::new(Secret::from("key"));
            prop_assert_eq!(Token::read(&text, &signer), None);
            let mut ours = Token::new("G1", 7, "item").text(&signer).into_bytes();
            let place = flip % ours.len();
            ours[place] = if ours[place] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(ours).unwrap();
            prop_assert_eq!(Token::read(&changed, &signer), None);
            let other = Signer::new(Secret::from("other"));
            prop_assert_eq!(Token::read(&Token::new("G1", 7, "item").text(&other), &signer), None);
        }
    }
}
