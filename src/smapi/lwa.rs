//! Login with Amazon: the consent of a developer, and the tokens that come of it.
//!
//! The client is a security profile of the owner's own (*documented*: tools of one's own use the
//! authorization code). PKCE goes along although the client has a secret (*observed* to be taken).

use serde_json::Value;
use url::Url;

use crate::auth::identity::{Fresh, token};
use crate::error::{Error, Result, code};
use crate::net::verdict::passing_trouble;
use crate::net::{Answer, Body, Http, Lane, Request};
use crate::secret::Secret;
use crate::session::Jar;

/// Where the browser is sent after the consent unless another address is chosen: the one that
/// Amazon's own tools use (*documented*). It has to be among the allowed return URLs of the profile.
pub const RETURN_URL: &str = "http://127.0.0.1:9090/cb";
/// What is asked for (*documented*): skills, their models, and their state in development.
pub const SCOPES: &str =
    "alexa::ask:skills:readwrite alexa::ask:models:readwrite alexa::ask:skills:test";

const CONSENT_PAGE: &str = "https://www.amazon.com/ap/oa";
const TOKENS: &str = "https://api.amazon.com/auth/o2/token";
/// Begins every client id (*observed*).
const CLIENT: &str = "amzn1.application-oa2-client.";
/// Life of an access token in seconds where Amazon does not say it (*documented*).
const LIFE: u64 = 3_600;
/// Longest address that is read (*chosen*).
const LONGEST: usize = 8 * 1024;

/// A security profile of the owner.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Secret,
}

impl Profile {
    /// A profile as it was copied from Amazon's page.
    ///
    /// # Errors
    /// `developer-refused` for what can be none.
    pub fn new(client_id: &str, client_secret: &Secret) -> Result<Self> {
        let (client_id, secret) = (client_id.trim(), client_secret.expose().trim());
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !client_id.starts_with(CLIENT) || !is_plain(client_id) {
            return Err(Error::new(
                code::DEVELOPER_REFUSED,
                format!("A client id of a security profile begins with {CLIENT}"),
            ));
        }
        if secret.is_empty() || !is_plain(secret) {
            return Err(Error::new(code::DEVELOPER_REFUSED, "That is no client secret."));
        }
        Ok(Self { client_id: client_id.to_owned(), client_secret: Secret::new(secret) })
    }
}

/// A consent that is being asked for.
#[derive(Debug)]
pub struct Consent {
    profile: Profile,
    return_url: Url,
    state: String,
    fresh: Fresh,
}

/// Tokens of Login with Amazon.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) access: Secret,
    /// Seconds it lives from now.
    pub(super) life: u64,
    pub(super) refresh: Option<Secret>,
}

impl Consent {
    /// Prepares the question.
    ///
    /// # Errors
    /// `bad-setting` for a return URL that cannot be one.
    pub fn new(profile: Profile, return_url: &str) -> Result<Self> {
        let refuse = || {
            Error::new(code::BAD_SETTING, "The return URL is no address of http or https.")
                .with_next_step(format!("Take {RETURN_URL}, and allow it in the security profile."))
        };
        let url = Url::parse(return_url.trim()).map_err(|_| refuse())?;
        let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        let is_fine = url.scheme() == "https" || url.scheme() == "http" && is_local;
        if !is_fine || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse());
        }
        Ok(Self { profile, return_url: url, state: token::<16>(), fresh: Fresh::generate() })
    }

    /// The page of Amazon that asks the owner.
    ///
    /// # Errors
    /// None in practice.
    pub fn url(&self) -> Result<Url> {
        let parameters = [
            ("client_id", self.profile.client_id.as_str()),
            ("scope", SCOPES),
            ("response_type", "code"),
            ("redirect_uri", self.return_url.as_str()),
            ("state", &self.state),
            ("code_challenge", &self.fresh.challenge()),
            ("code_challenge_method", "S256"),
        ];
        Url::parse_with_params(CONSENT_PAGE, parameters).map_err(|error| {
            Error::new(code::BAD_SETTING, "The address could not be built.").with_source(error)
        })
    }

    /// Where the browser is sent afterwards.
    pub fn return_url(&self) -> &Url {
        &self.return_url
    }

    /// The profile that asks.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The code in the address that the browser was sent to.
    ///
    /// # Errors
    /// `bad-link` for another address; `developer-refused` with what Amazon said.
    fn code(&self, address: &Secret) -> Result<Secret> {
        let bad = |text: &str| Error::new(code::BAD_LINK, text);
        let pasted: String = address.expose().split_whitespace().collect();
        if pasted.len() > LONGEST {
            return Err(bad("That is too long for the address."));
        }
        let url = Url::parse(&pasted).map_err(|_| bad("That is no address."))?;
        let place = |url: &Url| {
            (
                url.scheme().to_owned(),
                url.host_str().map(str::to_owned),
                url.port_or_known_default(),
                url.path().to_owned(),
            )
        };
        if place(&url) != place(&self.return_url) {
            return Err(bad("That is not the address that the consent ends at.")
                .with_next_step(format!("It begins with {}.", self.return_url)));
        }
        let get = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if get("state").as_deref() != Some(&self.state) {
            return Err(bad("That address belongs to another consent."));
        }
        if let Some(error) = get("error") {
            return Err(refused(&error, &get("error_description").unwrap_or_default()));
        }
        get("code")
            .filter(|code| !code.is_empty())
            .map(Secret::new)
            .ok_or_else(|| bad("That address holds no code."))
    }

    /// The tokens for the address that the browser was sent to.
    ///
    /// # Errors
    /// As [`Consent::code`], and those of the network.
    pub(super) async fn tokens(&self, http: &Http, address: &Secret) -> Result<Tokens> {
        let form = vec![
            ("grant_type".to_owned(), "authorization_code".into()),
            ("code".to_owned(), self.code(address)?),
            ("redirect_uri".to_owned(), self.return_url.as_str().into()),
            ("code_verifier".to_owned(), self.fresh.verifier.clone()),
        ];
        ask(http, &self.profile, form).await
    }
}

