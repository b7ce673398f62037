//! The virtual device this installation is at Amazon, and the application it calls itself.
//!
//! One identity goes through a whole sign-in: Amazon refuses the form when the user agent differs
//! from the one the page was served to (*observed* in field reports of 2026).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// Device type of the Alexa app for iOS, under which every public client registers (*observed*).
pub const DEVICE_TYPE: &str = "A2IVLV5VM2W81";
/// Version of that app (*observed*, 2026-08).
pub const APP_VERSION: &str = app_version!();
/// Build number that goes with it (*observed*).
pub const SOFTWARE_VERSION: &str = "35602678";
/// Version of iOS that goes with it (*observed*).
pub const OS_VERSION: &str = "18.5";
/// Version of Amazon's sign-in library in the app (*observed*).
pub const SDK_VERSION: &str = "6.12.4";
/// Bundle name of the app (*observed*).
pub const BUNDLE: &str = "com.amazon.echo";
/// The name shown in the owner's list of devices, after the first name (*chosen*).
pub const APP_NAME: &str = "Music Assistant";
/// Model that goes with the device type (*observed*).
pub const MODEL: &str = "iPhone";
/// User agent of the app's web view, sent with everything (*observed*).
pub const USER_AGENT: &str =
    concat!("AmazonWebView/Amazon Alexa/", app_version!(), "/iOS/18.5/iPhone");

/// Bytes of the opaque `frc` value (*observed*: 313 in every client).
const FRC_BYTES: usize = 313;

/// What stays the same for one installation, over any number of enrolments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Serial of the virtual device: 32 upper-case hexadecimal digits.
    pub serial: String,
}

impl Installation {
    /// A new installation with a random serial.
    pub fn generate() -> Self {
        let serial = random::<16>().iter().map(|byte| format!("{byte:02X}")).collect();
        Self { serial }
    }

    /// Whether the serial has the form of [`Installation::generate`].
    pub fn is_valid(&self) -> bool {
        self.serial.len() == 32
            && self.serial.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
    }

    /// Client id: hexadecimal of serial, `#` and device type (*observed*). Sign-in addresses carry
    /// it behind `device:`, registration bare.
    pub fn client_id(&self) -> String {
        format!("{}#{DEVICE_TYPE}", self.serial).bytes().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is made for one enrolment: the cookies that spare captchas and the PKCE pair.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Opaque value, sent as cookie and at registration.
    pub frc: Secret,
    /// Description of the app, sent as cookie.
    pub map_md: String,
    /// PKCE verifier: 43 characters.
    pub verifier: Secret,
}

impl Fresh {
    /// New random values.
    pub fn generate() -> Self {
        Self {
            frc: Secret::new(STANDARD_NO_PAD.encode(random::<FRC_BYTES>())),
            map_md: map_md(),
            verifier: Secret::new(URL_SAFE_NO_PAD.encode(random::<32>())),
        }
    }

    /// PKCE challenge of the verifier: S256.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose().as_bytes()))
    }
}

/// The `map-md` cookie: base64 of a description of the app (*observed*).
pub fn map_md() -> String {
    let text = json!({
        "device_user_dictionary": [],
        "device_registration_data": {"software_version": SOFTWARE_VERSION},
        "app_identifier": {"app_version": APP_VERSION, "bundle_id": BUNDLE},
    });
    STANDARD_NO_PAD.encode(text.to_string())
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness no secret can be made; zeros would be worse than stopping.
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

/// An unguessable text of letters, digits, `-` and `_`, made of `N` random bytes.
pub(crate) fn token<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<N>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_id_is_the_known_example() {
        let installation = Installation { serial: "0123456789ABCDEF0123456789ABCDEF".to_owned() };
        assert_eq!(
            installation.client_id(),
            "303132333435363738394142434445463031323334353637383941424344454623413249564c5635564d32573831"
        );
    }

    #[test]
    fn serials_are_well_formed_and_differ() {
        let (one, two) = (Installation::generate(), Installation::generate());
        assert!(one.is_valid() && two.is_valid());
        assert_ne!(one, two);
        assert!(!Installation { serial: "../../etc".to_owned() }.is_valid());
    }

    #[test]
    fn challenge_is_s256_of_the_verifier() {
        let mut fresh = Fresh::generate();
        assert_eq!(fresh.frc.expose().len(), 418);
        assert_eq!(fresh.verifier.expose().len(), 43);
        // Example of RFC 7636, appendix B.
        fresh.verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(fresh.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
