//! The retail sites and the hosts below them.

/// One retail site.
#[derive(Debug)]
pub(crate) struct Site {
    /// Domain, such as `amazon.de`.
    pub(crate) domain: &'static str,
    /// Country as `countryOfResidence` gives it.
    pub(crate) country: &'static str,
    /// Retail marketplace id (published by Amazon for sellers).
    pub(crate) marketplace: &'static str,
    /// Suffix of `at-`, `ubid-` ... cookies. `main`, `acbde`, `acbuk`, `acbca`, `acbbr` and `acbit`
    /// are evidenced by field reports, the others follow by analogy.
    pub(crate) suffix: &'static str,
    /// Locale of the site.
    pub(crate) locale: &'static str,
    /// Region of its backends: `NA`, `EU` or `FE`.
    pub(crate) region: &'static str,
}

macro_rules! sites {
    ($($d:literal $c:literal $m:literal $s:literal $l:literal $r:literal;)*) => {
        &[$(Site {
            domain: $d, country: $c, marketplace: $m, suffix: $s, locale: $l, region: $r,
        }),*]
    };
}

/// Every site the simulator answers for.
pub(crate) const SITES: &[Site] = sites! {
    "amazon.com"    "US" "ATVPDKIKX0DER"  "main"  "en-US" "NA";
    "amazon.ca"     "CA" "A2EUQ1WTGCTBG2" "acbca" "en-CA" "NA";
    "amazon.com.mx" "MX" "A1AM78C64UM0Y8" "acbmx" "es-MX" "NA";
    "amazon.com.br" "BR" "A2Q3Y263D00KWC" "acbbr" "pt-BR" "NA";
    "amazon.co.uk"  "GB" "A1F83G8C2ARO7P" "acbuk" "en-GB" "EU";
    "amazon.de"     "DE" "A1PA6795UKMFR9" "acbde" "de-DE" "EU";
    "amazon.fr"     "FR" "A13V1IB3VIYZZH" "acbfr" "fr-FR" "EU";
    "amazon.it"     "IT" "APJ6JRA9NG5V4"  "acbit" "it-IT" "EU";
    "amazon.es"     "ES" "A1RKKUPIHCS9HS" "acbes" "es-ES" "EU";
    "amazon.in"     "IN" "A21TJRUUN4KGV"  "acbin" "en-IN" "FE";
    "amazon.co.jp"  "JP" "A1VC38T7YXB528" "acbjp" "ja-JP" "FE";
    "amazon.com.au" "AU" "A39IBJ37TRP1C6" "acbau" "en-AU" "FE";
    "amazon.co.nz"  "NZ" "A39IBJ37TRP1C6" "acbnz" "en-NZ" "FE";
    "amazon.nl"     "NL" "A1805IZSGTT6HS" "acbnl" "nl-NL" "EU";
    "amazon.pl"     "PL" "A1C3SOZRARQ6R3" "acbpl" "pl-PL" "EU";
    "amazon.se"     "SE" "A2NODRKZP88ZB9" "acbse" "sv-SE" "EU";
    "amazon.com.be" "BE" "AMEN7PMS3EDWL"  "acbbe" "nl-BE" "EU";
    "amazon.com.tr" "TR" "A33AVAJ2PDY3EV" "acbtr" "tr-TR" "EU";
    "amazon.ae"     "AE" "A2VIGQ35RCS4UG" "acbae" "ar-AE" "EU";
    "amazon.sa"     "SA" "A17E79C6D8DWNP" "acbsa" "ar-SA" "EU";
    "amazon.eg"     "EG" "ARBP9OOSHTCHU"  "acbeg" "ar-EG" "EU";
    "amazon.sg"     "SG" "A19VAU5U5O7RUS" "acbsg" "en-SG" "FE";
    "amazon.ie"     "IE" "A28R8C7NBKEWEA" "acbie" "en-IE" "EU";
};

/// The site of a domain such as `amazon.de`, with or without a leading dot or `www.`.
pub(crate) fn site(domain: &str) -> Option<&'static Site> {
    let domain = domain.trim_start_matches('.');
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    SITES.iter().find(|s| s.domain == domain)
}

