//! The one region table: retail sites, their language and the hosts that belong to them.

use std::fmt;

use url::Url;

use crate::error::{Error, Result, code};

/// A retail site of Amazon such as `amazon.de`. Cheap to copy; only those of the table exist.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site(&'static Row);

#[derive(PartialEq, Eq, Hash)]
struct Row {
    domain: &'static str,
    language: &'static str,
}

const fn row(domain: &'static str, language: &'static str) -> Row {
    Row { domain, language }
}

/// Sites and the locale that the Alexa app would use there (*observed*: values that public clients
/// send; amazon.in and the small sites by analogy).
static TABLE: &[Row] = &[
    row("amazon.com", "en_US"),
    row("amazon.ca", "en_CA"),
    row("amazon.com.mx", "es_MX"),
    row("amazon.com.br", "pt_BR"),
    row("amazon.co.uk", "en_GB"),
    row("amazon.de", "de_DE"),
    row("amazon.fr", "fr_FR"),
    row("amazon.it", "it_IT"),
    row("amazon.es", "es_ES"),
    row("amazon.in", "en_IN"),
    row("amazon.co.jp", "ja_JP"),
    row("amazon.com.au", "en_AU"),
    row("amazon.nl", "nl_NL"),
    row("amazon.pl", "pl_PL"),
    row("amazon.se", "sv_SE"),
    row("amazon.com.be", "fr_BE"),
    row("amazon.com.tr", "tr_TR"),
    row("amazon.ae", "ar_AE"),
    row("amazon.sa", "ar_SA"),
    row("amazon.eg", "ar_EG"),
    row("amazon.sg", "en_SG"),
    row("amazon.ie", "en_IE"),
];

/// Hosts of Amazon outside of the retail domains that this crate talks to (*observed*).
const OTHER_HOSTS: &[&str] =
    &["api.amazonalexa.com", "api.eu.amazonalexa.com", "api.fe.amazonalexa.com"];

/// Retail sites without an Alexa host of their own: their accounts live elsewhere (*observed*:
/// `alexa.amazon.pl` does not resolve).
const WITHOUT_ALEXA: &[&str] = &["amazon.pl"];

impl Site {
    /// Where accounts without a better clue live.
    pub const DEFAULT: Self = Self(&Row { domain: "amazon.com", language: "en_US" });

    /// Every site, the most used first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// Reads a site from what people type: `amazon.de`, `www.amazon.de`, `https://www.Amazon.de/`.
    ///
    /// # Errors
    /// `bad-site` when it is none of the table.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim().to_ascii_lowercase();
        let bare = trimmed.split_once("://").map_or(trimmed.as_str(), |(_, rest)| rest);
        let host = bare.split(['/', '?', '#', ':']).next().unwrap_or_default();
        Self::of_host(host).ok_or_else(|| {
            let shown: String = text.trim().chars().take(60).collect();
            Error::new(code::BAD_SITE, format!("\u{201c}{shown}\u{201d} is not an Amazon site."))
        })
    }

    /// The site that a host belongs to: `alexa.amazon.co.uk` belongs to `amazon.co.uk`.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        TABLE
            .iter()
            .find(|row| {
                host.strip_suffix(row.domain)
                    .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
            })
            .map(Self)
    }

    /// The bare domain, for example `amazon.de`.
    pub fn domain(self) -> &'static str {
        self.0.domain
    }

    /// Locale with an underscore, as sign-in addresses carry it: `de_DE`.
    pub fn language(self) -> &'static str {
        self.0.language
    }

    /// Locale with a hyphen, as headers and commands carry it: `de-DE`.
    pub fn locale(self) -> String {
        self.0.language.replace('_', "-")
    }

    /// The retail host, which also shows the sign-in pages.
    pub fn www(self) -> String {
        format!("www.{}", self.domain())
    }

    /// The host of the Alexa web API.
    pub fn alexa(self) -> String {
        format!("alexa.{}", self.domain())
    }

    /// Whether there is such a host.
    pub fn has_alexa(self) -> bool {
        !WITHOUT_ALEXA.contains(&self.domain())
    }

    /// The host of the communication service, which knows who takes announcements (*observed*).
    pub fn comms(self) -> String {
        format!("alexa-comms-mobile-service.{}", self.domain())
    }

    /// The host of registration and tokens.
    pub fn api(self) -> String {
        format!("api.{}", self.domain())
    }

    /// The site whose pages an account of this site signs in at. Amazon.com serves all but
    /// Japanese accounts, which it answers with a browser check (*observed*: three public clients).
    pub fn portal(self) -> Self {
        if self.domain() == "amazon.co.jp" { self } else { Self::DEFAULT }
    }

    /// Name of the application in sign-in addresses; portals other than .com carry a suffix
    /// (*observed*).
    pub fn assoc_handle(self) -> String {
        const BASE: &str = "amzn_dp_project_dee_ios";
        match self.domain().rsplit('.').next() {
            Some("com") | None => BASE.to_owned(),
            Some(tld) => format!("{BASE}_{tld}"),
        }
    }
}

impl PartialEq<&str> for Site {
    fn eq(&self, other: &&str) -> bool {
        self.domain() == *other
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.domain())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.domain())
    }
}

