//! What the owner of a gateway sets.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use url::{Host, Url};

use crate::error::{Error, Result, code};

/// Port of the gateway unless another one is chosen.
pub const PORT: u16 = 8098;

/// How a gateway listens, and how the world reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address by which Amazon and the Echos reach this gateway: `https`, a name, no path.
    pub public_url: Url,
    /// Address that the name of `public_url` resolves to, instead of asking DNS. For checks from
    /// inside a network whose router does not lead back in.
    pub public_at: Option<SocketAddr>,
    /// Certificates of its own; without, something in front of it has to speak TLS.
    pub tls: Option<TlsFiles>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Id of the skill, such as `amzn1.ask.skill.0123...`; without, all skill requests are refused.
    pub skill_id: Option<String>,
    /// Name by which the skill is opened, as spoken.
    pub invocation_name: String,
}

/// Files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those between it and the authority, as PEM.
    pub certificates: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

impl GatewaySettings {
    /// Everything else as it usually is.
    ///
    /// # Errors
    /// `bad-public-url` with the reason.
    pub fn new(public_url: &str) -> Result<Self> {
        Ok(Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
            public_url: public_address(public_url)?,
            public_at: None,
            tls: None,
            trusted_proxies: Vec::new(),
            skill_id: None,
            invocation_name: "music assistant".to_owned(),
        })
    }
}

/// Reads the public address. Only what an Echo can reach is taken: `https`, and a name that DNS
/// knows (*documented*: Amazon asks for port 443 and a certificate for a name).
///
/// # Errors
/// `bad-public-url` with the reason.
pub fn public_address(text: &str) -> Result<Url> {
    let refuse =
        |why: &str| Err(Error::new(code::BAD_PUBLIC_URL, format!("The public address {why}")));
    let Ok(mut url) = Url::parse(text.trim()) else {
        return refuse("is no address: it looks like https://music.example.org.");
    };
    if url.scheme() != "https" {
        return refuse("has to begin with https://, because an Echo plays from nothing else.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or a password.");
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return refuse("must end with the name: no path, no question mark, no #.");
    }
    match url.host() {
        Some(Host::Domain(name)) if !is_local(name) => {}
        Some(Host::Domain(_)) => {
            return refuse("is a name of this network only, so Amazon cannot reach it.");
        }
        _ => return refuse("is a number: Amazon wants a certificate for a name."),
    }
    if url.port() == Some(0) {
        return refuse("has the port 0.");
    }
    url.set_path("");
    Ok(url)
}

/// Names that no public DNS knows (*documented*: RFC 6761, 6762, 8375).
fn is_local(name: &str) -> bool {
    const ENDS: [&str; 8] =
        ["local", "localhost", "lan", "home", "internal", "intranet", "home.arpa", "test"];
    let name = name.trim_end_matches('.');
    !name.contains('.')
        || ENDS.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_k2_what_an_echo_cannot_reach_is_refused_with_the_reason() {
        for (address, why) in [
            ("http://music.example.org", "https://"),
            ("https://192.168.1.5", "number"),
            ("https://[fd00::1]", "number"),
            ("https://homeassistant.local", "this network only"),
            ("https://nas", "this network only"),
            ("https://box.lan:8098", "this network only"),
            ("https://music.example.org/alexa", "no path"),
            ("https://music.example.org/?x", "no path"),
            ("https://me:pw@music.example.org", "password"),
            ("music.example.org", "no address"),
        ] {
            let error = public_address(address).unwrap_err();
            assert_eq!(error.code(), code::BAD_PUBLIC_URL);
            assert!(error.message().contains(why), "{address}: {}", error.message());
        }
    }

    #[test]
    fn a_name_that_dns_can_know_is_taken() {
        for address in ["https://music.example.org", " https://Music.Example.org:8443/ "] {
            let url = public_address(address).unwrap();
            assert_eq!(url.host_str(), Some("music.example.org"));
        }
    }
}
