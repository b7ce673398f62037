//! What an answer of the API means. Pure: status, headers and body in, a verdict out.

use std::time::Duration;

use ::http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};

use super::http::{Answer, shown_path};
use super::manners::{HARSH_PAUSE, LONGEST_HOLD, Pause, SHORTEST_HOLD, THROTTLE_PAUSE};
use crate::error::{Error, code};

/// Bodies longer than this are data, not a throttle note (*chosen*).
const LONGEST_NOTE: usize = 2_000;

/// What kind of body a call expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// A JSON document.
    Json,
    /// Anything, also nothing.
    Anything,
}

/// What an answer means.
#[derive(Debug)]
pub enum Verdict {
    /// As expected.
    Fine,
    /// This call wants a sign-in. Not proof that the session is dead: single endpoints redirect
    /// although all others work (*observed* since 2025-03).
    SignInWanted,
    /// 403: this feature is refused, or the csrf value is stale.
    Forbidden,
    /// Nothing is loaded that the command could act on.
    NothingToControl,
    /// Wait, then it may be repeated. The error tells of the longest this can take.
    Throttled(Pause, Error),
    /// A failure of Amazon that may pass.
    Unavailable(Error),
    /// A web page where data was expected.
    WebPage(Error),
    /// Anything else.
    Failed(Error),
}

/// Judges an answer.
pub fn judge(answer: &Answer, expect: Expect) -> Verdict {
    let status = answer.status;
    if let Some(pause) = throttle(answer) {
        let wait = pause.longest();
        let seconds = wait.as_secs();
        let error =
            Error::new(code::THROTTLED, format!("Amazon asks for {seconds} seconds of patience."))
                .with_status(status)
                .with_retry_after(wait);
        return Verdict::Throttled(pause, error);
    }
    if leads_to_sign_in(answer) {
        return Verdict::SignInWanted;
    }
    let is_html =
        header(answer, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("text/html"));
    match status {
        200..=299 if expect == Expect::Anything && !is_html => Verdict::Fine,
        200..=299 if !is_html && answer.is_json() => Verdict::Fine,
        200..=299 if is_html => {
            Verdict::WebPage(failed(answer, code::HTML_ANSWER, "answered a web page"))
        }
        200..=299 => Verdict::Failed(failed(answer, code::UNEXPECTED_ANSWER, "answered no JSON")),
        401 => Verdict::SignInWanted,
        403 => Verdict::Forbidden,
        404 if names(answer, "UnsupportedProviderException") => Verdict::NothingToControl,
        400 if names(answer, "ExpiredPlayQueueException") || names(answer, "QUEUE_EXPIRED") => {
            Verdict::NothingToControl
        }
        400 if answer.body.contains("not connected") || answer.body.contains("not initialized") => {
            Verdict::Failed(
                Error::new(code::DEVICE_OFFLINE, "The device is not connected.")
                    .with_status(status),
            )
        }
        404 | 410 => {
            Verdict::Failed(failed(answer, code::ENDPOINT_GONE, "no longer knows this call"))
        }
        500..=599 => {
            Verdict::Unavailable(failed(answer, code::AMAZON_DOWN, "has a problem of its own"))
        }
        _ => Verdict::Failed(failed(answer, code::UNEXPECTED_ANSWER, "refused the call")),
    }
}

/// The error of an answer that says nothing but "not now".
pub fn passing_trouble(answer: &Answer) -> Option<Error> {
    match judge(answer, Expect::Anything) {
        Verdict::Throttled(_, error) | Verdict::Unavailable(error) => Some(error),
        _ => None,
    }
}

fn failed(answer: &Answer, code: code::Code, what: &str) -> Error {
    let host = answer.url.host_str().unwrap_or("Amazon");
    let message =
        format!("{host} {what} (status {}, path {}).", answer.status, shown_path(&answer.url));
    Error::new(code, message).with_status(answer.status)
}

/// All three disguises: 429, 400 with a note, 200 with a note (*observed*). A 503 that says when to
/// come back is a fourth (*documented* for HTTP in general).
fn throttle(answer: &Answer) -> Option<Pause> {
    let short = answer.body.len() <= LONGEST_NOTE && matches!(answer.status, 200 | 400 | 429 | 503);
    let says = |text: &str| short && answer.body.contains(text);
    let is_harsh = says("Too many requests");
    let asked = asked_wait(answer);
    let is_throttle = answer.status == 429
        || answer.status == 503 && asked.is_some()
        || is_harsh
        || says("Rate exceeded")
        || says("ThrottlingException");
    let usual = if is_harsh { HARSH_PAUSE } else { THROTTLE_PAUSE };
    is_throttle.then(|| {
        asked.map_or(usual, |wait| Pause::exactly(wait.clamp(SHORTEST_HOLD, LONGEST_HOLD)))
    })
}

