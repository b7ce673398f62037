//! Whatever the token service and the account's endpoints answer: a session is declared over only
//! by the named refusals, what is taken over is usable, and no cookie goes to a foreign host.
//!
//! An input is text: a status on the first line, then the body.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use mass_alexa::api::customer::{self, Customer};
use mass_alexa::auth::register;
use mass_alexa::error::ErrorKind;
use mass_alexa::net::verdict::{self, Expect};
use mass_alexa::net::{Answer, Verdict};
use mass_alexa::session::Jar;
use mass_alexa::session::data::AccessToken;
use mass_alexa::session::jar::CookieRecord;
use mass_alexa::session::renewal::{self, Renewed};
use mass_alexa::{Error, Site};
use serde_json::Value;
use url::Url;

use super::hosts::{FOREIGN, is_amazon};

/// The words by which the token service says that a token is worth nothing any more.
const REFUSALS: &[&str] =
    &["invalid_grant", "invalid_token", "unauthorized_client", "InvalidToken", "InvalidGrant"];

/// What an input was good for; the corpus test makes sure that there is something of everything.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) token: bool,
    pub(crate) cookies: bool,
    pub(crate) refused: bool,
    pub(crate) registered: bool,
    pub(crate) site: bool,
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let (status, body) = text.split_once('\n').unwrap_or(("200", &text));
    let status = status.trim().parse().unwrap_or(200_u16).clamp(100, 599);
    let answer = answer(status, body);
    let json = answer.json().unwrap_or_default();
    let mut outcome = Outcome::default();
    for site in [Site::DEFAULT].into_iter().chain(Site::parse("amazon.de")) {
        check_token(&answer, &json, &mut outcome);
        check_cookies(&answer, &json, site, &mut outcome);
        check_registration(status, body, site, &mut outcome);
        check_customer(&json, site, &mut outcome);
    }
    check_verdict(&answer);
    outcome
}

fn answer(status: u16, body: &str) -> Answer {
    let url = Url::parse("https://api.amazon.com/auth/token").unwrap();
    let mut headers = HeaderMap::new();
    let kind = if body.trim_start().starts_with('<') { "text/html" } else { "application/json" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Answer { status, url, headers, body: body.to_owned().into() }
}

fn check_token(answer: &Answer, json: &Value, outcome: &mut Outcome) {
    match renewal::access_token(answer) {
        Ok(Renewed::Fresh((token, life))) => {
            assert!(!token.is_empty() && life > 0);
            let token = AccessToken { value: token, made_at: 1_700_000_000, life };
            assert!(!token.is_due(1_700_000_000) || life < 5, "due at once: {life}");
            assert!(token.is_due(token.expires_at()) || token.expires_at() == u64::MAX);
            outcome.token = true;
        }
        Ok(Renewed::Refused) => {
            check_refusal(answer, json);
            outcome.refused = true;
        }
        Err(error) => check_passing(&error),
    }
}

fn check_cookies(answer: &Answer, json: &Value, site: Site, outcome: &mut Outcome) {
    match renewal::cookies(answer, site) {
        Ok(Renewed::Fresh(records)) => {
            check_records(&records);
            let own = format!(".{}", site.domain());
            assert!(records.iter().any(|record| record.domain == own), "none for {site}");
            outcome.cookies = true;
        }
        Ok(Renewed::Refused) => check_refusal(answer, json),
        Err(error) => check_passing(&error),
    }
}

fn check_registration(status: u16, body: &str, site: Site, outcome: &mut Outcome) {
    match register::parse(status, body, site) {
        Ok(made) => {
            assert!(!made.refresh_token.is_empty());
            check_records(&made.cookies);
            assert!(
                made.cookies.iter().all(|cookie| is_amazon(cookie.domain.trim_start_matches('.')))
            );
            let shown = format!("{made:?}");
            let token = made.refresh_token.expose();
            let public = [&made.device_name, &made.customer_id, &made.name, &made.home_region];
            let elsewhere = public.into_iter().flatten().any(|text| text.contains(token))
                || made.cookies.iter().any(|cookie| format!("{cookie:?}").contains(token));
            assert!(token.len() < 16 || elsewhere || !shown.contains(token), "{shown}");
            outcome.registered = true;
        }
        Err(error) => assert_ne!(error.kind(), ErrorKind::SignInRequired, "{error}"),
    }
}

fn check_customer(json: &Value, site: Site, outcome: &mut Outcome) {
    let customer = Customer::of_users_me(json);
    assert!(customer.id.as_ref().is_none_or(|id| !id.is_empty()));
    let sites = [customer.site, customer::site_of_welcome(json), customer::site_of_endpoints(json)];
    for found in sites.into_iter().flatten() {
        assert!(is_amazon(found.domain()) && is_amazon(&found.www()));
        outcome.site = true;
    }
    if let Some(host) = customer::api_host(json, site) {
        let own = host == site.domain() || host.ends_with(&format!(".{}", site.domain()));
        assert!(own, "{host} is no host of {site}");
    }
}

/// Waits stay short, and the same answer always means the same.
fn check_verdict(answer: &Answer) {
    for expect in [Expect::Json, Expect::Anything] {
        if let Verdict::Throttled(wait, error) = verdict::judge(answer, expect) {
            assert!(wait.longest().as_secs() <= 300, "{wait:?}");
            assert_eq!(error.kind(), ErrorKind::Throttled);
        }
    }
}

fn check_records(records: &[CookieRecord]) {
    let jar = Jar::from_records(records);
    for foreign in FOREIGN.iter().filter_map(|text| Url::parse(text).ok()) {
        assert!(jar.header(&foreign).is_none(), "a cookie would go to {foreign}");
    }
    assert!(records.iter().all(|record| !record.name.is_empty() && record.secure));
}

/// Only these statuses with one of these words.
fn check_refusal(answer: &Answer, json: &Value) {
    assert!(matches!(answer.status, 400 | 401), "refused with status {}", answer.status);
    assert!(has_refusal(json), "refused without a word for it");
}

fn has_refusal(json: &Value) -> bool {
    match json {
        Value::String(text) => REFUSALS.contains(&text.as_str()),
        Value::Array(list) => list.iter().any(has_refusal),
        Value::Object(map) => map.values().any(has_refusal),
        _ => false,
    }
}

/// Everything else proves nothing about the session.
fn check_passing(error: &Error) {
    assert!(
        !matches!(error.kind(), ErrorKind::SignInRequired | ErrorKind::CredentialsRejected),
        "{error}"
    );
}
