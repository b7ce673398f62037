//! One error type for the whole crate.
//!
//! [`ErrorKind`] says what the caller should do, the code names the exact cause and never changes,
//! the message is one sentence for a person and the next step says what that person can do.

pub mod code;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use code::Code;

/// Result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller should do about an error. The set is closed on purpose: bindings match it
/// without a wildcard, so a new kind does not compile until it is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// There is no usable session: sign in (again).
    SignInRequired,
    /// Amazon wants something from a person that this way of signing in cannot give.
    ChallengeRequired,
    /// Amazon refused the e-mail, the password or the code.
    CredentialsRejected,
    /// Too many requests: wait for [`Error::retry_after`].
    Throttled,
    /// The device has nothing loaded that this command could act on.
    NotControllable,
    /// The device is not connected to Amazon.
    DeviceOffline,
    /// No such device, item or endpoint.
    NotFound,
    /// Amazon refuses this one feature; the session itself is alive.
    Forbidden,
    /// Amazon answered with a failure of its own.
    AmazonUnavailable,
    /// Amazon could not be reached.
    Network,
    /// No answer in time.
    Timeout,
    /// A sign-in page that this version does not know.
    UnexpectedPage,
    /// An answer of another shape than expected.
    UnexpectedAnswer,
    /// The session file is damaged or of a foreign format.
    StoreCorrupt,
    /// The key of the session file is missing or another one.
    KeyUnavailable,
    /// A value given by the caller cannot be used.
    InvalidInput,
    /// The account handle was closed.
    Closed,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::SignInRequired,
        Self::ChallengeRequired,
        Self::CredentialsRejected,
        Self::Throttled,
        Self::NotControllable,
        Self::DeviceOffline,
        Self::NotFound,
        Self::Forbidden,
        Self::AmazonUnavailable,
        Self::Network,
        Self::Timeout,
        Self::UnexpectedPage,
        Self::UnexpectedAnswer,
        Self::StoreCorrupt,
        Self::KeyUnavailable,
        Self::InvalidInput,
        Self::Closed,
    ];
}

/// An error with everything a person needs to go on. Never contains a secret.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    message: String,
    next_step: Cow<'static, str>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `code` with one sentence for a person.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            next_step: Cow::Borrowed(code.next_step()),
            status: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Replaces the usual next step of the code.
    #[must_use]
    pub fn with_next_step(mut self, next_step: impl Into<Cow<'static, str>>) -> Self {
        self.0.next_step = next_step.into();
        self
    }

    /// Adds the HTTP status that was answered.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds how long to wait before the next attempt.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds the cause. Causes must not print secrets; errors of reqwest are stripped of their URL
    /// before they get here.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error without its source, for those who waited for somebody else's call.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Box::new(Inner {
            code: self.0.code,
            message: self.0.message.clone(),
            next_step: self.0.next_step.clone(),
            status: self.0.status,
            retry_after: self.0.retry_after,
            source: None,
        }))
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    /// The stable name of the cause.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One sentence for a person.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What that person can do now; may be empty.
    pub fn next_step(&self) -> &str {
        &self.0.next_step
    }

    /// The HTTP status, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long to wait before the next attempt, where it is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Throttled
                | ErrorKind::AmazonUnavailable
                | ErrorKind::Network
                | ErrorKind::Timeout
        )
    }

    /// Whether nothing can work any more on this session: it ended, another one took its place, or it
    /// was closed.
    pub fn ends_session(&self) -> bool {
        matches!(self.kind(), ErrorKind::SignInRequired | ErrorKind::Closed)
    }

    /// The texts of the source chain, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !self.0.next_step.is_empty() {
            write!(f, " {}", self.0.next_step)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("code", &self.0.code.id())
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .field("causes", &self.causes())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_cause_and_the_next_step() {
        let error = Error::new(code::WRONG_PASSWORD, "Amazon refused the password.");
        assert_eq!(error.kind(), ErrorKind::CredentialsRejected);
        assert!(error.to_string().starts_with("Amazon refused the password. "));
        assert!(!error.is_transient());
    }

    #[test]
    fn keeps_the_source_chain() {
        let io = std::io::Error::other("disk full");
        let error =
            Error::new(code::STORE_WRITE, "The session could not be saved.").with_source(io);
        assert_eq!(error.causes(), ["disk full"]);
    }
}