/// The wait that an answer asks for, as seconds or as a date (*documented* for HTTP). A date is
/// compared with that of the answer: our clock can be wrong.
fn asked_wait(answer: &Answer) -> Option<Duration> {
    let text = header(answer, RETRY_AFTER.as_str())?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(header(answer, DATE.as_str())?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn leads_to_sign_in(answer: &Answer) -> bool {
    answer.location().is_some_and(|url| url.path().starts_with("/ap/signin"))
}

fn names(answer: &Answer, exception: &str) -> bool {
    ["x-amzn-errortype", "x-amzn-error"]
        .iter()
        .any(|name| header(answer, name).is_some_and(|value| value.starts_with(exception)))
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::HeaderMap;
    use ::http::header::{HeaderName, HeaderValue};

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let url = url::Url::parse("https://alexa.amazon.de/api/x?y=1").unwrap();
        Answer { status, url, headers: map, body: body.to_owned().into() }
    }

    fn pause(verdict: Verdict) -> Pause {
        let Verdict::Throttled(pause, error) = verdict else { panic!("{verdict:?}") };
        assert_eq!(error.retry_after(), Some(pause.longest()));
        pause
    }

    #[test]
    fn throttling_is_seen_in_every_disguise() {
        let judge = |status, headers: &[(&str, &str)], body| {
            judge(&answer(status, headers, body), Expect::Json)
        };
        for (status, body) in [
            (429, ""),
            (400, r#"{"message":"Rate exceeded"}"#),
            (200, r#"{"__type":"ThrottlingException"}"#),
        ] {
            assert_eq!(pause(judge(status, &[], body)), THROTTLE_PAUSE);
        }
        let harsh = r#"{"message":"Too many requests"}"#;
        for status in [200, 400, 429, 503] {
            assert_eq!(pause(judge(status, &[], harsh)), HARSH_PAUSE);
        }
        let long = format!(r#"{{"x":"Rate exceeded{}"}}"#, " ".repeat(3_000));
        assert!(matches!(judge(200, &[], &long), Verdict::Fine));
        assert!(matches!(judge(503, &[], ""), Verdict::Unavailable(_)));
    }

    #[test]
    fn amazons_own_wait_is_taken_over_within_reason() {
        let date = |seconds| httpdate::fmt_http_date(crate::clock::from_unix(seconds));
        let (now, soon, late) = (date(1_000_000), date(1_000_042), date(1_086_400));
        let waits = |status, text: &str, date: Option<&str>| {
            let mut headers = vec![("retry-after", text)];
            headers.extend(date.map(|date| ("date", date)));
            pause(judge(&answer(status, &headers, ""), Expect::Json))
        };
        let exactly = |seconds| Pause::exactly(Duration::from_secs(seconds));
        for status in [429, 503] {
            assert_eq!(waits(status, " 7 ", None), exactly(7));
            assert_eq!(waits(status, "0", None), exactly(1));
            assert_eq!(waits(status, "86400", None), exactly(300));
            assert_eq!(waits(status, &soon, Some(&now)), exactly(42));
            assert_eq!(waits(status, &late, Some(&now)), exactly(300));
            assert_eq!(waits(status, &now, Some(&soon)), exactly(1));
        }
        for odd in ["soon", "-5", "1.5", "", &soon] {
            assert_eq!(waits(429, odd, None), THROTTLE_PAUSE, "{odd}");
        }
    }

    #[test]
    fn failures_are_told_apart() {
        let html = [("content-type", "text/html;charset=UTF-8")];
        let gone = "UnsupportedProviderException:http://internal.amazon.com/coral/x/";
        let code_of = |status, headers: &[(&str, &str)], body| match judge(
            &answer(status, headers, body),
            Expect::Json,
        ) {
            Verdict::Failed(error) | Verdict::Unavailable(error) | Verdict::WebPage(error) => {
                error.code().id()
            }
            Verdict::SignInWanted => "sign-in",
            Verdict::Forbidden => "forbidden",
            Verdict::NothingToControl => "nothing",
            Verdict::Fine => "fine",
            Verdict::Throttled(..) => "throttled",
        };
        assert_eq!(code_of(200, &[], "{}"), "fine");
        assert_eq!(code_of(200, &[], ""), "unexpected-answer");
        assert_eq!(code_of(200, &html, "<html>"), "html-answer");
        assert_eq!(code_of(401, &[], ""), "sign-in");
        assert_eq!(
            code_of(302, &[("location", "https://www.amazon.de/ap/signin?x")], ""),
            "sign-in"
        );
        assert_eq!(code_of(302, &[("location", "/elsewhere")], ""), "unexpected-answer");
        assert_eq!(code_of(403, &[], ""), "forbidden");
        assert_eq!(code_of(404, &[], ""), "endpoint-gone");
        assert_eq!(code_of(404, &[("x-amzn-errortype", gone)], ""), "nothing");
        assert_eq!(
            code_of(400, &[("x-amzn-error", "QUEUE_EXPIRED")], r#"{"message":null}"#),
            "nothing"
        );
        assert_eq!(code_of(400, &[], r#"{"message":"Device is not connected"}"#), "device-offline");
        assert_eq!(code_of(400, &[], "{}"), "unexpected-answer");
        assert_eq!(code_of(503, &html, "<html>"), "amazon-down");
    }

    #[test]
    fn an_empty_answer_is_fine_for_a_command() {
        assert!(matches!(judge(&answer(200, &[], ""), Expect::Anything), Verdict::Fine));
        let html = [("content-type", "text/html")];
        assert!(matches!(judge(&answer(200, &html, "<p>"), Expect::Anything), Verdict::WebPage(_)));
    }
}
