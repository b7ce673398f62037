//! What a request says about who sent it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::address::ChainAddress;
use super::reason::Reason;

/// Where the certificates are (*documented*).
const ADDRESS: &str = "signaturecertchainurl";
/// RSA with SHA-256, in base64 (*documented*). `Signature`, beside it, is the one with SHA-1 of old
/// times and is not looked at.
const SIGNATURE: &str = "signature-256";
/// Characters of a signature with the longest key that is understood, 8192 bits.
const LONGEST_SIGNATURE: usize = 1_368;

/// The proof that comes with a request, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where the certificates are.
    pub address: ChainAddress,
    /// The signature under the body.
    pub signature: Vec<u8>,
}

impl Proof {
    /// Reads it from the headers. Each has to be there exactly once.
    ///
    /// # Errors
    /// [`Reason::NoSignature`] or [`Reason::BadAddress`].
    pub fn read(headers: &HeaderMap) -> Result<Self, Reason> {
        let encoded = single(headers, SIGNATURE).ok_or(Reason::NoSignature)?;
        if encoded.is_empty() || encoded.len() > LONGEST_SIGNATURE {
            return Err(Reason::NoSignature);
        }
        let signature = STANDARD.decode(encoded).map_err(|_| Reason::NoSignature)?;
        let address = single(headers, ADDRESS).ok_or(Reason::BadAddress)?;
        Ok(Self { address: ChainAddress::parse(address)?, signature })
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    const GOOD: &str = "https://s3.amazonaws.com/echo.api/echo-api-cert.pem";

    fn read(pairs: &[(&'static str, &str)]) -> Result<Proof, Reason> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Proof::read(&headers)
    }

    #[test]
    fn the_names_of_headers_may_be_written_in_any_case() {
        for names in [
            ["SignatureCertChainUrl", "Signature-256"],
            ["signaturecertchainurl", "signature-256"],
            ["SIGNATURECERTCHAINURL", "SIGNATURE-256"],
        ] {
            let proof = read(&[(names[0], GOOD), (names[1], "AAEC")]).unwrap();
            assert_eq!(proof.signature, [0, 1, 2]);
            assert_eq!(proof.address.url().as_str(), GOOD);
        }
    }

    #[test]
    fn s_x4_what_is_not_signed_once_is_not_signed() {
        let long = "A".repeat(LONGEST_SIGNATURE + 4);
        for pairs in [
            &[][..],
            &[("SignatureCertChainUrl", GOOD)],
            // The signature of old times alone is none.
            &[("SignatureCertChainUrl", GOOD), ("Signature", "AAEC")],
            &[("SignatureCertChainUrl", GOOD), ("Signature-256", "")],
            &[("SignatureCertChainUrl", GOOD), ("Signature-256", "no base64!")],
            &[("SignatureCertChainUrl", GOOD), ("Signature-256", "AAE")],
            &[("SignatureCertChainUrl", GOOD), ("Signature-256", "\u{e4}AEC")],
            &[("SignatureCertChainUrl", GOOD), ("Signature-256", &long)],
            &[
                ("SignatureCertChainUrl", GOOD),
                ("Signature-256", "AAEC"),
                ("Signature-256", "AAEC"),
            ],
        ] {
            assert_eq!(read(pairs), Err(Reason::NoSignature), "{pairs:?}");
        }
        for pairs in [
            &[("Signature-256", "AAEC")][..],
            &[("Signature-256", "AAEC"), ("SignatureCertChainUrl", "")],
            &[("Signature-256", "AAEC"), ("SignatureCertChainUrl", "https://evil.example/")],
            &[
                ("Signature-256", "AAEC"),
                ("SignatureCertChainUrl", GOOD),
                ("SignatureCertChainUrl", GOOD),
            ],
        ] {
            assert_eq!(read(pairs), Err(Reason::BadAddress), "{pairs:?}");
        }
    }
}
