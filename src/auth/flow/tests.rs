use super::*;
use crate::auth::question::QuestionKind;
use crate::site::is_amazon_host;
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
fn a_code_for_an_approval_goes_where_a_script_would_put_it() {
    let mut flow = flow(None);
    let body = r#"<form id="verification-code-form" action="/ap/cvf/approval/verifyOtp">
        <input id="input-box-otp"><input type="hidden" name="otpCode"></form><form id="pollingForm"></form>"#;
    let Step::Ask(question, _) = feed(&mut flow, body).unwrap() else { panic!() };
    assert_eq!(question.kind, QuestionKind::Code);
    let fields = sent(flow.step(Input::Answer("123 456".into()), 59));
    assert_eq!(fields, [pair("otpCode", "123456")]);
}

#[test]
fn asks_for_a_code_when_there_is_no_seed() {
    let mut flow = flow(None);
    let Step::Ask(question, _) = feed(&mut flow, CODE).unwrap() else { panic!() };
    assert_eq!(question.kind, QuestionKind::Code);
    let Step::Ask(again, _) = flow.step(Input::Answer("12345".into()), 59).unwrap() else {
        panic!()
    };
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

const CAPTCHA: &str = r#"<form name="signIn" action="/ap/signin"><img id="auth-captcha-image" src="/c.png"><input name="guess"><input name="password"></form>"#;
const CVF_CAPTCHA: &str = r#"<form action="verify"><input type="hidden" name="cvf_captcha_captcha_action" value="verifyCaptcha"><img alt="captcha" src="/c.png"><input name="cvf_captcha_input"></form>"#;
const CHOICE: &str = r#"<form id="auth-select-device-form" action="/ap/mfa/new-otp"><label><input type="radio" name="otpDeviceContext" value="s">SMS</label><div class="auth-TOTP"><label><input type="radio" name="otpDeviceContext" value="t">App</label></div></form>"#;
const CLAIMS: &str = r#"<form name="claimspicker" action="/ap/cvf/verify"><label><input type="radio" name="option" value="email"><span>Mail</span></label><label><input type="radio" name="option" value="sms"><span>Message</span></label></form>"#;
const MAILED: &str = r#"<div id="cvf-page-content"><form action="verify"><input type="hidden" name="action" value="code"><input name="code"></form></div>"#;
const OFFER: &str = r#"<div id="cvf-page-content"><form action="verify"><input type="hidden" name="send" value="1"></form></div>"#;
const APPROVAL: &str = r#"<span class="transaction-approval-word-break">Approve on:</span><div id="channelDetails">phone</div><form id="pollingForm" action="/ap/cvf/approval/poll"><input type="hidden" name="arb" value="7"><input type="hidden" name="openid.return_to" value="https://www.amazon.com/ap/cvf/approval?arb=7"></form>"#;
const REGISTRATION: &str = r#"<form id="ap_register_form"><input name="customerName"></form><a href="/ap/signin?x=2">Sign in</a>"#;
const CHECK: &str = r#"<form id="cvf-aamation-challenge-form"></form>"#;
const FAILED: &str = r#"<a id="ap_error_return_home">Home</a>"#;

fn state(word: &str) -> String {
    format!(
        r#"<div id="updatedChannelDetails"><input type="hidden" id="transactionApprovalStatus" value="{word}"></div>"#
    )
}

fn asked(step: Result<Step>) -> Question {
    let Step::Ask(question, _) = step.unwrap() else { panic!("no question") };
    question
}

fn answer(flow: &mut Flow, text: &str) -> Result<Step> {
    flow.step(Input::Answer(text.into()), 45)
}

#[test]
fn letters_are_asked_with_the_picture_and_sent_with_what_the_form_wants() {
    let mut flow = flow(None);
    let Step::Ask(question, picture) = feed(&mut flow, CAPTCHA).unwrap() else { panic!() };
    assert_eq!(question.kind, QuestionKind::Captcha);
    assert_eq!(picture.unwrap().as_str(), "https://www.amazon.com/c.png");
    assert_eq!(asked(answer(&mut flow, "  ")).kind, QuestionKind::Captcha);
    let fields = sent(answer(&mut flow, "k7mwp3"));
    assert_eq!(fields, [pair("guess", "k7mwp3"), pair("password", "pass word")]);
    let error = feed(&mut flow, CAPTCHA).unwrap_err();
    assert_eq!(error.code(), code::CAPTCHA);
    asked(feed(&mut flow, CVF_CAPTCHA));
    let fields = sent(answer(&mut flow, "abc"));
    assert_eq!(
        fields,
        [pair("cvf_captcha_captcha_action", "verifyCaptcha"), pair("cvf_captcha_input", "abc")]
    );
}

#[test]
fn the_authenticator_is_preferred_and_the_second_time_a_person_decides() {
    let mut flow = flow(Some(SEED));
    assert_eq!(sent(feed(&mut flow, CHOICE)), [pair("otpDeviceContext", "t")]);
    let question = asked(feed(&mut flow, CHOICE));
    assert_eq!(question.choices.len(), 2);
    assert_eq!(asked(answer(&mut flow, "9")).kind, QuestionKind::Choice);
    assert_eq!(sent(answer(&mut flow, "1")), [pair("otpDeviceContext", "s")]);
}

#[test]
fn a_code_by_mail_is_chosen_asked_and_asked_again() {
    let mut flow = flow(None);
    assert_eq!(asked(feed(&mut flow, CLAIMS)).choices[1].label, "Message");
    assert_eq!(sent(answer(&mut flow, "sms")), [pair("option", "sms")]);
    assert_eq!(sent(feed(&mut flow, OFFER)), [pair("send", "1")]);
    assert_eq!(asked(feed(&mut flow, MAILED)).kind, QuestionKind::Code);
    assert_eq!(asked(answer(&mut flow, "x")).kind, QuestionKind::Code);
    assert_eq!(
        sent(answer(&mut flow, "418 273")),
        [pair("action", "code"), pair("code", "418273")]
    );
    assert!(asked(feed(&mut flow, &format!("{BOX}{MAILED}"))).prompt.starts_with("no."));
    for _ in 0..2 {
        sent(answer(&mut flow, "1234"));
        let _ = feed(&mut flow, &format!("{BOX}{MAILED}"));
    }
    let error = feed(&mut flow, &format!("{BOX}{MAILED}")).unwrap_err();
    assert_eq!(error.code(), code::WRONG_CODE);
}

#[test]
fn a_mistyped_code_is_asked_again() {
    let mut flow = flow(None);
    asked(feed(&mut flow, CODE));
    sent(answer(&mut flow, "111111"));
    let question = asked(feed(&mut flow, &format!("{BOX}{CODE}")));
    assert_eq!(question.prompt, "no. Type a new one.");
    sent(answer(&mut flow, "222222"));
    asked(feed(&mut flow, &format!("{BOX}{CODE}")));
    sent(answer(&mut flow, "333333"));
    let error = feed(&mut flow, &format!("{BOX}{CODE}")).unwrap_err();
    assert_eq!(error.code(), code::WRONG_CODE);
}

fn poll(step: Result<Step>) -> Poll {
    let Step::Poll(poll) = step.unwrap() else { panic!("no poll") };
    poll
}

#[test]
fn an_approval_is_polled_until_it_is_given() {
    let mut flow = flow(None);
    let first = poll(feed(&mut flow, APPROVAL));
    assert!(first.url.as_str().starts_with("https://www.amazon.com/ap/cvf/approval/poll?arb=7&"));
    assert!(first.text.contains("Approve on: phone"));
    assert_eq!(first.until, 45 + 300);
    for _ in 0..50 {
        poll(feed(&mut flow, &state("TransactionPending")));
    }
    let Step::Visit(url) = feed(&mut flow, &state("TransactionCompleted")).unwrap() else {
        panic!()
    };
    assert_eq!(url.as_str(), "https://www.amazon.com/ap/cvf/approval?arb=7");
}

#[test]
fn an_approval_page_that_comes_anew_is_asked_at_its_own_address() {
    let mut flow = flow(None);
    let first = poll(feed(&mut flow, APPROVAL));
    let anew = APPROVAL.replace("value=\"7\"", "value=\"8\"")
        + r#"<input type="hidden" id="transactionApprovalStatus" value="">"#;
    let page = Input::Page { url: &url(), body: &anew };
    let second = poll(flow.step(page, 100));
    assert!(second.url.query().unwrap().starts_with("arb=8&"), "{}", second.url);
    assert_eq!(second.until, first.until);
}

#[test]
fn without_the_code_the_approval_is_waited_for() {
    let body = r#"<form id="verification-code-form" action="/ap/cvf/approval/verifyOtp">
        <input type="hidden" name="otpCode"></form>"#;
    let mut flow = flow(None);
    let question = asked(feed(&mut flow, &format!("{APPROVAL}{body}")));
    assert!(question.prompt.contains("Approve on: phone Type the code"), "{}", question.prompt);
    assert_eq!(asked(answer(&mut flow, "?")).kind, QuestionKind::Code);
    poll(answer(&mut flow, " "));
    poll(feed(&mut flow, &state("TransactionPending")));
}

#[test]
fn a_code_is_ordered_twice_at_most() {
    let mut flow = flow(None);
    sent(feed(&mut flow, OFFER));
    sent(feed(&mut flow, OFFER));
    assert!(feed(&mut flow, OFFER).is_err());
}

#[test]
fn an_approval_that_does_not_come_ends_the_attempt() {
    for (words, unix) in [("TransactionDenied", 46), ("TransactionPending", 345)] {
        let mut flow = flow(None);
        poll(feed(&mut flow, APPROVAL));
        let body = state(words);
        let error = flow.step(Input::Page { url: &url(), body: &body }, unix).unwrap_err();
        assert_eq!(error.code(), code::APPROVAL, "{words}");
    }
}

#[test]
fn an_approval_never_leads_away_from_amazon() {
    let page = APPROVAL.replace("https://www.amazon.com/ap/cvf", "https://evil.example/ap");
    let mut flow = flow(None);
    poll(feed(&mut flow, &page));
    let error = feed(&mut flow, &state("TransactionCompleted")).unwrap_err();
    assert_eq!(error.code(), code::FOREIGN_HOST);
}

#[test]
fn the_offer_of_a_new_account_is_left_by_its_link() {
    let mut flow = flow(None);
    let Step::Visit(url) = feed(&mut flow, REGISTRATION).unwrap() else { panic!() };
    assert_eq!(url.as_str(), "https://www.amazon.com/ap/signin?x=2");
    sent(feed(&mut flow, EMAIL));
    assert_eq!(feed(&mut flow, REGISTRATION).unwrap_err().code(), code::UNKNOWN_EMAIL);
}

#[test]
fn another_entrance_is_tried_once_and_never_after_the_password() {
    for (page, why) in [(CHECK, Restart::BrowserCheck), (FAILED, Restart::ErrorPage)] {
        let mut flow = flow(None);
        let Step::Restart(found, _) = feed(&mut flow, page).unwrap() else { panic!() };
        assert_eq!(found, why);
        flow.restart();
        assert!(feed(&mut flow, page).is_err());
    }
    let mut flow = flow(None);
    sent(feed(&mut flow, PASSWORD));
    assert_eq!(feed(&mut flow, CHECK).unwrap_err().code(), code::BROWSER_CHECK);
}

fn any_page() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(vec![
            EMAIL,
            PASSWORD,
            COMBINED,
            CODE,
            BOX,
            CAPTCHA,
            CVF_CAPTCHA,
            CHOICE,
            CLAIMS,
            MAILED,
            OFFER,
            APPROVAL,
            REGISTRATION,
            CHECK,
            FAILED,
            "<p>x</p>",
        ])
        .prop_map(str::to_owned),
        proptest::sample::select(vec![EMAIL, COMBINED, CODE, CAPTCHA, APPROVAL, REGISTRATION])
            .prop_map(|page| page.replace("/ap/", "https://evil.example/")),
        "[A-Za-z]{0,12}".prop_map(|word| state(&word)),
        Just(state("TransactionCompleted")),
    ];
    proptest::collection::vec(part, 0..3).prop_map(|parts| parts.concat())
}

