//! What is wrong with a certificate, as an Echo would see it. Every fault is found by itself, so
//! that one does not hide the others.

use std::time::{Duration, SystemTime};

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};

use crate::clock::unix_seconds;

/// Time that a certificate should still have (*chosen*: automatic ones are renewed 30 days before).
const SOON: u64 = 14;
const DAY: u64 = 24 * 60 * 60;

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no certificate that could be read.
    Unreadable,
    /// It ended so many days ago.
    Expired { days: u64 },
    /// It begins in so many days.
    NotYet { days: u64 },
    /// It is for these names instead.
    OtherName { names: Vec<String> },
    /// It was made by whoever shows it.
    SelfSigned,
    /// The certificate of its issuer is not sent along.
    Incomplete { issuer: Option<String> },
    /// What is sent leads to no public authority.
    UnknownAuthority { issuer: Option<String> },
    /// Anything else.
    Other(String),
}

/// What a certificate is like.
#[derive(Debug)]
pub(super) struct Judgement {
    /// What is wrong, the worst first.
    pub(super) faults: Vec<Fault>,
    /// Days that are left, if it is valid now.
    pub(super) days_left: Option<u64>,
    /// Who issued it.
    pub(super) issuer: Option<String>,
}

impl Judgement {
    /// Whether it ends soon.
    pub(super) fn is_ending(&self) -> bool {
        self.days_left.is_some_and(|days| days < SOON)
    }
}

/// Judges the chain that was shown for a name.
pub(super) fn judge(
    chain: &[CertificateDer<'_>],
    host: &str,
    roots: &RootCertStore,
    now: SystemTime,
) -> Judgement {
    let unreadable =
        || Judgement { faults: vec![Fault::Unreadable], days_left: None, issuer: None };
    let Some((first, others)) = chain.split_first() else { return unreadable() };
    let Ok(leaf) = EndEntityCert::try_from(first) else { return unreadable() };
    let issuer = name_of(leaf.issuer());
    let mut faults = Vec::new();
    let Some((from, until)) = validity(&leaf) else { return unreadable() };
    let now = unix_seconds(now);
    if let Some(fault) = chain_fault(&leaf, others, roots, now.clamp(from, until), &issuer) {
        faults.push(fault);
    }
    if now > until {
        faults.push(Fault::Expired { days: (now - until) / DAY });
    } else if now < from {
        faults.push(Fault::NotYet { days: (from - now).div_ceil(DAY) });
    }
    let named = ServerName::try_from(host)
        .is_ok_and(|name| leaf.verify_is_valid_for_subject_name(&name).is_ok());
    if !named {
        faults
            .push(Fault::OtherName { names: leaf.valid_dns_names().map(str::to_owned).collect() });
    }
    let days_left = (from..=until).contains(&now).then(|| (until - now) / DAY);
    Judgement { faults, days_left, issuer }
}

/// First and last second, by asking about times when it cannot be valid.
fn validity(leaf: &EndEntityCert<'_>) -> Option<(u64, u64)> {
    // No certificate begins before 1970 or ends after 9999 (*documented*: RFC 5280).
    let first = match verify(leaf, &[], &[], 0) {
        Some(Error::CertNotValidYet { not_before, .. }) => not_before.as_secs(),
        Some(Error::CertExpired { .. }) => return None,
        _ => 0,
    };
    let last = match verify(leaf, &[], &[], 253_402_300_800) {
        Some(Error::CertExpired { not_after, .. }) => not_after.as_secs(),
        _ => u64::MAX,
    };
    (first <= last).then_some((first, last))
}

fn verify(
    leaf: &EndEntityCert<'_>,
    others: &[CertificateDer<'_>],
    roots: &[rustls::pki_types::TrustAnchor<'_>],
    at: u64,
) -> Option<Error> {
    let time = UnixTime::since_unix_epoch(Duration::from_secs(at));
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        roots,
        others,
        time,
        KeyUsage::server_auth(),
        None,
        None,
    )
    .err()
}

fn chain_fault(
    leaf: &EndEntityCert<'_>,
    others: &[CertificateDer<'_>],
    roots: &RootCertStore,
    at: u64,
    issuer: &Option<String>,
) -> Option<Fault> {
    let error = verify(leaf, others, &roots.roots, at)?;
    if leaf.issuer() == leaf.subject() {
        return Some(Fault::SelfSigned);
    }
    let is_sent = others.iter().any(|other| {
        EndEntityCert::try_from(other).is_ok_and(|other| other.subject() == leaf.issuer())
    });
    Some(match error {
        // The latter: an authority of the same name with another key.
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey if is_sent => {
            let last = others.last().and_then(|last| EndEntityCert::try_from(last).ok());
            Fault::UnknownAuthority { issuer: last.and_then(|last| name_of(last.issuer())) }
        }
        Error::UnknownIssuer => Fault::Incomplete { issuer: issuer.clone() },
        Error::CertExpired { .. } => {
            Fault::Other("a certificate between it and the authority has expired".to_owned())
        }
        error => Fault::Other(error.to_string()),
    })
}

/// The common name in a distinguished name, else its organisation, for showing.
fn name_of(name: &[u8]) -> Option<String> {
    attribute(name, 0x03).or_else(|| attribute(name, 0x0a))
}

/// The text of an attribute `2.5.4.x` (*documented*: X.520): its object identifier, then a string
/// with a short length.
fn attribute(name: &[u8], kind: u8) -> Option<String> {
    let identifier = [0x06, 0x03, 0x55, 0x04, kind];
    let at = name.windows(identifier.len()).position(|bytes| bytes == identifier)?;
    let [_tag, length, text @ ..] = name.get(at + identifier.len()..)? else { return None };
    let text = text.get(..usize::from(*length)).filter(|_| *length < 0x80)?;
    let text: String =
        String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).take(64).collect();
    Some(text).filter(|text| !text.is_empty())
}
