//! Certificates: for those who need one, and for those who sign skill requests.

use serde::{Deserialize, Serialize};

/// A certificate to issue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateOrder {
    /// Its DNS names; `*.example.org` is a wildcard.
    pub names: Vec<String>,
    /// Days from today on which it begins and ends to be valid, such as `[-1, 90]`.
    #[serde(default = "usual")]
    pub days: (i64, i64),
    /// Who issues it.
    #[serde(default)]
    pub issuer: Issuer,
}

/// Who issues a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// The simulator's authority, which stands for all public ones.
    #[default]
    Public,
    /// An intermediate of it, which is in the chain.
    Intermediate,
    /// Nobody: it is signed with its own key.
    Own,
    /// An authority that nobody trusts.
    Foreign,
}

/// A certificate with its key.
#[derive(Debug, Clone, Serialize)]
pub struct IssuedCertificate {
    /// The certificate and those between it and the authority.
    pub chain_pem: String,
    /// The private key, PKCS #8.
    pub key_pem: String,
}

impl CertificateOrder {
    /// A good one for these names.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { names, days: usual(), issuer: Issuer::default() }
    }
}

fn usual() -> (i64, i64) {
    (-1, 90)
}
