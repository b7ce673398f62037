//! Which host tells an account what happens on its devices.
//!
//! The region of a registration names one, but not always the right one (*observed* since 2026-06):
//! the host itself says when another is responsible. That is asked once and remembered.

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::auth::identity::token;
use crate::error::{Error, Result, code};
use crate::net::http::address;
use crate::net::{Answer, Body, Lane, RawBody, Request, verdict};
use crate::secret::Secret;
use crate::session::Live;
use crate::session::records::EndpointClass;
use crate::site::is_push_host;

/// Where events are sent (*documented* for the device interface of Alexa, version 20160207).
const EVENTS: &str = "/v20160207/events";
/// Separates the one part of the body; any word that is not in it will do.
const BOUNDARY: &str = "mass-alexa-event";
const MULTIPART: &str = "multipart/form-data; boundary=mass-alexa-event";

/// The host for this account: remembered, or asked for.
///
/// # Errors
/// Those of the access token, `forbidden`, `foreign-host`, or that the host cannot be asked now.
pub async fn host(live: &Live) -> Result<String> {
    let seen = live.push.number();
    if let Some(host) = remembered(live) {
        return Ok(host);
    }
    live.push.once_in_a_while(seen, live.http().now(), learn(live)).await?;
    remembered(live).ok_or_else(|| {
        Error::new(code::UNEXPECTED_ANSWER, "The push host was forgotten meanwhile.")
    })
}

/// Whether the host is remembered, so that [`host`] asks nobody.
pub fn is_known(live: &Live) -> bool {
    remembered(live).is_some()
}

/// Asks the host in use whether it still is the right one; another one is remembered and given.
///
/// # Errors
/// As [`host`].
pub async fn confirm(live: &Live, host: &str) -> Result<Option<String>> {
    let asked = Box::pin(ask(live, host)).await;
    let named = asked.inspect_err(|error| live.count(EndpointClass::Push, error))?;
    let other = named.filter(|named| named != host);
    if let Some(other) = &other {
        keep(live, other).await;
    }
    Ok(other)
}

/// Forgets the host, so that it is asked for anew: for when it does not answer as it should.
pub fn forget(live: &Live) {
    live.kept().with(|data| data.learned.push_host = None);
}

/// Declares anew what the virtual device can do: without that nothing is told (*observed*).
///
/// # Errors
/// Those of the access token, or that Amazon did not accept it.
pub async fn declare_capabilities(live: &Live) -> Result<()> {
    live.declare_capabilities().await
}

fn remembered(live: &Live) -> Option<String> {
    live.kept().with(|data| data.learned.push_host.clone())
}

async fn learn(live: &Live) -> Result<()> {
    let guess = regional(live.kept().with(|data| data.home_region.clone()).as_deref());
    let asked = Box::pin(ask(live, &guess)).await;
    let host = asked.inspect_err(|error| live.count(EndpointClass::Push, error))?.unwrap_or(guess);
    keep(live, &host).await;
    Ok(())
}

async fn keep(live: &Live, host: &str) {
    tracing::info!(host, "push host learned");
    live.kept().with(|data| data.learned.push_host = Some(host.to_owned()));
    live.save().await;
}

/// The host of a region (*observed*). Where Amazon named none, any host can tell the right one.
fn regional(home_region: Option<&str>) -> String {
    let region = match home_region {
        Some("EU") => "eu",
        Some("FE") => "fe",
        _ => "na",
    };
    format!("bob-dispatch-prod-{region}.amazon.com")
}

/// Asks a host whether it is the right one; another one when it names it.
async fn ask(live: &Live, host: &str) -> Result<Option<String>> {
    let token = live.access_token().await?;
    let mut answer = send(live, host, &token).await?;
    if matches!(answer.status, 401 | 403) {
        // A token can end before its time, and is refused in both ways (observed).
        live.forget_token(&token);
        answer = send(live, host, &live.access_token().await?).await?;
    }
    if let Some(error) = verdict::passing_trouble(&answer) {
        return Err(error);
    }
    match answer.status {
        200..=299 => named(&answer).map(|endpoint| checked(&endpoint)).transpose(),
        401 | 403 => Err(Error::new(code::FORBIDDEN, format!("{host} refuses this device."))
            .with_status(answer.status)),
        status => Err(Error::new(
            code::UNEXPECTED_ANSWER,
            format!("{host} does not say who tells of the devices (status {status})."),
        )
        .with_status(status)),
    }
}

