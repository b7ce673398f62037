//! Whatever pages come and whatever is answered: the password is submitted once at most, nothing
//! goes to a host that is not Amazon's, nothing secret is printed, and the attempt ends.
//!
//! An input is text: a letter for the second step (`s` seed, `c` code, else none), then parts
//! between lines of `----`. A part is a page, with the address it came from when its first line
//! starts with `@`; or an answer (`?`), the end of a wait (`~`), a landing (`+`).

use mass_alexa::Secret;
use mass_alexa::auth::flow::{Flow, Input, Step, Submission};
use mass_alexa::auth::pages;
use mass_alexa::auth::totp::OneTime;
use url::Url;

use super::hosts::{may_be_sent_to, word_of};

const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SERVED_FROM: &str = "https://www.amazon.com/ap/signin?openid.mode=checkid_setup";
/// Parts that are played of one input; an attempt is over long before.
const MOST_PARTS: usize = 60;
/// Forms that an attempt may send before it counts as a loop.
const MOST_FORMS: usize = 40;
/// Seconds for which an approval may be waited.
const LONGEST_WAIT: u64 = 600;

/// What an input led to; the corpus test makes sure that there is something of everything.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) forms: usize,
    pub(crate) passwords: usize,
    pub(crate) codes: usize,
    pub(crate) questions: usize,
    pub(crate) polls: usize,
    pub(crate) visits: usize,
    pub(crate) restarts: usize,
    pub(crate) landed: bool,
    pub(crate) causes: Vec<&'static str>,
}

struct Secrets {
    email: String,
    password: String,
    word: String,
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let (mode, script) = text.split_once('\n').unwrap_or(("", &text));
    // Fields of a page can never hold these by accident.
    let word = word_of(data);
    let secrets =
        Secrets { email: format!("{word}@example.org"), password: format!("pw {word}"), word };
    let one_time = match mode.as_bytes().first() {
        Some(b's') => OneTime::parse(SEED).ok(),
        Some(b'c') => OneTime::parse("731 905").ok(),
        _ => None,
    };
    let (email, password) = (secrets.email.as_str().into(), secrets.password.as_str().into());
    let mut flow = Flow::new(email, password, one_time).unwrap();
    let mut outcome = Outcome::default();
    let mut over = false;
    let mut unix = 1_700_000_000;
    for part in script.split("\n----\n").take(MOST_PARTS) {
        // Uneven, so that codes meet the beginning, the middle and the end of their window.
        unix += 7;
        let step = feed(&mut flow, part, unix);
        match step {
            // Nobody goes on after an error, but even then the promises hold.
            Err(error) => {
                let said = format!("{error} {error:?} {}", error.next_step());
                assert!(!said.contains(&secrets.word), "an error gives a secret away: {said}");
                if !over {
                    outcome.causes.push(error.code().id());
                }
                over = true;
            }
            Ok(step) => {
                let shown = format!("{step:?}");
                assert!(!shown.contains(&secrets.word), "a step gives a secret away: {shown}");
                if matches!(step, Step::Restart(..)) {
                    flow.restart();
                }
                judge(step, &secrets, &mut outcome, unix, over);
            }
        }
    }
    assert!(outcome.passwords <= 1, "the password was submitted {} times", outcome.passwords);
    outcome
}

fn feed(flow: &mut Flow, part: &str, unix: u64) -> mass_alexa::Result<Step> {
    if let Some(answer) = part.strip_prefix('?') {
        return flow.step(Input::Answer(Secret::new(answer.trim_end())), unix);
    }
    if part.starts_with('~') {
        return flow.step(Input::Waited, unix);
    }
    if let Some(code) = part.strip_prefix('+') {
        return flow.step(Input::Landed(Secret::new(code)), unix);
    }
    let served = |text: &str| Url::parse(text).ok().filter(may_be_sent_to);
    let (address, body) = match part.strip_prefix('@').and_then(|rest| rest.split_once('\n')) {
        // Pages are only ever fetched from Amazon.
        Some((address, body)) => (served(address), body),
        None => (None, part),
    };
    let url = address.or_else(|| served(SERVED_FROM)).unwrap();
    check_reading(body, &url);
    flow.step(Input::Page { url: &url, body }, unix)
}

/// What is read of a page stays small enough to be shown.
fn check_reading(body: &str, url: &Url) {
    let reading = pages::read(body, url);
    assert!(reading.title.chars().count() <= 80);
    assert!(reading.forms.len() <= 5);
    assert!(reading.forms.iter().all(|name| name.chars().count() <= 40));
    assert!(reading.notice.is_none_or(|notice| notice.chars().count() <= 300));
}

fn judge(step: Step, secrets: &Secrets, outcome: &mut Outcome, unix: u64, over: bool) {
    match step {
        Step::Submit(form) => {
            check_form(&form, secrets);
            let holds = |value: &str| form.fields.iter().any(|(_, v)| v.expose().contains(value));
            outcome.passwords += usize::from(holds(&secrets.password));
            outcome.codes += usize::from(form.fields.iter().any(|(name, _)| name == "otpCode"));
            if !over {
                outcome.forms += 1;
                assert!(outcome.forms <= MOST_FORMS, "the sign-in goes round in circles");
            }
        }
        Step::Ask(question, picture) => {
            assert!(!question.prompt.is_empty() && !question.prompt.contains(&secrets.word));
            // The picture may lie anywhere: it is fetched by what refuses foreign hosts.
            assert!(picture.is_none_or(|url| !url.as_str().contains(&secrets.word)));
            outcome.questions += 1;
        }
        Step::Visit(url) => {
            check_address(&url, secrets);
            outcome.visits += 1;
        }
        Step::Poll(poll) => {
            check_address(&poll.url, secrets);
            assert!(!poll.text.contains(&secrets.word));
            assert!(poll.until > unix && poll.until - unix <= LONGEST_WAIT, "{}", poll.until);
            assert!(poll.pause.as_secs() >= 1, "asks without a pause");
            outcome.polls += 1;
        }
        Step::Restart(_, error) => {
            assert!(!format!("{error:?}").contains(&secrets.word));
            outcome.restarts += 1;
            assert!(outcome.restarts <= 1, "starts over again and again");
        }
        Step::Done(_) => outcome.landed = true,
        Step::Wait(wait) => assert!(wait.as_secs() <= 30, "{wait:?}"),
    }
}

fn check_address(url: &Url, secrets: &Secrets) {
    assert!(may_be_sent_to(url), "leads to {url}");
    assert!(!url.as_str().contains(&secrets.word), "a secret in {url}");
}

fn check_form(form: &Submission, secrets: &Secrets) {
    check_address(&form.url, secrets);
    check_address(&form.referer, secrets);
    for (name, value) in &form.fields {
        let value = value.expose();
        assert!(name == "password" || !value.contains(&secrets.password), "password in {name}");
        assert!(name == "email" || !value.contains(&secrets.email), "e-mail address in {name}");
    }
}
