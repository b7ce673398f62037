//! What is Amazon's and what is not, written down without asking the crate under test.

use url::Url;

/// The endings of Amazon's retail domains, as written down from the list of its sites.
const RETAIL: &[&str] = &[
    "com", "ca", "com.mx", "com.br", "co.uk", "de", "fr", "it", "es", "in", "co.jp", "com.au",
    "nl", "pl", "se", "com.be", "com.tr", "ae", "sa", "eg", "sg", "ie",
];

/// Hosts that look like Amazon's to somebody careless.
pub(crate) const FOREIGN: &[&str] = &[
    "https://amazon.com.example/",
    "https://www.amazon.de.example/ap/signin",
    "https://notamazon.com/",
    "https://amazon.zip/",
    "https://127.0.0.1/",
];

/// Whether a host is one of Amazon's.
pub(crate) fn is_amazon(host: &str) -> bool {
    let retail = RETAIL.iter().any(|ending| {
        let domain = format!("amazon.{ending}");
        host == domain || host.ends_with(&format!(".{domain}"))
    });
    retail || ["api", "api.eu", "api.fe"].iter().any(|p| host == format!("{p}.amazonalexa.com"))
}

/// Whether something may be sent to an address: Amazon, over TLS, on the usual port.
pub(crate) fn may_be_sent_to(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(is_amazon)
}

/// A word that cannot be part of `data`, because it depends on all of it.
pub(crate) fn word_of(data: &[u8]) -> String {
    let hash = data.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
