//! The certificates under a signature.

use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath};

use super::extension::{self, Signing};
use super::reason::Reason;
use crate::clock::unix_seconds;

/// The name that Alexa's requests are signed under (*documented*).
const NAME: &str = "echo-api.amazon.com";
/// Largest chain file (*chosen*; real ones have about 7 KiB).
pub(super) const LARGEST: usize = 64 * 1024;
/// Most certificates of one file (*chosen*; the chain of 2019 has 4).
const MOST: usize = 10;

/// A chain as it was fetched: the certificate of the signer, then what leads to an authority, in any
/// order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    signer: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

impl Chain {
    /// Reads a file of certificates (PEM).
    ///
    /// # Errors
    /// [`Reason::BadChain`] for what is too large, holds none, or too many of them.
    pub fn read(pem: &[u8]) -> Result<Self, Reason> {
        if pem.len() > LARGEST {
            return Err(Reason::BadChain);
        }
        let mut all = CertificateDer::pem_slice_iter(pem);
        let signer = all.next().and_then(Result::ok).ok_or(Reason::BadChain)?;
        let others: Vec<_> =
            all.by_ref().take(MOST).collect::<Result<_, _>>().map_err(|_| Reason::BadChain)?;
        if others.len() >= MOST {
            return Err(Reason::BadChain);
        }
        Ok(Self { signer, others })
    }

    /// Whether this is, at that time, the chain of Alexa: valid, for its name, for a server, and
    /// from one of these authorities. Whether certificates were revoked is not asked, as Amazon
    /// does not ask for it (*documented*).
    ///
    /// # Errors
    /// [`Reason::BadChain`], [`Reason::Expired`] or [`Reason::WrongName`].
    pub fn check(&self, roots: &[TrustAnchor<'_>], now: SystemTime) -> Result<(), Reason> {
        let signer = self.end_entity()?;
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(unix_seconds(now)));
        if extension::signing(&self.signer) == Some(Signing::Certificates) {
            return Err(Reason::BadChain);
        }
        signer
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                roots,
                &self.others,
                now,
                KeyUsage::server_auth(),
                None,
                Some(&may_sign),
            )
            .map_err(reason)?;
        // Besides the rules of names, a wildcard is not enough: the name itself has to be there.
        let name = ServerName::try_from(NAME).map_err(|_| Reason::WrongName)?;
        signer.verify_is_valid_for_subject_name(&name).map_err(|_| Reason::WrongName)?;
        let is_named = signer.valid_dns_names().any(|name| name.eq_ignore_ascii_case(NAME));
        if is_named { Ok(()) } else { Err(Reason::WrongName) }
    }

    /// Whether a body was signed by the first certificate: RSA of PKCS #1 v1.5 with SHA-256 over
    /// the bytes as they came (*documented*). The chain has to be checked as well.
    ///
    /// # Errors
    /// [`Reason::BadSignature`].
    pub fn check_signature(&self, body: &[u8], signature: &[u8]) -> Result<(), Reason> {
        self.end_entity()?
            .verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, body, signature)
            .map_err(|_| Reason::BadSignature)
    }

    fn end_entity(&self) -> Result<EndEntityCert<'_>, Reason> {
        EndEntityCert::try_from(&self.signer).map_err(reason)
    }
}

/// The library looks at what a certificate says about being an authority, but not at what its key
/// may be used for.
fn may_sign(path: &VerifiedPath<'_>) -> Result<(), Error> {
    let may = |der: &CertificateDer<'_>| {
        matches!(extension::signing(der), Some(Signing::Certificates | Signing::Anything))
    };
    if path.intermediate_certificates().all(|certificate| may(&certificate.der())) {
        Ok(())
    } else {
        Err(Error::UnknownIssuer)
    }
}

fn reason(error: Error) -> Reason {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => Reason::Expired,
        _ => Reason::BadChain,
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