/// Hosts besides the retail domains that tell what happens on the devices (*documented* for Alexa's
/// interface for devices, *observed*: one client uses them instead of those of the retail domain).
/// They get access tokens and no cookies.
const PUSH_HOSTS: [&str; 3] = [
    "alexa.na.gateway.devices.a2z.com",
    "alexa.eu.gateway.devices.a2z.com",
    "alexa.fe.gateway.devices.a2z.com",
];

/// Whether an access token may be sent to this host for the sake of the push stream.
pub fn is_push_host(host: &str) -> bool {
    is_amazon_host(host) || PUSH_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host))
}

/// Hosts with Amazon's pictures and styles, which get no cookie and no secret (*observed*: pages of
/// the shop and of the sign-in, cover art; the captcha's host is in Amazon's own list of addresses to
/// allow). A star stands for any name.
pub const PICTURE_HOSTS: [&str; 4] = [
    "m.media-amazon.com",
    "images-na.ssl-images-amazon.com",
    "*.ssl-images-amazon.com",
    "opfcaptcha-prod.s3.amazonaws.com",
];

/// Whether Amazon keeps pictures at this host. Nothing but a picture is ever asked of it.
pub fn is_picture_host(host: &str) -> bool {
    PICTURE_HOSTS.iter().any(|known| match known.strip_prefix('*') {
        Some(suffix) => host.ends_with(suffix),
        None => host == *known,
    })
}

/// Whether an address may be opened or sent to: https, the usual port, one of Amazon's hosts.
pub fn is_amazon(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(is_amazon_host)
}

/// Whether secrets may be sent to this host at all.
pub fn is_amazon_host(host: &str) -> bool {
    // A final dot means the same host, but neither cookies nor certificates are for that spelling.
    let is_plain = !host.ends_with('.') && !host.contains("..");
    is_plain
        && (Site::of_host(host).is_some()
            || OTHER_HOSTS.contains(&host.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for text in
            ["amazon.de", " www.amazon.de", "https://www.Amazon.de/gp/x?y", "alexa.amazon.de:443"]
        {
            assert_eq!(Site::parse(text).unwrap(), "amazon.de", "{text}");
        }
        for text in ["", "amazon", "not a host!", "amazon.de.evil.example", "evilamazon.de"] {
            assert_eq!(Site::parse(text).unwrap_err().code(), code::BAD_SITE, "{text}");
        }
    }

    #[test]
    fn tells_sites_with_common_endings_apart() {
        assert_eq!(Site::of_host("www.amazon.com.au").unwrap(), "amazon.com.au");
        assert_eq!(Site::of_host("www.amazon.com").unwrap(), "amazon.com");
        assert_eq!(Site::of_host("AMAZON.CO.UK.").unwrap(), "amazon.co.uk");
    }

    #[test]
    fn secrets_go_to_amazon_only() {
        for host in ["www.amazon.de", "api.amazonalexa.com", "eu-api-alexa.amazon.co.uk"] {
            assert!(is_amazon_host(host), "{host}");
        }
        for host in [
            "amazon.de.example",
            "xamazon.com",
            "amazonalexa.com",
            "localhost",
            "",
            "www.amazon.de.",
            "api..amazon.de",
        ] {
            assert!(!is_amazon_host(host), "{host}");
        }
    }

    #[test]
    fn push_hosts_are_for_push_alone() {
        for host in PUSH_HOSTS {
            assert!(
                is_push_host(host) && !is_amazon_host(host) && !is_picture_host(host),
                "{host}"
            );
        }
        for host in ["bob-dispatch-prod-eu.amazon.com", "Alexa.EU.gateway.devices.a2z.com"] {
            assert!(is_push_host(host), "{host}");
        }
        for host in [
            "gateway.devices.a2z.com",
            "x.alexa.eu.gateway.devices.a2z.com",
            "alexa.eu.gateway.devices.a2z.com.example",
            "alexa.eu.gateway.devices.a2z.com.",
            "",
        ] {
            assert!(!is_push_host(host), "{host}");
        }
    }

    #[test]
    fn pictures_lie_elsewhere_too() {
        for host in ["images-eu.ssl-images-amazon.com", "opfcaptcha-prod.s3.amazonaws.com"] {
            assert!(is_picture_host(host) && !is_amazon_host(host), "{host}");
        }
        for host in ["x.s3.amazonaws.com", "ssl-images-amazon.com", "m.media-amazon.com.example"] {
            assert!(!is_picture_host(host), "{host}");
        }
    }

    #[test]
    fn japan_has_its_own_portal() {
        let japan = Site::parse("amazon.co.jp").unwrap();
        assert_eq!(japan.portal(), japan);
        assert_eq!(japan.assoc_handle(), "amzn_dp_project_dee_ios_jp");
        assert_eq!(Site::parse("amazon.de").unwrap().portal(), Site::DEFAULT);
        assert_eq!(Site::DEFAULT.assoc_handle(), "amzn_dp_project_dee_ios");
    }

    #[test]
    fn default_is_in_the_table() {
        assert_eq!(Site::parse("amazon.com").unwrap(), Site::DEFAULT);
        assert_eq!(Site::DEFAULT.locale(), "en-US");
    }
}
