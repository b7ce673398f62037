//! Making new tokens and cookies from the refresh token. Registration is never repeated: Amazon
//! accepts only the token of a fresh sign-in for it (*observed* since 2026-06).
//!
//! Requests and answers are pure functions here; [`super::live`] sends them.

use http::Method;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::jar::CookieRecord;
use crate::auth::identity;
use crate::auth::register::seconds;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Answer, Body, Lane, Request, verdict};
use crate::secret::Secret;
use crate::site::Site;

/// Names that mean the refresh token itself is refused (*observed* in one client's classifier).
const TERMINAL: &[&str] = &["invalid_grant", "invalid_token", "unauthorized_client"];

/// What the token service said.
#[derive(Debug)]
pub enum Renewed<T> {
    /// Here it is.
    Fresh(T),
    /// The refresh token is refused. One such answer proves nothing yet.
    Refused,
}

/// Fields of `POST /auth/token` for an access token (*observed*).
pub fn access_token_form(refresh: &Secret) -> Vec<(String, Secret)> {
    form("access_token", refresh, None)
}

/// Fields of `POST /ap/exchangetoken/cookies` (*observed*).
pub fn cookies_form(refresh: &Secret, site: Site) -> Vec<(String, Secret)> {
    form("auth_cookies", refresh, Some(format!(".{}", site.domain())))
}

fn form(wanted: &str, refresh: &Secret, domain: Option<String>) -> Vec<(String, Secret)> {
    let plain = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
    let mut fields = vec![
        plain("app_name", identity::APP_NAME),
        plain("app_version", identity::APP_VERSION),
        plain("di.sdk.version", identity::SDK_VERSION),
        ("source_token".to_owned(), refresh.clone()),
        plain("source_token_type", "refresh_token"),
        plain("requested_token_type", wanted),
        plain("package_name", identity::BUNDLE),
        plain("di.hw.version", identity::MODEL),
        plain("platform", "iOS"),
        plain("di.os.name", "iOS"),
        plain("di.os.version", identity::OS_VERSION),
        plain("current_version", identity::SDK_VERSION),
        plain("previous_version", identity::SDK_VERSION),
    ];
    if let Some(domain) = domain {
        fields.push(("domain".to_owned(), Secret::new(domain)));
    }
    fields
}

/// The request that removes the device of an access token at Amazon (*observed*).
///
/// # Errors
/// None in practice; the host comes from the site table.
pub fn deregistration(portal: Site, token: &Secret) -> Result<Request> {
    let url = address(&portal.api(), "/auth/deregister")?;
    let body = json!({"requested_deregister_type": "deregister_device"});
    Ok(Request::new(Method::POST, url, Lane::SignIn)
        .with_body(Body::json(&body))
        .with_secret_header(AUTHORIZATION, token, "Bearer "))
}

/// Reads an access token and its life in seconds.
///
/// # Errors
/// `amazon-down` or `unexpected-answer`: nothing is proven, try again later.
pub fn access_token(answer: &Answer) -> Result<Renewed<(Secret, u64)>> {
    let body = match sorted(answer, "a token")? {
        Renewed::Fresh(body) => body,
        Renewed::Refused => return Ok(Renewed::Refused),
    };
    let token = body.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let life = body.get("expires_in").and_then(seconds).filter(|life| *life > 0).unwrap_or(3_600);
    token
        .map(|token| Renewed::Fresh((Secret::new(token), life)))
        .ok_or_else(|| unexpected(answer, "a token"))
}

