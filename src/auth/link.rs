//! Signing in on Amazon's own page: a link goes out, the address of the last page comes back.
//!
//! Nothing a person knows passes through here, so it works with everything Amazon offers: passkeys,
//! approvals, messages. The code in the address is bound to the link by its PKCE verifier, and
//! Amazon takes it once and for a few minutes (*observed*: five).

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use url::Url;

use super::attempt::Attempt;
use super::authorize::{self, LANDING_PATH, Landing};
use super::stage::Stage;
use super::trail::Trail;
use crate::account::Account;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result, code};
use crate::net::http::shown_path;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::site::Site;

/// Longest address that is read (*chosen*; real ones have about 700 characters).
const LONGEST: usize = 8 * 1024;

/// One sign-in by link.
#[derive(Debug)]
pub struct LinkSignIn {
    attempt: Attempt,
    url: Url,
    /// Digests of the codes that were tried.
    tried: Vec<[u8; 32]>,
    is_done: bool,
}

impl LinkSignIn {
    /// Makes a link for an account that will be kept in `folder`. Nothing is sent or written yet.
    ///
    /// # Errors
    /// `bad-setting`, also for a folder that holds other things.
    pub fn new(folder: &Path, site: Site, settings: &Settings) -> Result<Self> {
        Self::with_clock(folder, site, settings, Arc::new(SystemClock))
    }

    /// [`LinkSignIn::new`] with another clock.
    ///
    /// # Errors
    /// As [`LinkSignIn::new`].
    pub fn with_clock(
        folder: &Path,
        site: Site,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let attempt = Attempt::new(folder, site, settings, clock)?;
        let url = attempt.sign_in_url()?;
        Ok(Self { attempt, url, tried: Vec::new(), is_done: false })
    }

    /// The link to open in any browser. It is another one after `link-used`.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// What is being done.
    pub fn stage(&self) -> Stage {
        self.attempt.stage.clone()
    }

    /// The answers that were met, for a report that can be shown to anybody.
    pub fn trail(&self) -> Trail {
        self.attempt.trail.clone()
    }

    /// What the person should know although the sign-in goes on: a clock that is off.
    pub fn warning(&self) -> Option<String> {
        self.attempt.warning()
    }

    /// Signs in with the address of the last page, as a person pastes it.
    ///
    /// # Errors
    /// `bad-link` when it is not that address: the link stays good. `link-used` when Amazon does not
    /// take its code any more: [`LinkSignIn::url`] is a new link then. Else those of the
    /// registration.
    pub async fn finish(&mut self, address: &Secret) -> Result<Account> {
        if self.is_done {
            return Err(Error::new(code::CLOSED, "This sign-in is over."));
        }
        let code = self.code(address)?;
        let digest = Sha256::digest(code.expose()).into();
        if self.tried.contains(&digest) {
            return Err(Error::new(code::LINK_USED, "This address was pasted before."));
        }
        self.tried.push(digest);
        let result = self.attempt.settle(code).await;
        match result {
            Ok(account) => {
                self.is_done = true;
                Ok(account)
            }
            Err(error) if error.code() == code::REGISTRATION_REFUSED => {
                self.renew()?;
                let message = "Amazon does not take this address (any more): it was used, is older \
                    than a few minutes, or belongs to another link.";
                Err(Error::new(code::LINK_USED, message).with_source(error))
            }
            Err(error) => {
                // Whether the code is spent cannot be known, so the next try has a link of its own.
                self.renew()?;
                Err(error)
            }
        }
    }

    fn renew(&mut self) -> Result<()> {
        self.attempt.restart(self.attempt.entrance.clone());
        self.url = self.attempt.sign_in_url()?;
        Ok(())
    }

