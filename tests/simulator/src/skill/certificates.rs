//! Certificates: for those who need one, and for those who sign skill requests.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SigningKey as _, date_time_ymd,
};
use serde::{Deserialize, Serialize};

use crate::tls::Authority;

/// The key that signs the requests of the simulated Alexa: RSA as the real one, and in the
/// repository for everybody to see, because it signs for nothing but tests.
const SIGNING_KEY: &str = include_str!("fixtures/test-only-request-signing-key.pem");
/// The name in the certificate of Alexa (*documented*).
const SIGNER: &str = "echo-api.amazon.com";
/// Where chains are served (*documented*).
const CHAINS: &str = "https://s3.amazonaws.com/echo.api/";
const DAY: u64 = 86_400;

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

/// The certificate chain that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningChain {
    /// In order: Alexa's name, an intermediate, the public authority.
    #[default]
    Good,
    /// It ended a month ago.
    Expired,
    /// It begins tomorrow.
    Early,
    /// Its authority is one that nobody trusts.
    Foreign,
    /// It is for another name.
    WrongName,
    /// It is signed with its own key.
    SelfSigned,
    /// The address leads to nothing.
    Missing,
}

/// How to sign a request by hand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignOrder {
    /// Which chain it names.
    pub chain: SigningChain,
    /// Another address of the chain in the header.
    pub chain_url: Option<String>,
    /// Signs other bytes than those given.
    pub is_forged: bool,
}

/// Issues certificates and signs requests.
pub(crate) struct Notary {
    authority: Arc<Authority>,
    key: KeyPair,
    chains: Mutex<HashMap<SigningChain, String>>,
}

impl std::fmt::Debug for Notary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notary")
    }
}

impl Notary {
    pub(crate) fn new(authority: Arc<Authority>) -> io::Result<Self> {
        let key = KeyPair::from_pem(SIGNING_KEY).map_err(io::Error::other)?;
        Ok(Self { authority, key, chains: Mutex::default() })
    }

    /// Headers of a request with this body.
    pub(crate) fn sign(&self, body: &[u8], order: &SignOrder) -> Vec<(String, String)> {
        let signature = if order.is_forged { self.key.sign(b"{}") } else { self.key.sign(body) };
        let signature = STANDARD.encode(signature.unwrap_or_default());
        let url = order.chain_url.clone().unwrap_or_else(|| chain_url(order.chain));
        vec![
            ("SignatureCertChainUrl".to_owned(), url),
            // The old one, which nobody should look at (*documented*).
            ("Signature".to_owned(), STANDARD.encode([0x51; 256])),
            ("Signature-256".to_owned(), signature),
        ]
    }

    /// The chain served at a path such as `/echo.api/echo-api-cert-10.pem`.
    pub(crate) fn chain(&self, path: &str, now_s: u64) -> Option<String> {
        use SigningChain::{Early, Expired, Foreign, Good, SelfSigned, WrongName};
        let kinds = [Good, Expired, Early, Foreign, WrongName, SelfSigned];
        let kind = kinds.into_iter().find(|kind| chain_url(*kind).ends_with(path))?;
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = chains.get(&kind) {
            return Some(chain.clone());
        }
        let chain = self.make_chain(kind, now_s)?;
        chains.insert(kind, chain.clone());
        Some(chain)
    }

    fn make_chain(&self, kind: SigningChain, now_s: u64) -> Option<String> {
        let name = if kind == SigningChain::WrongName { "echo-api.example.com" } else { SIGNER };
        let days = match kind {
            SigningChain::Expired => (-400, -30),
            SigningChain::Early => (1, 300),
            _ => (-100, 300),
        };
        let issuer = match kind {
            SigningChain::Foreign => Issuer::Foreign,
            SigningChain::SelfSigned => Issuer::Own,
            _ => Issuer::Intermediate,
        };
        let order = CertificateOrder { names: vec![name.to_owned()], days, issuer };
        self.certify(&order, &self.key, now_s)
    }

    /// Issues a certificate with a new key.
    ///
    /// # Errors
    /// When a name is none.
    pub(crate) fn issue(
        &self,
        order: &CertificateOrder,
        now_s: u64,
    ) -> io::Result<IssuedCertificate> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let chain_pem = self
            .certify(order, &key, now_s)
            .ok_or_else(|| io::Error::other("names or days of the certificate are none"))?;
        Ok(IssuedCertificate { chain_pem, key_pem: key.serialize_pem() })
    }

    fn certify(&self, order: &CertificateOrder, key: &KeyPair, now_s: u64) -> Option<String> {
        let mut params = CertificateParams::new(order.names.clone()).ok()?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, order.names.first()?.as_str());
        params.use_authority_key_identifier_extension = order.issuer != Issuer::Own;
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let at = |days: i64| {
            let second = i64::try_from(now_s).ok()?.checked_add(days.checked_mul(86_400)?)?;
            let second = u64::try_from(second).ok()?;
            Some(date_time_ymd(1970, 1, 1) + Duration::from_secs(second))
        };
        params.not_before = at(order.days.0)?;
        params.not_after = at(order.days.1)?;
        Some(match order.issuer {
            Issuer::Own => params.self_signed(key).ok()?.pem(),
            Issuer::Public => params.signed_by(key, self.authority.issuer()).ok()?.pem(),
            Issuer::Intermediate => {
                let between = authority("Simulated intermediate authority", now_s);
                let middle_key = KeyPair::generate().ok()?;
                let middle =
                    CertifiedIssuer::signed_by(between, middle_key, self.authority.issuer())
                        .ok()?;
                let leaf = params.signed_by(key, &middle).ok()?;
                format!("{}{}{}", leaf.pem(), middle.as_ref().pem(), self.authority.pem())
            }
            Issuer::Foreign => {
                let root_key = KeyPair::generate().ok()?;
                let params_of = authority("An authority that nobody trusts", now_s);
                let root = CertifiedIssuer::self_signed(params_of, root_key).ok()?;
                let leaf = params.signed_by(key, &root).ok()?;
                format!("{}{}", leaf.pem(), root.as_ref().pem())
            }
        })
    }
}

fn authority(name: &str, now_s: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let start = Duration::from_secs(now_s.saturating_sub(1000 * DAY));
    params.not_before = date_time_ymd(1970, 1, 1) + start;
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(now_s + 1000 * DAY);
    params
}

fn chain_url(chain: SigningChain) -> String {
    let number = match chain {
        SigningChain::Good => 10,
        SigningChain::Expired => 11,
        SigningChain::Early => 12,
        SigningChain::Foreign => 13,
        SigningChain::WrongName => 14,
        SigningChain::SelfSigned => 15,
        SigningChain::Missing => 99,
    };
    format!("{CHAINS}echo-api-cert-{number}.pem")
}
