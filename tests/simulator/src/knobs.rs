//! Settings of the simulated account and service that a test may change while it runs.

use serde::{Deserialize, Serialize};

/// A page that Amazon may put in the way of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextPage {
    /// A page no client knows.
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
    /// E-mail and password on one page.
    combined_page: bool = false,
    /// The next sign-in POST is answered with this page, once.
    next_page: Option<NextPage> = None,
    /// Whether an approval page reports that the person has approved.
    approved: bool = false,
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
    /// Answer cookie exchanges under another domain than asked.
    exchange_wrong_domain: bool = false,
    /// `progress` of the old player endpoint in milliseconds, as two reports of 2026 have it.
    player_milliseconds: bool = false,
}