/// Reads exchanged cookies; those of `site` must be among them.
///
/// # Errors
/// `amazon-down` or `unexpected-answer`: nothing is proven, try again later.
pub fn cookies(answer: &Answer, site: Site) -> Result<Renewed<Vec<CookieRecord>>> {
    let body = match sorted(answer, "cookies")? {
        Renewed::Fresh(body) => body,
        Renewed::Refused => return Ok(Renewed::Refused),
    };
    let own = format!(".{}", site.domain());
    let by_domain = body.pointer("/response/tokens/cookies").and_then(Value::as_object);
    let records: Vec<_> = by_domain
        .into_iter()
        .flatten()
        .flat_map(|(domain, list)| list.as_array().into_iter().flatten().map(move |c| (domain, c)))
        .filter_map(|(domain, cookie)| CookieRecord::of_amazon(cookie, domain))
        .collect();
    if records.iter().any(|record| record.domain == own) {
        Ok(Renewed::Fresh(records))
    } else {
        Err(unexpected(answer, &format!("cookies for {site}")))
    }
}

fn sorted(answer: &Answer, what: &str) -> Result<Renewed<Value>> {
    if let Some(error) = verdict::passing_trouble(answer) {
        return Err(error);
    }
    let body = answer.json();
    match answer.status {
        200 => body.map(Renewed::Fresh).ok_or_else(|| unexpected(answer, what)),
        400 | 401 if body.as_ref().is_some_and(is_terminal) => Ok(Renewed::Refused),
        _ => Err(unexpected(answer, what)),
    }
}

/// The name of the error is at the top, or inside `response.error` in another spelling.
fn is_terminal(body: &Value) -> bool {
    let flat = body.get("error").and_then(Value::as_str);
    let nested = body.pointer("/response/error/code").and_then(Value::as_str);
    flat.or(nested).is_some_and(|name| {
        TERMINAL.contains(&name) || matches!(name, "InvalidToken" | "InvalidGrant")
    })
}

fn unexpected(answer: &Answer, what: &str) -> Error {
    Error::new(
        code::UNEXPECTED_ANSWER,
        format!("Amazon's token service gave no {what} (status {}).", answer.status),
    )
    .with_status(answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use proptest::prelude::*;

    fn answer(status: u16, body: &str) -> Answer {
        let url = url::Url::parse("https://api.amazon.com/auth/token").unwrap();
        Answer { status, url, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn reads_tokens_with_any_spelling_of_their_life() {
        for (body, life) in [
            (r#"{"access_token":"Atna|x","expires_in":3600,"token_type":"bearer"}"#, 3_600),
            (r#"{"access_token":"Atna|x","expires_in":"1800"}"#, 1_800),
            (r#"{"access_token":"Atna|x"}"#, 3_600),
        ] {
            let Renewed::Fresh(made) = access_token(&answer(200, body)).unwrap() else { panic!() };
            assert_eq!((made.0.expose(), made.1), ("Atna|x", life));
        }
    }

    #[test]
    fn only_the_named_refusals_count_as_refusals() {
        for body in
            [r#"{"error":"invalid_grant"}"#, r#"{"response":{"error":{"code":"InvalidToken"}}}"#]
        {
            assert!(matches!(access_token(&answer(400, body)).unwrap(), Renewed::Refused));
        }
        for (status, body) in [
            (400, r#"{"error":"slow_down"}"#),
            (401, ""),
            (403, "<html>"),
            (503, "{}"),
            (200, ""),
            (200, "{}"),
        ] {
            let error = access_token(&answer(status, body)).unwrap_err();
            assert_ne!(error.kind(), ErrorKind::SignInRequired, "{status} {body}");
        }
    }

    #[test]
    fn cookies_of_the_own_site_must_be_there() {
        let body = r#"{"response":{"tokens":{"cookies":{".amazon.de":[{"Name":"at-acbde","Value":"\"v\""}],".amazon.com":[]}}}}"#;
        let site = Site::parse("amazon.de").unwrap();
        let Renewed::Fresh(records) = cookies(&answer(200, body), site).unwrap() else { panic!() };
        assert_eq!((records[0].name.as_str(), records[0].value.expose()), ("at-acbde", "v"));
        assert!(cookies(&answer(200, body), Site::DEFAULT).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(status in 100_u16..600, body in "\\PC{0,100}") {
            let _ = access_token(&answer(status, &body));
            let _ = cookies(&answer(status, &body), Site::DEFAULT);
        }
    }
}
