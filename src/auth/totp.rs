//! One-time codes: reading what people paste, and making a code that will still be valid.

use std::time::Duration;

use totp_rs::Builder;
use zeroize::Zeroizing;

use crate::error::{Error, Result, code};
use crate::secret::Secret;

/// How long a code is valid, in seconds (RFC 6238; Amazon uses the default).
pub const STEP: u64 = 30;
/// A code with less time left is not sent: the next one is awaited (*chosen*).
pub const LEAST_LEFT: Duration = Duration::from_secs(3);
/// Shorter seeds are typing mistakes; Amazon's have 52 characters (*observed*).
const SHORTEST_SEED: usize = 16;

/// What a person gave for the second step.
#[derive(Debug, Clone)]
pub enum OneTime {
    /// The authenticator's seed, from which codes are made.
    Seed(Seed),
    /// A code that was read off somewhere, good for one use.
    Code(Secret),
}

impl OneTime {
    /// Tells a seed from a 6-digit code. Spaces, hyphens and case do not matter; a whole
    /// `otpauth://` address is understood too.
    ///
    /// # Errors
    /// `bad-seed` with what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        let clean: Zeroizing<String> = Zeroizing::new(
            seed_of_address(text).unwrap_or(text).chars().filter(|c| !is_filler(*c)).collect(),
        );
        if clean.len() == 6 && clean.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Code(Secret::new(clean.as_str())));
        }
        Seed::of_clean(&clean).map(Self::Seed)
    }
}

/// An authenticator's seed.
#[derive(Clone)]
pub struct Seed(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(crate::secret::REDACTED)
    }
}

impl Seed {
    /// Reads a seed as people paste it.
    ///
    /// # Errors
    /// `bad-seed` with what is wrong with it, also for a 6-digit code.
    pub fn parse(text: &str) -> Result<Self> {
        match OneTime::parse(text)? {
            OneTime::Seed(seed) => Ok(seed),
            OneTime::Code(_) => {
                Err(refuse("That is a code, not the seed that codes are made from."))
            }
        }
    }

    fn of_clean(clean: &str) -> Result<Self> {
        if clean.is_empty() {
            return Err(refuse("The authenticator seed is empty."));
        }
        let upper = Zeroizing::new(clean.trim_end_matches('=').to_ascii_uppercase());
        if let Some(odd) = upper.chars().find(|c| !matches!(c, 'A'..='Z' | '2'..='7')) {
            // Naming the one character helps and gives nothing away.
            return Err(refuse(format!(
                "The authenticator seed cannot contain \u{201c}{odd}\u{201d}."
            )));
        }
        if upper.len() < SHORTEST_SEED {
            return Err(refuse(format!(
                "The authenticator seed has {} characters, too few for a whole one.",
                upper.len()
            )));
        }
        let secret = totp_rs::Secret::try_from_base32(upper.as_str())
            .map_err(|_| refuse("The authenticator seed is not valid base32."))?;
        Ok(Self(Zeroizing::new(secret.as_bytes().to_vec())))
    }

    /// The code of the window that `unix` seconds falls into.
    pub fn code_at(&self, unix: u64) -> Code {
        let totp = Builder::new()
            .with_secret(totp_rs::Secret::new(self.0.to_vec().into_boxed_slice()))
            .build_noncompliant();
        let digits = Secret::new(totp.generate(unix).to_string());
        Code { digits, left: Duration::from_secs(STEP - unix % STEP) }
    }
}

/// A code and how long it stays valid.
#[derive(Debug, Clone)]
pub struct Code {
    /// Six digits.
    pub digits: Secret,
    /// Time until the next code.
    pub left: Duration,
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(code::BAD_SEED, message)
}

fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{00a0}' | '\u{200b}')
}

fn seed_of_address(text: &str) -> Option<&str> {
    let query = text.trim().strip_prefix("otpauth://")?.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix("secret="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Base32 of the seed of RFC 6238, appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn code(text: &str, at: u64) -> String {
        Seed::parse(text).unwrap().code_at(at).digits.expose().to_owned()
    }

    #[test]
    fn agrees_with_the_vectors_of_the_rfc() {
        for (at, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code(RFC, at), digits, "{at}");
        }
    }

    #[test]
    fn spaces_case_hyphens_and_padding_do_not_matter() {
        let spaced = "gezd gnbv-GY3T qojq\tGEZD gnbv gy3t qojq==";
        assert_eq!(code(spaced, 59), "287082");
        let address = format!("otpauth://totp/Amazon:me?secret={RFC}&issuer=Amazon");
        assert_eq!(code(&address, 59), "287082");
    }

    #[test]
    fn six_digits_are_a_code() {
        for text in ["123456", " 123 456 ", "123-456"] {
            let OneTime::Code(digits) = OneTime::parse(text).unwrap() else { panic!("{text}") };
            assert_eq!(digits.expose(), "123456");
        }
        assert!(Seed::parse("123456").is_err());
    }

    #[test]
    fn says_what_is_wrong_without_repeating_it() {
        for (text, part) in [
            ("", "empty"),
            ("GEZDGNBVGY3TQOJ1GEZDGNBV", "\u{201c}1\u{201d}"),
            ("ABCDEFG", "7 characters"),
            ("12345", "\u{201c}1\u{201d}"),
        ] {
            let error = OneTime::parse(text).unwrap_err();
            assert_eq!(error.code(), code::BAD_SEED);
            assert!(error.message().contains(part), "{}", error.message());
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_echoes(text in "\\PC{0,80}") {
            if let Err(error) = OneTime::parse(&text) {
                prop_assert!(text.chars().count() < 8 || !error.to_string().contains(&text));
            }
        }

        #[test]
        fn time_left_is_what_the_window_has(at in 0_u64..4_000_000_000) {
            let made = Seed::parse(RFC).unwrap().code_at(at);
            let left = made.left.as_secs();
            prop_assert!((1..=30).contains(&left));
            prop_assert_eq!(code(RFC, at + left - 1), made.digits.expose());
        }
    }
}