fn is_amazon(url: &Url) -> bool {
    url.scheme() == "https" && is_amazon_host(url.host_str().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_sequence_sends_the_password_at_most_once_and_only_to_amazon(
        pages in proptest::collection::vec((any_page(), "[0-9a-z]{0,6}"), 0..40)
    ) {
        let mut flow = flow(Some(SEED));
        let mut passwords = 0;
        let mut now = 45;
        for (body, text) in pages {
            let Ok(mut step) = flow.step(Input::Page { url: &url(), body: &body }, now) else { break };
            for _ in 0..3 {
                match step {
                    Step::Submit(submission) => {
                        prop_assert!(is_amazon(&submission.url));
                        passwords +=
                            submission.fields.iter().filter(|(_, v)| v.expose() == "pass word").count();
                        break;
                    }
                    Step::Visit(url) => { prop_assert!(is_amazon(&url)); break; }
                    Step::Poll(poll) => { prop_assert!(is_amazon(&poll.url)); break; }
                    Step::Restart(..) => { flow.restart(); break; }
                    Step::Done(_) => break,
                    Step::Wait(wait) => {
                        now += wait.as_secs();
                        let Ok(next) = flow.step(Input::Waited, now) else { break };
                        step = next;
                    }
                    Step::Ask(..) => {
                        let Ok(next) = flow.step(Input::Answer(text.as_str().into()), now) else { break };
                        step = next;
                    }
                }
            }
        }
        prop_assert!(passwords <= 1);
    }
}
