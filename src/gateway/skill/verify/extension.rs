//! What the key of a certificate may be used for.

/// Bits of the extension *key usage* (*documented*: RFC 5280, 4.2.1.3) that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// Nothing is said about it.
    Anything,
    /// Signing certificates is among it.
    Certificates,
    /// Signing certificates is not among it.
    NoCertificates,
}

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const OCTETS: u8 = 0x04;
const BITS: u8 = 0x03;
/// Extensions are the field 3 of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.15.
const KEY_USAGE: [u8; 3] = [0x55, 0x1d, 0x0f];
const SIGNS_CERTIFICATES: u8 = 0x04;

/// What a certificate says about signing. `None` if it cannot be read; whoever calls has had it
/// parsed by a strict reader before.
pub(super) fn signing(certificate: &[u8]) -> Option<Signing> {
    let (outer, _) = element(certificate, SEQUENCE)?;
    let (mut fields, _) = element(outer, SEQUENCE)?;
    while let Some((tag, content, rest)) = any(fields) {
        if tag == EXTENSIONS {
            let (list, _) = element(content, SEQUENCE)?;
            return in_list(list);
        }
        fields = rest;
    }
    fields.is_empty().then_some(Signing::Anything)
}

fn in_list(mut list: &[u8]) -> Option<Signing> {
    while !list.is_empty() {
        let (extension, rest) = element(list, SEQUENCE)?;
        list = rest;
        let (id, mut value) = element(extension, OID)?;
        if id != KEY_USAGE {
            continue;
        }
        if let Some((_critical, rest)) = element(value, BOOLEAN) {
            value = rest;
        }
        let (bits, _) = element(element(value, OCTETS)?.0, BITS)?;
        // The first byte counts the bits that are left over at the end.
        let first = bits.get(1).copied().unwrap_or_default();
        let signs = first & SIGNS_CERTIFICATES != 0;
        return Some(if signs { Signing::Certificates } else { Signing::NoCertificates });
    }
    Some(Signing::Anything)
}

/// Content of an element of this kind, and what follows it.
fn element(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = any(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// Tag and content of an element, and what follows it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose};

    fn made(usages: &[KeyUsagePurpose]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["x.example".to_owned()]).unwrap();
        params.key_usages = usages.to_vec();
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn key_usage_is_read_from_real_certificates() {
        use KeyUsagePurpose::{CrlSign, DigitalSignature, KeyCertSign, KeyEncipherment};
        assert_eq!(signing(&made(&[])), Some(Signing::Anything));
        assert_eq!(signing(&made(&[KeyCertSign, CrlSign])), Some(Signing::Certificates));
        assert_eq!(
            signing(&made(&[DigitalSignature, KeyEncipherment])),
            Some(Signing::NoCertificates)
        );
    }

    #[test]
    fn what_is_cut_short_says_nothing() {
        let whole = made(&[KeyUsagePurpose::KeyCertSign]);
        for length in 0..whole.len() {
            assert_eq!(signing(&whole[..length]), None, "{length}");
        }
    }
}
