//! The kinds of things settings choose from.

use serde::{Deserialize, Serialize};

/// A page that Amazon may put in the way of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextPage {
    /// A page no client knows. In a list of pages any POST of its form passes it on.
    Unknown,
    /// Image captcha on the sign-in form; the answer is `k7mwp3`.
    Captcha,
    /// "Use your passkey".
    Passkey,
    /// Too many failures: the password must be reset.
    Locked,
    /// Approval in the Amazon app or by mail.
    Approval,
    /// Choice of the second factor: authenticator, SMS, voice.
    DeviceChoice,
    /// Choice of where a verification code is sent.
    ClaimsPicker,
    /// Verification code sent by mail; the code is `418273`.
    Verification,
    /// The captcha that needs a browser with scripts.
    Waf,
    /// The "enable cookies" error page.
    Error,
    /// The form for a new account, with a link for those who have one.
    CreateAccount,
    /// The password page once more, without any word why.
    SecondPassword,
    /// The code of the authenticator, for a place in a list of pages other than the last.
    Code,
    /// A mailed code asked for on another Amazon host; the way back is a redirect.
    Hop,
    /// Image captcha among the verification pages; the answer is `k7mwp3`.
    CvfCaptcha,
}

/// The box in which a page says what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemBox {
    /// `auth-error-message-box`.
    #[default]
    Error,
    /// `auth-warning-message-box`.
    Warning,
}

/// Why an approval will not come any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRefusal {
    /// The person refused: `TransactionDenied`.
    Denied,
    /// Nobody answered in time: `TransactionExpired`.
    Expired,
}

/// How `users/me` gives the retail site of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketplaceShape {
    /// `"https://www.amazon.de"`.
    #[default]
    String,
    /// `["https://www.amazon.de"]`.
    List,
    /// `"www.amazon.de"`.
    Bare,
    /// The field is not there.
    Missing,
}

/// How the bytes of a web page travel. A coding is used only when the client accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As they are, without a length.
    #[default]
    Chunked,
    /// As they are, with a length.
    Identity,
    /// gzip.
    Gzip,
    /// deflate in its zlib wrapper, as the HTTP standard has it.
    Deflate,
    /// brotli.
    Br,
}

/// A region of the push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushRegion {
    /// North America.
    Na,
    /// Europe.
    Eu,
    /// Far East.
    Fe,
}

impl PushRegion {
    /// The two letters in host names.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match self {
            Self::Na => "na",
            Self::Eu => "eu",
            Self::Fe => "fe",
        }
    }
}

/// How the web API throttles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Throttle {
    /// Not at all.
    #[default]
    #[serde(rename = "off")]
    Off,
    /// 429 without a body.
    #[serde(rename = "429")]
    TooManyRequests,
    /// 400 with `{"message":"Rate exceeded"}`.
    #[serde(rename = "400")]
    RateExceeded,
    /// 200 with `{"message":"Rate exceeded"}`.
    #[serde(rename = "200")]
    RateExceededOk,
    /// 503.
    #[serde(rename = "503")]
    Unavailable,
}