    /// The code in an address as people paste it: with line breaks, quotes or spaces around.
    fn code(&self, address: &Secret) -> Result<Secret> {
        let bad = |text: String| Error::new(code::BAD_LINK, text);
        if address.expose().len() > LONGEST {
            return Err(bad("What was pasted is far too long for an address.".to_owned()));
        }
        let text: zeroize::Zeroizing<String> = zeroize::Zeroizing::new(
            address
                .expose()
                .chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | '"'))
                .collect(),
        );
        if text.is_empty() {
            return Err(bad("Nothing was pasted.".to_owned()));
        }
        let url = Url::parse(&text)
            .map_err(|_| bad("What was pasted is not a whole address.".to_owned()))?;
        let wanted = format!("https://{}{LANDING_PATH}", self.attempt.entrance.portal.www());
        let host = url.host_str().unwrap_or_default();
        if url.path() != LANDING_PATH || host != self.attempt.entrance.portal.www() {
            return Err(bad(format!(
                "This is the address of {host}{}; the last page of the sign-in begins with {wanted}.",
                shown_path(&url)
            )));
        }
        match authorize::landing(&url, &self.attempt.entrance) {
            Ok(Landing::Code(code)) => Ok(code),
            Ok(Landing::Elsewhere) | Err(_) => {
                Err(bad("The address is of the right page, but the code in it is missing. It may have been cut off.".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link(site: &str) -> LinkSignIn {
        let settings =
            Settings { connect_to: Some("127.0.0.1:9".parse().unwrap()), ..Settings::default() };
        let folder = std::env::temp_dir().join("mass-alexa-never-written");
        LinkSignIn::new(&folder, Site::parse(site).unwrap(), &settings).unwrap()
    }

    fn code(link: &LinkSignIn, text: &str) -> Result<String> {
        link.code(&text.into()).map(|code| code.expose().to_owned())
    }

    #[test]
    fn takes_the_code_however_it_is_pasted() {
        let link = link("amazon.de");
        for text in [
            "https://www.amazon.com/ap/maplanding?openid.mode=id_res&openid.oa2.authorization_code=ANx",
            " \u{201c}https://www.amazon.com/ap/maplanding?openid.oa2.authorization_code=ANx\u{201d}"
                .trim_matches([' ', '\u{201c}', '\u{201d}']),
            "<https://www.amazon.com/ap/maplanding?openid.oa2.authori\n zation_code=ANx>",
        ] {
            assert_eq!(code(&link, text).unwrap(), "ANx", "{text}");
        }
    }

    #[test]
    fn says_what_was_pasted_instead() {
        let link = link("amazon.co.jp");
        for (text, told) in [
            ("", "Nothing was pasted"),
            ("hello", "not a whole address"),
            ("https://www.amazon.co.jp/ap/signin?openid.oa2.authorization_code=x", "begins with"),
            (
                "https://www.amazon.com/ap/maplanding?openid.oa2.authorization_code=x",
                "begins with https://www.amazon.co.jp/ap/maplanding",
            ),
            ("https://evil.example/ap/maplanding?openid.oa2.authorization_code=x", "evil.example"),
            ("http://www.amazon.co.jp/ap/maplanding?openid.oa2.authorization_code=x", "missing"),
            ("https://www.amazon.co.jp/ap/maplanding?openid.oa2.authorization_code=", "missing"),
        ] {
            let error = code(&link, text).unwrap_err();
            assert_eq!(error.code(), code::BAD_LINK, "{text}");
            assert!(error.message().contains(told), "{}", error.message());
        }
    }

    proptest! {
        #[test]
        fn only_the_landing_page_of_the_portal_gives_a_code(
            scheme in "https?", host in "(www\\.)?amazon\\.(com|de|co\\.jp)(\\.evil)?", path in "/ap/(maplanding|signin)(/x)?"
        ) {
            let link = link("amazon.com");
            let text = format!("{scheme}://{host}{path}?openid.oa2.authorization_code=c");
            let is_right = scheme == "https" && host == "www.amazon.com" && path == "/ap/maplanding";
            prop_assert_eq!(code(&link, &text).is_ok(), is_right);
        }
    }
}
