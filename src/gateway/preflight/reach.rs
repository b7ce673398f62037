//! What answers behind the public address.

use std::io;
use std::net::SocketAddr;

use http::header::{LOCATION, SERVER};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use url::Url;

use super::handshake::{BOTH, PATIENCE, Recorder};
use super::step::{Step, StepName};
use crate::clock::Clock;
use crate::gateway::listener::{HEALTH, SERVICE, SKILL, fingerprint};

/// Bytes of an answer that are read.
const LARGEST: usize = 64 * 1024;
const VERSION: &str = env!("CARGO_PKG_VERSION");
const FORWARD: &str = "Lead everything below /alexa/ of the public address to the gateway's own port (8098 unless you changed it), unchanged.";
const NO_GUARD: &str = "Switch such protection off for everything below /alexa/: neither Amazon nor an Echo can solve a puzzle or sign in. The gateway checks the signature of every request itself.";

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The host that it leads on to.
    pub(super) leads_to: Option<String>,
    /// Whether it says to be of Cloudflare.
    pub(super) is_cloudflare: bool,
    pub(super) body: String,
}

/// What both questions brought.
#[derive(Debug)]
pub(super) enum Reach {
    /// Nothing answers at all.
    Silent(io::ErrorKind),
    /// It answers, but not in HTTP.
    Broken,
    /// It answered the question for health, and with this status an empty skill request where that
    /// was asked.
    Answered { health: Answer, skill: Option<u16> },
}

/// Asks the health through the public address, then sends an empty skill request. The certificate
/// is judged elsewhere, so that one fault does not hide another.
pub(super) async fn ask(url: &Url, at: SocketAddr, clock: &dyn Clock) -> Reach {
    let work = async {
        let client = client(url, at)?;
        let health = read(client.get(url.join(HEALTH).ok()?)).await?;
        let is_ours = judge_health(&health, None).is_none();
        let skill = match is_ours {
            true => read(client.post(url.join(SKILL).ok()?).body("{}")).await.map(|it| it.status),
            false => None,
        };
        Some(Reach::Answered { health, skill })
    };
    tokio::select! {
        reach = work => reach.unwrap_or(Reach::Broken),
        () = clock.sleep(PATIENCE + PATIENCE) => Reach::Broken,
    }
}

