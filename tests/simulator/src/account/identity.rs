//! The default account and a second one.

use serde::Serialize;

use crate::household::defaults::{EMAIL, OTP_SEED, PASSWORD};

/// The account as the control interface shows it, secrets included.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    /// Sign-in address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Authenticator seed, base32.
    pub otp_seed: String,
    /// Amazon's id of the customer.
    pub customer_id: String,
    /// Full name.
    pub name: String,
    /// Where the account lives, such as `amazon.de`.
    pub home_site: String,
    /// Every secret issued or accepted so far: password, seed, codes, tokens, cookies, keys.
    pub secrets: Vec<String>,
}

/// Who owns the simulated household.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) otp_seed: &'static str,
    pub(crate) customer_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) given_name: &'static str,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            email: EMAIL,
            password: PASSWORD,
            otp_seed: OTP_SEED,
            customer_id: "A1SIMULATOR001",
            name: "Alex Example",
            given_name: "Alex",
        }
    }
}

impl Identity {
    /// Another person of the same family.
    pub(crate) fn second() -> Self {
        Self {
            email: "blake@example.org",
            customer_id: "A1SIMULATOR002",
            name: "Blake Example",
            given_name: "Blake",
            ..Self::default()
        }
    }
}