/// New tokens for the long-lived one.
///
/// # Errors
/// `developer-sign-in` when it was revoked, `developer-refused` when the profile changed.
pub(super) async fn renew(http: &Http, profile: &Profile, refresh: &Secret) -> Result<Tokens> {
    let form = vec![
        ("grant_type".to_owned(), "refresh_token".into()),
        ("refresh_token".to_owned(), refresh.clone()),
    ];
    ask(http, profile, form).await
}

async fn ask(http: &Http, profile: &Profile, mut form: Vec<(String, Secret)>) -> Result<Tokens> {
    let is_renewal = form.iter().any(|(name, _)| name == "refresh_token");
    form.push(("client_id".to_owned(), profile.client_id.as_str().into()));
    form.push(("client_secret".to_owned(), profile.client_secret.clone()));
    let url = Url::parse(TOKENS).map_err(|error| {
        Error::new(code::BAD_SETTING, "The address could not be built.").with_source(error)
    })?;
    let request = super::client::marked(Request::new(http::Method::POST, url, Lane::SignIn))
        .with_body(Body::Form(form));
    let answer = http.send(request, &Jar::default(), "en-US").await?;
    if let Some(error) = passing_trouble(&answer) {
        return Err(error);
    }
    parse(&answer, is_renewal)
}

fn parse(answer: &Answer, is_renewal: bool) -> Result<Tokens> {
    let body = answer.json().unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if let error @ ("invalid_grant" | "access_denied") = text("error")
        && is_renewal
    {
        let message = format!("Amazon no longer honours the consent of the developer ({error}).");
        return Err(Error::new(code::DEVELOPER_SIGN_IN, message).with_status(answer.status));
    }
    if !text("error").is_empty() {
        return Err(refused(text("error"), text("error_description")).with_status(answer.status));
    }
    if answer.status != 200 || text("access_token").is_empty() {
        return Err(Error::new(code::UNEXPECTED_ANSWER, "Amazon answered without a token.")
            .with_status(answer.status));
    }
    let refresh = Some(text("refresh_token")).filter(|token| !token.is_empty()).map(Secret::new);
    Ok(Tokens {
        access: Secret::new(text("access_token")),
        life: body.get("expires_in").and_then(Value::as_u64).unwrap_or(LIFE),
        refresh,
    })
}

fn refused(error: &str, description: &str) -> Error {
    let shown: String = format!("{error} {description}").trim().chars().take(200).collect();
    let shown = shown.trim_end_matches('.');
    Error::new(code::DEVELOPER_REFUSED, format!("Login with Amazon refused: {shown}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent() -> Consent {
        let profile = Profile::new(" amzn1.application-oa2-client.0a ", &" s ".into()).unwrap();
        Consent::new(profile, RETURN_URL).unwrap()
    }

    #[test]
    fn asks_for_what_is_needed_with_pkce() {
        let url = consent().url().unwrap();
        assert_eq!((url.host_str(), url.path()), (Some("www.amazon.com"), "/ap/oa"));
        let query = url.query().unwrap();
        assert!(
            query.contains("code_challenge_method=S256") && query.contains("models%3Areadwrite")
        );
        assert!(!query.contains("secret"));
    }

    #[test]
    fn takes_a_code_from_its_own_address_only() {
        let consent = consent();
        let state = consent.state.clone();
        let code = |text: String| consent.code(&text.into());
        assert_eq!(
            code(format!("{RETURN_URL}?code=AN%2Bx&state={state}")).unwrap().expose(),
            "AN+x"
        );
        for (address, expected) in [
            ("nonsense".to_owned(), code::BAD_LINK),
            (format!("{RETURN_URL}?code=x&state=other"), code::BAD_LINK),
            (format!("{RETURN_URL}?state={state}"), code::BAD_LINK),
            (format!("http://127.0.0.1:9091/cb?code=x&state={state}"), code::BAD_LINK),
            (format!("{RETURN_URL}?error=access_denied&state={state}"), code::DEVELOPER_REFUSED),
        ] {
            assert_eq!(code(address.clone()).unwrap_err().code(), expected, "{address}");
        }
    }

    #[test]
    fn profiles_and_return_urls_that_cannot_work_are_refused() {
        for (id, secret) in [("abc", "s"), ("amzn1.application-oa2-client.0a", " ")] {
            let error = Profile::new(id, &secret.into()).unwrap_err();
            assert_eq!(error.code(), code::DEVELOPER_REFUSED);
        }
        for url in ["x", "http://example.org/cb", "ftp://127.0.0.1/", "https://a.example/?x=1"] {
            let profile = consent().profile.clone();
            assert_eq!(Consent::new(profile, url).unwrap_err().code(), code::BAD_SETTING, "{url}");
        }
    }
}
