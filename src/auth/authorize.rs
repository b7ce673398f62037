//! The sign-in address and the address that a finished sign-in lands on.

use url::Url;

use super::entrance::Entrance;
use super::identity::{Fresh, Installation};
use crate::error::{Error, Result, code};
use crate::secret::Secret;
use crate::site::is_amazon;

const OPENID: &str = "http://specs.openid.net/auth/2.0";
pub(super) const LANDING_PATH: &str = "/ap/maplanding";

/// The address of the first sign-in page (*observed*: the same parameters in four clients).
///
/// # Errors
/// None in practice; the hosts come from the site table.
pub fn sign_in_url(entrance: &Entrance, installation: &Installation, fresh: &Fresh) -> Result<Url> {
    let www = entrance.portal.www();
    let handle = entrance.handle.clone();
    let parameters = [
        ("openid.ns", OPENID.to_owned()),
        ("openid.mode", "checkid_setup".to_owned()),
        ("openid.identity", format!("{OPENID}/identifier_select")),
        ("openid.claimed_id", format!("{OPENID}/identifier_select")),
        ("openid.return_to", format!("https://{www}{LANDING_PATH}")),
        ("openid.assoc_handle", handle.clone()),
        ("pageId", handle),
        ("accountStatusPolicy", "P1".to_owned()),
        ("openid.ns.oa2", format!("http://{www}/ap/ext/oauth/2")),
        ("openid.oa2.response_type", "code".to_owned()),
        ("openid.oa2.client_id", format!("device:{}", installation.client_id())),
        ("openid.oa2.scope", "device_auth_access offline_access".to_owned()),
        ("openid.oa2.code_challenge_method", "S256".to_owned()),
        ("openid.oa2.code_challenge", fresh.challenge()),
        ("openid.ns.pape", "http://specs.openid.net/extensions/pape/1.0".to_owned()),
        ("openid.pape.max_auth_age", "0".to_owned()),
        ("language", entrance.language.to_owned()),
    ];
    Url::parse_with_params(&format!("https://{www}/ap/signin"), parameters).map_err(|error| {
        Error::new(code::BAD_SITE, "The sign-in address could not be built.").with_source(error)
    })
}

/// What an address means for the sign-in.
#[derive(Debug)]
pub enum Landing {
    /// The end of the sign-in, with the authorization code. Its page answers 404; only the address
    /// counts (*observed*).
    Code(Secret),
    /// Another page of Amazon: go there.
    Elsewhere,
}

/// Judges an address that Amazon redirects to. A code is taken from the portal's own landing page
/// only, so that nobody else can slip one in.
///
/// # Errors
/// `foreign-host` for anything that is not Amazon over https; `unknown-page` for a landing page
/// without a code.
pub fn landing(url: &Url, entrance: &Entrance) -> Result<Landing> {
    let host = url.host_str().unwrap_or_default();
    if !is_amazon(url) {
        return Err(Error::new(
            code::FOREIGN_HOST,
            format!("The sign-in was sent on to \u{201c}{host}\u{201d}, which is not Amazon."),
        ));
    }
    if url.path() != LANDING_PATH {
        return Ok(Landing::Elsewhere);
    }
    if host != entrance.portal.www() {
        return Err(Error::new(
            code::FOREIGN_HOST,
            format!("The sign-in ended at {host} instead of {}.", entrance.portal.www()),
        ));
    }
    url.query_pairs()
        .find(|(name, value)| name == "openid.oa2.authorization_code" && !value.is_empty())
        .map(|(_, value)| Landing::Code(Secret::new(value)))
        .ok_or_else(|| {
            Error::new(
                code::UNKNOWN_PAGE,
                "Amazon ended the sign-in without an authorization code.",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    fn made(site: &str) -> Url {
        let entrance = Entrance::of(Site::parse(site).unwrap());
        sign_in_url(&entrance, &Installation::generate(), &Fresh::generate()).unwrap()
    }

    #[test]
    fn asks_for_a_code_with_pkce() {
        let url = made("amazon.de");
        assert_eq!(url.host_str(), Some("www.amazon.com"));
        let get = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .unwrap()
        };
        assert_eq!(get("openid.oa2.code_challenge_method"), "S256");
        assert_eq!(get("openid.return_to"), "https://www.amazon.com/ap/maplanding");
        assert!(get("openid.oa2.client_id").starts_with("device:"));
        assert_eq!(get("pageId"), get("openid.assoc_handle"));
        assert_eq!(made("amazon.co.jp").host_str(), Some("www.amazon.co.jp"));
    }

    #[test]
    fn takes_a_code_from_the_expected_place_only() {
        let code = |text: &str| landing(&Url::parse(text).unwrap(), &Entrance::of(Site::DEFAULT));
        let query = "openid.oa2.authorization_code=AN%2Bx";
        let Landing::Code(found) =
            code(&format!("https://www.amazon.com/ap/maplanding?{query}")).unwrap()
        else {
            panic!("no code")
        };
        assert_eq!(found.expose(), "AN+x");
        for bad in [
            format!("https://www.amazon.de/ap/maplanding?{query}"),
            format!("http://www.amazon.com/ap/maplanding?{query}"),
            format!("https://www.amazon.com.example/ap/maplanding?{query}"),
            format!("https://www.amazon.com:8443/ap/maplanding?{query}"),
        ] {
            assert_eq!(code(&bad).unwrap_err().code(), code::FOREIGN_HOST, "{bad}");
        }
        assert!(code("https://www.amazon.com/ap/maplanding?x=1").is_err());
        assert!(matches!(code("https://www.amazon.de/ap/cvf/x").unwrap(), Landing::Elsewhere));
    }
}