/// What a host name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `www.D` and `D`: shop, sign-in, cookie exchange, privacy pages.
    Retail,
    /// `alexa.D` and the regional `{na,eu,fe}-api-alexa.D`: web API.
    Alexa,
    /// `api.D`: registration and tokens.
    Identity,
    /// `api.amazonalexa.com` and its regional forms.
    Capabilities,
    /// `alexa-comms-mobile-service.D`.
    Comms,
    /// Pictures, styles and scripts: every other host below a retail site, and Amazon's image hosts.
    Assets,
    /// `s3.amazonaws.com`: the certificate chains of signed requests.
    Chains,
    /// `bob-dispatch-prod-*` and `alexa.*.gateway.devices.a2z.com`.
    Push,
}

/// Splits a host into its role and site. Hosts without a site of their own belong to `amazon.com`.
pub(crate) fn classify(host: &str) -> Option<(Role, &'static Site)> {
    let com = SITES.first()?;
    if let Some(rest) = host.strip_prefix("api.").and_then(|h| h.strip_suffix("amazonalexa.com")) {
        return matches!(rest, "" | "eu." | "fe.").then_some((Role::Capabilities, com));
    }
    if let Some(region) =
        host.strip_prefix("alexa.").and_then(|h| h.strip_suffix(".gateway.devices.a2z.com"))
    {
        return matches!(region, "na" | "eu" | "fe").then_some((Role::Push, com));
    }
    if host == "s3.amazonaws.com" {
        return Some((Role::Chains, com));
    }
    if [".media-amazon.com", ".ssl-images-amazon.com"].iter().any(|end| host.ends_with(end))
        || host == "opfcaptcha-prod.s3.amazonaws.com"
    {
        return Some((Role::Assets, com));
    }
    let site = SITES.iter().find(|s| {
        host.strip_suffix(s.domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })?;
    let front = host.strip_suffix(site.domain)?.trim_end_matches('.');
    let role = match front {
        "" | "www" => Role::Retail,
        "alexa" | "na-api-alexa" | "eu-api-alexa" | "fe-api-alexa" | "pitangui" | "layla" => {
            Role::Alexa
        }
        "api" => Role::Identity,
        "alexa-comms-mobile-service" => Role::Comms,
        _ if front.starts_with("bob-dispatch-prod-") => Role::Push,
        _ => Role::Assets,
    };
    Some((role, site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        let seen = |host: &str| classify(host).map(|(role, site)| (role, site.domain));
        assert_eq!(seen("www.amazon.com.br"), Some((Role::Retail, "amazon.com.br")));
        assert_eq!(seen("alexa.amazon.co.uk"), Some((Role::Alexa, "amazon.co.uk")));
        assert_eq!(seen("eu-api-alexa.amazon.de"), Some((Role::Alexa, "amazon.de")));
        assert_eq!(seen("api.amazon.com"), Some((Role::Identity, "amazon.com")));
        assert_eq!(seen("api.amazonalexa.com"), Some((Role::Capabilities, "amazon.com")));
        assert_eq!(seen("alexa.eu.gateway.devices.a2z.com"), Some((Role::Push, "amazon.com")));
        assert_eq!(seen("bob-dispatch-prod-eu.amazon.com"), Some((Role::Push, "amazon.com")));
        assert_eq!(seen("opfcaptcha.amazon.com"), Some((Role::Assets, "amazon.com")));
        assert_eq!(seen("m.media-amazon.com"), Some((Role::Assets, "amazon.com")));
        assert_eq!(seen("opfcaptcha-prod.s3.amazonaws.com"), Some((Role::Assets, "amazon.com")));
        assert_eq!(seen("evil-amazon.com"), None);
        assert_eq!(seen("example.org"), None);
    }

    #[test]
    fn domains_are_found_in_every_spelling() {
        for text in ["amazon.de", ".amazon.de", "www.amazon.de"] {
            assert_eq!(site(text).map(|s| s.suffix), Some("acbde"));
        }
        assert!(site("amazon.example").is_none());
    }
}
