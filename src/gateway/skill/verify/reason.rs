//! Why a request is not taken for one of Alexa's.

use std::fmt;

/// Why a request was refused. Whoever sent it hears nothing of this: the answer is always 400 with
/// an empty body (*documented*: 400).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The body is larger than [`super::LARGEST_BODY`].
    TooLarge,
    /// There is no signature, or not exactly one, or it is no base64.
    NoSignature,
    /// The address of the certificates is missing, doubled, or not one where Amazon keeps them.
    BadAddress,
    /// The certificates could not be fetched.
    NoChain,
    /// What was fetched is no chain of certificates that leads to a trusted authority.
    BadChain,
    /// A certificate of the chain is not valid any more, or not yet.
    Expired,
    /// The certificate is for something else than Alexa's requests.
    WrongName,
    /// The body is not what was signed.
    BadSignature,
    /// The request is too old, or from the future when negative, by our clock.
    TooOld {
        /// Our time minus that of the request.
        seconds: i64,
    },
    /// It is for another skill, or no skill is set.
    OtherSkill,
    /// The body is no JSON, or lacks what every request has.
    NotJson,
    /// The same request came before.
    Repeated,
}

impl Reason {
    /// A short name for counters.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NoSignature => "no-signature",
            Self::BadAddress => "bad-address",
            Self::NoChain => "no-chain",
            Self::BadChain => "bad-chain",
            Self::Expired => "expired",
            Self::WrongName => "wrong-name",
            Self::BadSignature => "bad-signature",
            Self::TooOld { .. } => "too-old",
            Self::OtherSkill => "other-skill",
            Self::NotJson => "not-json",
            Self::Repeated => "repeated",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::NoSignature => "it is not signed",
            Self::BadAddress => "its certificates are not where Amazon keeps them",
            Self::NoChain => "its certificates could not be fetched",
            Self::BadChain => "its certificates are not from a trusted authority",
            Self::Expired => "a certificate is not valid at this time",
            Self::WrongName => "the certificate is not that of Alexa",
            Self::BadSignature => "the signature does not fit the body",
            Self::TooOld { seconds } if *seconds < 0 => {
                return write!(f, "it is {} seconds ahead of our clock", seconds.unsigned_abs());
            }
            Self::TooOld { seconds } => {
                return write!(f, "it is {seconds} seconds old by our clock");
            }
            Self::OtherSkill => "it is for another skill",
            Self::NotJson => "the body is no skill request",
            Self::Repeated => "the same request came before",
        })
    }
}

/// A request that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A skill request was refused: {}.", self.reason)
    }
}

impl std::error::Error for Refusal {}
