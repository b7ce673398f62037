//! Settings of the simulated account and service that a test may change while it runs.

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

macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr,)*) => {
        /// All settings with their present values.
        #[derive(Debug, Clone, Serialize)]
        pub struct Knobs {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Knobs {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// A change of some settings; those that are missing stay.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct KnobsPatch {
            $($(#[$doc])* #[serde(deserialize_with = "given")] pub $name: Option<$type>,)*
        }

        impl Knobs {
            /// Applies a change.
            pub fn apply(&mut self, patch: KnobsPatch) {
                $(if let Some(value) = patch.$name { self.$name = value; })*
            }
        }
    };
}

/// Tells `null` (a value for settings that may be empty) from a missing field.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

knobs! {
    /// Where the account lives; other sites answer but hold no devices of it.
    home_site: String = "amazon.de".to_owned(),
    /// Whether the account has two-step verification.
    otp_required: bool = true,
    /// Whether one code signs in only once.
    otp_single_use: bool = true,
    /// The second factor is a text message: the device choice has no authenticator, and the code
    /// is `418273`.
    sms_only: bool = false,
    /// E-mail and password on one page.
    combined_page: bool = false,
    /// The next sign-in POST is answered with this page, once.
    next_page: Option<NextPage> = None,
    /// Pages shown after a right e-mail, each once, in this order; shown ones leave the list.
    pages_after_email: Vec<NextPage> = Vec::new(),
    /// Pages shown after a right password, each once, in this order; shown ones leave the list.
    pages_after_password: Vec<NextPage> = Vec::new(),
    /// The first page of a sign-in is the form for a new account.
    create_account_first: bool = false,
    /// After the e-mail only a passkey will do; a POST with a `webauthn_assertion` passes.
    passkey_only: bool = false,
    /// Every password POST is answered with this sentence in a box.
    password_problem: Option<String> = None,
    /// The box for `password_problem`.
    password_problem_box: ProblemBox = ProblemBox::Error,
    /// Whether an approval page reports that the person has approved.
    approved: bool = false,
    /// So many polls are told "pending", the next one "completed".
    approval_after_polls: Option<u32> = None,
    /// The person refuses, or lets the time pass, instead of approving.
    approval_refused: Option<ApprovalRefusal> = None,
    /// The approval page also takes the mailed code, at `verifyOtp`.
    approval_by_code: bool = false,
    /// A sign-in with another `openid.assoc_handle` gets Amazon's error page with 404.
    wanted_handle: Option<String> = None,
    /// The script captcha bars every sign-in whose address has another `language`.
    waf_unless_language: Option<String> = None,
    /// That captcha comes after the e-mail instead of as the first page.
    waf_after_email: bool = false,
    /// The landing page is reached without an authorization code.
    landing_without_code: bool = false,
    /// How web pages travel.
    encoding: Encoding = Encoding::Chunked,
    /// Sign-in pages and the web API set cookies in every odd way seen in the field.
    odd_cookies: bool = false,
    /// Refuse a sign-in whose user agent or language changes on the way (one field report).
    same_identity: bool = true,
    /// Lifetime of access tokens in seconds.
    access_token_seconds: u64 = 3600,
    /// Lifetime of website cookies in seconds (14 days in one client's documentation).
    cookie_seconds: u64 = 14 * 86_400,
    /// Lifetime of an authorization code in seconds.
    code_seconds: u64 = 300,
    /// State-changing web API calls need the `csrf` header.
    csrf_required: bool = true,
    /// Throttle all web API calls.
    throttle: Throttle = Throttle::Off,
    /// Sequences are accepted with 200 and never carried out (an outage of August 2025).
    ignore_sequences: bool = false,
    /// `customer_info.home_region` of registrations; empty follows the home site.
    home_region: String = String::new(),
    /// `countryOfResidence` of `users/me`; empty follows the home site.
    country: String = String::new(),
    /// How `users/me` names the site.
    marketplace_shape: MarketplaceShape = MarketplaceShape::String,
    /// `users/me` answers 401 without a body (field report of June 2026).
    users_me_refused: bool = false,
    /// Fields left out of the answers of `users/me`, `welcome`, `endpoints` and `customer-status`.
    missing_fields: Vec<String> = Vec::new(),
    /// Hosts that do not exist: connections end without an answer (no DNS entry in the field).
    missing_hosts: Vec<String> = vec!["alexa.amazon.pl".to_owned()],
    /// Every registration is refused with 400 `InvalidToken`.
    register_refused: bool = false,
    /// The region whose push hosts serve the account; without one, all do.
    push_region: Option<PushRegion> = None,
    /// Answer cookie exchanges under another domain than asked.
    exchange_wrong_domain: bool = false,
    /// `progress` of the old player endpoint in milliseconds, as two reports of 2026 have it.
    player_milliseconds: bool = false,
}
