use super::*;
use proptest::prelude::*;

const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const EMAIL: &str = r#"<form name="signIn" action="/ap/signin"><input type="hidden" name="t" value="1"><input name="email"></form>"#;
const PASSWORD: &str = r#"<form name="signIn" action="/ap/signin"><input name="password"></form>"#;
const COMBINED: &str =
    r#"<form name="signIn" action="/ap/signin"><input name="email"><input name="password"></form>"#;
const CODE: &str = r#"<form id="auth-mfa-form" action="/ap/mfa"><input id="auth-mfa-otpcode" name="otpCode"><input type="submit" name="mfaSubmit"></form>"#;
const BOX: &str =
    r#"<div id="auth-error-message-box"><h4>Oh</h4><ul><li><span>no.</span></li></ul></div>"#;

fn flow(one_time: Option<&str>) -> Flow {
    let one_time = one_time.map(|text| OneTime::parse(text).unwrap());
    Flow::new(" me@example.com ".into(), "pass word".into(), one_time).unwrap()
}

fn url() -> Url {
    Url::parse("https://www.amazon.com/ap/signin?x=1").unwrap()
}

fn feed(flow: &mut Flow, body: &str) -> Result<Step> {
    // The middle of a window, so that no step waits for the next code.
    flow.step(Input::Page { url: &url(), body }, 45)
}

fn sent(step: Result<Step>) -> Vec<(String, String)> {
    let Step::Submit(submission) = step.unwrap() else { panic!("no submission") };
    submission.fields.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn walks_through_the_usual_pages() {
    let mut flow = flow(Some(SEED));
    assert_eq!(sent(feed(&mut flow, EMAIL)), [pair("t", "1"), pair("email", "me@example.com")]);
    assert_eq!(sent(feed(&mut flow, PASSWORD)), [pair("password", "pass word")]);
    let code = flow.step(Input::Page { url: &url(), body: CODE }, 1_111_111_111);
    assert_eq!(sent(code), [pair("otpCode", "050471"), pair("mfaSubmit", "Submit")]);
    let Step::Done(code) = flow.step(Input::Landed("AN1".into()), 60).unwrap() else { panic!() };
    assert_eq!(code.expose(), "AN1");
}

#[test]
fn a_combined_page_gets_both() {
    let fields = sent(feed(&mut flow(None), COMBINED));
    assert_eq!(fields, [pair("email", "me@example.com"), pair("password", "pass word")]);
}

#[test]
fn asks_for_a_code_when_there_is_no_seed() {
    let mut flow = flow(None);
    let Step::Ask(question) = feed(&mut flow, CODE).unwrap() else { panic!() };
    assert_eq!(question.kind, QuestionKind::Code);
    let Step::Ask(again) = flow.step(Input::Answer("12345".into()), 59).unwrap() else { panic!() };
    assert!(again.prompt.contains("six digits"));
    let answered = flow.step(Input::Answer("123 456".into()), 59);
    assert_eq!(sent(answered)[0], pair("otpCode", "123456"));
}

#[test]
fn waits_for_the_next_code_when_this_one_is_nearly_over() {
    let mut flow = flow(Some(SEED));
    let page = Input::Page { url: &url(), body: CODE };
    let Step::Wait(wait) = flow.step(page, 58).unwrap() else { panic!("sent too late") };
    assert_eq!(wait, Duration::from_secs(2));
    assert_eq!(sent(flow.step(Input::Waited, 60))[0].1.len(), 6);
}

#[test]
fn translates_what_amazon_refuses() {
    for (pages, expected) in [
        (vec![EMAIL, EMAIL], code::UNKNOWN_EMAIL),
        (vec![EMAIL, PASSWORD, PASSWORD], code::WRONG_PASSWORD),
        (vec![EMAIL, PASSWORD, COMBINED], code::WRONG_PASSWORD),
        (vec![COMBINED, CODE, CODE], code::WRONG_CODE),
    ] {
        let mut flow = flow(Some("123456"));
        let (last, first) = pages.split_last().unwrap();
        for body in first {
            feed(&mut flow, body).unwrap();
        }
        let error = feed(&mut flow, &format!("{BOX}{last}")).unwrap_err();
        assert_eq!(error.code(), expected);
        assert!(error.message().ends_with("\u{201c}no\u{201d}."), "{}", error.message());
    }
}

#[test]
fn a_refused_code_of_the_seed_is_followed_by_the_one_of_the_next_window() {
    let mut flow = flow(Some(SEED));
    let first = sent(feed(&mut flow, CODE));
    let Step::Wait(wait) = feed(&mut flow, CODE).unwrap() else { panic!("gave up") };
    assert_eq!(wait, Duration::from_secs(15));
    let second = sent(flow.step(Input::Waited, 60));
    assert_ne!(first, second);
    let page = Input::Page { url: &url(), body: CODE };
    assert_eq!(flow.step(page, 61).unwrap_err().code(), code::WRONG_CODE);
}

#[test]
fn an_unknown_page_is_named_without_the_session_id() {
    let url =
        Url::parse("https://www.amazon.com/ap/signin/123-4567890-session?arb=secret").unwrap();
    let body = "<title>Surprise</title><form name=odd></form>";
    let error = flow(None).step(Input::Page { url: &url, body }, 59).unwrap_err();
    assert_eq!(error.code(), code::UNKNOWN_PAGE);
    assert!(error.message().contains("\u{201c}Surprise\u{201d}, path /ap/signin, forms: odd"));
    assert!(!error.message().contains("4567890") && !error.message().contains("secret"));
}

#[test]
fn nothing_is_sent_to_a_foreign_form() {
    for action in
        ["https://evil.example/x", "http://www.amazon.com/ap/signin", "https://www.amazon.com:444/"]
    {
        let body = EMAIL.replace("/ap/signin", action);
        assert_eq!(
            feed(&mut flow(None), &body).unwrap_err().code(),
            code::FOREIGN_HOST,
            "{action}"
        );
    }
}

#[test]
fn empty_credentials_are_refused_before_anything_is_sent() {
    assert_eq!(Flow::new(" ".into(), "x".into(), None).unwrap_err().code(), code::BAD_CREDENTIALS);
    assert_eq!(Flow::new("x".into(), "".into(), None).unwrap_err().code(), code::BAD_CREDENTIALS);
}

fn any_page() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(EMAIL),
        Just(PASSWORD),
        Just(COMBINED),
        Just(CODE),
        Just(BOX),
        Just("<p>x</p>"),
        Just(
            r#"<form name="signIn" action="https://evil.example/"><input name="email"><input name="password"></form>"#
        ),
    ];
    proptest::collection::vec(part, 0..3).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_sequence_sends_the_password_at_most_once_and_only_to_amazon(
        pages in proptest::collection::vec(any_page(), 0..30)
    ) {
        let mut flow = flow(Some(SEED));
        let mut passwords = 0;
        for body in pages {
            let Ok(step) = feed(&mut flow, &body) else { break };
            if let Step::Submit(submission) = step {
                prop_assert!(is_amazon_host(submission.url.host_str().unwrap()));
                prop_assert_eq!(submission.url.scheme(), "https");
                passwords += submission.fields.iter().filter(|(name, _)| name == "password").count();
            }
        }
        prop_assert!(passwords <= 1);
    }
}