async fn send(live: &Live, host: &str, token: &Secret) -> Result<Answer> {
    let request = Request::new(Method::POST, address(host, EVENTS)?, Lane::SignIn)
        .with_body(Body::Raw(RawBody(Zeroizing::new(event().into_bytes()))))
        .with_header(CONTENT_TYPE, MULTIPART)
        .with_secret_header(AUTHORIZATION, token, "Bearer ");
    // The token alone says who asks; cookies of the shop have no business there.
    live.http().send_to_push(request, &live.site().locale()).await
}

/// The event that every device of Alexa sends when it connects (*documented*: a form of one part).
fn event() -> String {
    let event = json!({
        "context": [],
        "event": {
            "header": {
                "namespace": "System", "name": "SynchronizeState", "messageId": token::<16>(),
            },
            "payload": {},
        },
    });
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\
         Content-Type: application/json; charset=UTF-8\r\n\r\n{event}\r\n--{BOUNDARY}--\r\n"
    )
}

/// The address in the directive of an answer, which is JSON or a form with JSON in one of its lines.
/// No answer, or one about something else, means that the host is right (*observed*: 204).
fn named(answer: &Answer) -> Option<String> {
    std::iter::once(answer.body.as_str())
        .chain(answer.body.lines())
        .filter_map(|text| serde_json::from_str::<Value>(text.trim()).ok())
        .find_map(|value| {
            let endpoint = value.pointer("/directive/payload/endpoint")?.as_str()?;
            Some(endpoint.to_owned())
        })
}

/// The host of an address that is Amazon's: a token is sent there.
fn checked(endpoint: &str) -> Result<String> {
    let url = Url::parse(endpoint).ok().filter(|url| url.scheme() == "https");
    let host = url.as_ref().and_then(Url::host_str).filter(|host| is_push_host(host));
    host.map(str::to_owned).ok_or_else(|| {
        let shown: String = endpoint.chars().take(60).collect();
        Error::new(
            code::FOREIGN_HOST,
            format!("The push host \u{201c}{shown}\u{201d} is not Amazon's."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let url = Url::parse("https://bob-dispatch-prod-eu.amazon.com/v20160207/events").unwrap();
        Answer { status: 200, url, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn regions_have_a_host_each_and_so_has_none() {
        assert_eq!(regional(Some("EU")), "bob-dispatch-prod-eu.amazon.com");
        assert_eq!(regional(Some("FE")), "bob-dispatch-prod-fe.amazon.com");
        for odd in [Some("NA"), Some("evil.example/"), None] {
            assert_eq!(regional(odd), "bob-dispatch-prod-na.amazon.com");
        }
    }

    #[test]
    fn reads_the_directive_in_both_wrappings() {
        let directive =
            r#"{"directive":{"header":{},"payload":{"endpoint":"https://x.amazon.com"}}}"#;
        let form = format!("--b\r\nContent-Type: application/json\r\n\r\n{directive}\r\n--b--\r\n");
        for body in [directive, &form] {
            assert_eq!(named(&answer(body)).as_deref(), Some("https://x.amazon.com"));
        }
        for body in ["", "{", r#"{"directive":{"payload":{"endpoint":7}}}"#, "--b\r\n--b--"] {
            assert_eq!(named(&answer(body)), None, "{body}");
        }
    }

    #[test]
    fn only_amazon_is_followed() {
        for host in ["bob-dispatch-prod-na.amazon.com", "alexa.na.gateway.devices.a2z.com"] {
            assert_eq!(checked(&format!("https://{host}/")).unwrap(), host);
        }
        for bad in [
            "https://bob-dispatch-prod-na.amazon.com.example",
            "http://bob-dispatch-prod-na.amazon.com",
            "bob-dispatch-prod-na.amazon.com",
            "",
        ] {
            assert_eq!(checked(bad).unwrap_err().code(), code::FOREIGN_HOST, "{bad}");
        }
    }

    #[test]
    fn the_event_is_a_form_of_one_json_part() {
        let text = event();
        let json = text.lines().find(|line| line.starts_with('{')).unwrap();
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["event"]["header"]["name"], "SynchronizeState");
        assert!(MULTIPART.ends_with(BOUNDARY) && text.ends_with("--\r\n"));
    }
}