fn client(url: &Url, at: SocketAddr) -> Option<Client> {
    Client::builder()
        .user_agent(concat!("mass-alexa/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .https_only(true)
        .tls_backend_preconfigured(Recorder::new().config(BOTH).ok()?)
        .resolve(url.host_str()?, at)
        .build()
        .ok()
}

async fn read(request: RequestBuilder) -> Option<Answer> {
    let mut response = request.send().await.ok()?;
    let text = |response: &Response, name| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let location = text(&response, LOCATION).and_then(|to| response.url().join(&to).ok());
    let leads_to = location.as_ref().and_then(Url::host_str).map(str::to_owned);
    let is_cloudflare = text(&response, SERVER).is_some_and(|name| name == "cloudflare");
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            break;
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Answer { status, leads_to, is_cloudflare, body })
}

/// Judges what came back.
pub(super) fn judge(reach: &Reach, host: &str, skill_id: Option<&str>, was_heard: bool) -> Step {
    let name = StepName::Reachable;
    let (health, skill) = match reach {
        Reach::Silent(kind) => return silent(*kind, host, was_heard),
        Reach::Broken => {
            return Step::failed(
                name,
                format!("Something takes connections for {host}, but gives no answer to them."),
                FORWARD,
            );
        }
        Reach::Answered { health, skill } => (health, skill),
    };
    if let Some(step) = judge_health(health, Some(skill_id)) {
        return step;
    }
    match skill {
        // Unsigned requests are refused in this way by the gateway itself.
        Some(400) => Step::passed(
            name,
            format!("This gateway, version {VERSION}, answers behind the public address."),
        ),
        _ => Step::failed(
            name,
            format!(
                "The gateway answers behind the public address, but skill requests do not get through to it{}.",
                skill.map_or(String::new(), |status| format!(" (status {status})")),
            ),
            format!("{FORWARD} That is GET, HEAD and POST. {NO_GUARD}"),
        ),
    }
}

fn silent(kind: io::ErrorKind, host: &str, was_heard: bool) -> Step {
    let name = StepName::Reachable;
    let how = match kind {
        io::ErrorKind::ConnectionRefused => "refuses connections",
        io::ErrorKind::TimedOut => "does not answer",
        _ => "cannot be reached",
    };
    if was_heard {
        return Step::warned(
            name,
            format!("{host} {how} from inside your network, yet requests of Amazon arrive."),
            "Nothing, as long as the Echos play: your router does not lead its own public address back in.",
        );
    }
    Step::failed(
        name,
        format!("{host} {how} at port 443."),
        "Lead port 443 of your router to your reverse proxy, or start the tunnel, and let that lead to the gateway's own port. Try the public address from a phone without Wi-Fi too: some routers do not lead it back in from inside, which does no harm.",
    )
}

/// What is wrong with the answer to the question for health. The skill is compared where it is
/// given.
fn judge_health(answer: &Answer, skill_id: Option<Option<&str>>) -> Option<Step> {
    let failed = |sentence: String, next: &str| {
        Some(Step::failed(StepName::Reachable, sentence, next.to_owned()))
    };
    let body = answer.body.to_ascii_lowercase();
    let is_puzzle = ["just a moment", "captcha", "cf-chl", "challenge-platform"];
    if is_puzzle.iter().any(|mark| body.contains(mark)) {
        return failed(
            "A bot protection stands before the gateway and asks for a puzzle.".into(),
            NO_GUARD,
        );
    }
    match answer.status {
        200 => {}
        301..=399 => {
            let to = answer.leads_to.as_deref().unwrap_or("somewhere else");
            return failed(
                format!("The public address does not answer itself but leads on to {to}."),
                "Use the address that answers in the end as the public address. If a sign-in stands before the gateway, let everything below /alexa/ through without it.",
            );
        }
        401 | 407 => {
            return failed("Something before the gateway asks for a password.".into(), NO_GUARD);
        }
        404 => {
            return failed(
                "Something answers at the public address, but knows nothing of the gateway (status 404).".into(),
                FORWARD,
            );
        }
        403 | 429 => {
            return failed(
                format!(
                    "Something before the gateway refuses requests (status {}).",
                    answer.status
                ),
                NO_GUARD,
            );
        }
        status @ (500.. | 421) => {
            let who =
                if answer.is_cloudflare { "Cloudflare" } else { "Your reverse proxy or tunnel" };
            return failed(
                format!(
                    "{who} answers, but does not reach the gateway behind it (status {status})."
                ),
                "See that streaming is switched on, and that the proxy leads to the right machine and to the gateway's own port (8098 unless you changed it), with http:// unless the gateway has a certificate of its own.",
            );
        }
        status => {
            return failed(format!("The public address answers with status {status}."), FORWARD);
        }
    }
    let health: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if health.get("service").and_then(Value::as_str) != Some(SERVICE) {
        return failed(
            "Something else than the gateway answers at the public address.".into(),
            FORWARD,
        );
    }
    let version = health.get("version").and_then(Value::as_str).unwrap_or("unknown");
    if version != VERSION {
        // What somebody else writes is shown no longer than a version is.
        let version: String = version.chars().filter(|c| c.is_ascii_graphic()).take(20).collect();
        return failed(
            format!(
                "Behind the public address answers a gateway of another version: {version}, and this is {VERSION}."
            ),
            "Stop the old one, or lead the public address to this one; then update so that there is one version only.",
        );
    }
    if let Some(wanted) = skill_id
        && health.get("skill").and_then(Value::as_str) != wanted.map(fingerprint).as_deref()
    {
        return failed(
            "Behind the public address answers a gateway for another skill.".into(),
            "Lead the public address to this gateway, and set the same skill id where it is asked for.",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::preflight::step::Verdict;

    const SKILL_ID: &str = "amzn1.ask.skill.1";

    fn health(version: &str) -> Answer {
        let body = format!(
            r#"{{"service":"mass-alexa","version":"{version}","skill":"{}"}}"#,
            fingerprint(SKILL_ID)
        );
        Answer { status: 200, body, ..Answer::default() }
    }

    fn judged(health: Answer, skill: Option<u16>) -> Step {
        judge(&Reach::Answered { health, skill }, "music.example.org", Some(SKILL_ID), false)
    }

    #[test]
    fn s_k4_another_version_behind_the_address_is_named() {
        assert_eq!(judged(health(VERSION), Some(400)).verdict, Verdict::Passed);
        let old = judged(health("0.0.9"), Some(400));
        assert_eq!(old.verdict, Verdict::Failed);
        assert!(old.sentence.contains("0.0.9") && old.sentence.contains(VERSION), "{old:?}");
    }

    #[test]
    fn what_stands_before_the_gateway_is_named() {
        let page = |status, body: &str| Answer { status, body: body.into(), ..Answer::default() };
        let login = Answer { leads_to: Some("sign-in.example.net".into()), ..page(302, "") };
        for (answer, why) in [
            (page(403, "<title>Just a moment...</title>"), "bot protection"),
            (page(403, ""), "refuses"),
            (page(401, ""), "password"),
            (page(404, ""), "404"),
            (page(502, "bad gateway"), "proxy or tunnel"),
            (Answer { is_cloudflare: true, ..page(530, "") }, "Cloudflare"),
            (page(200, "<html>Welcome to nginx"), "Something else"),
            (page(200, r#"{"service":"other"}"#), "Something else"),
            (login, "sign-in.example.net"),
        ] {
            let step = judged(answer, None);
            assert_eq!(step.verdict, Verdict::Failed);
            assert!(step.sentence.contains(why), "{why}: {step:?}");
            assert!(!step.next_step.is_empty());
        }
        assert!(judged(health(VERSION), Some(403)).sentence.contains("403"));
        assert!(judged(health(VERSION), None).sentence.contains("get through"));
        let other = Answer {
            body: health(VERSION).body.replace(&fingerprint(SKILL_ID), "00000000"),
            status: 200,
            ..Answer::default()
        };
        assert!(judged(other, Some(400)).sentence.contains("another skill"));
    }

    #[test]
    fn a_router_that_does_not_lead_back_in_is_a_warning_once_amazon_was_heard() {
        let reach = Reach::Silent(io::ErrorKind::TimedOut);
        assert_eq!(judge(&reach, "music.example.org", None, false).verdict, Verdict::Failed);
        assert_eq!(judge(&reach, "music.example.org", None, true).verdict, Verdict::Warned);
    }
}
