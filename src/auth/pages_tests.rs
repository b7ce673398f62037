use super::*;
use proptest::prelude::*;

fn page(body: &str) -> Reading {
    read(body, &Url::parse("https://www.amazon.com/ap/signin/123?x=1").unwrap())
}

fn form(inner: &str) -> String {
    format!(
        r#"<form name="signIn" method="post" action="/ap/signin"><input type="hidden" name="appActionToken" value="t/+&amp;="/>
           <input type='HIDDEN' name='empty'>{inner}<input type="submit" name="go"></form>"#
    )
}

#[test]
fn tells_the_three_sign_in_forms_apart() {
    let email = r#"<input type="email" name="email" id="ap_email">"#;
    let password = r#"<input type="password" name="password">"#;
    assert!(matches!(page(&form(email)).page, Page::Email(_)));
    assert!(matches!(page(&form(password)).page, Page::Password(_)));
    assert!(matches!(page(&form(&format!("{email}{password}"))).page, Page::Combined(_)));
}

#[test]
fn a_hidden_email_on_the_password_page_is_not_a_field() {
    let body = form(
        r#"<input type="hidden" name="email" value="me@x"><input type="password" name="password">"#,
    );
    let Page::Password(form) = page(&body).page else { panic!() };
    assert!(!form.has("email"));
    assert!(form.hidden.contains(&("email".to_owned(), "me@x".to_owned())));
}

#[test]
fn an_email_page_that_also_offers_passkeys_is_an_email_page() {
    let body = form(
        r#"<input type="hidden" name="webAuthnGetParametersForAutofill"><input name="email">"#,
    );
    assert!(matches!(page(&body).page, Page::Email(_)));
}

#[test]
fn keeps_hidden_inputs_as_they_are_and_resolves_the_action() {
    let Page::Email(form) = page(&form(r#"<input name="email">"#)).page else { panic!() };
    let hidden =
        [("appActionToken", "t/+&="), ("empty", "")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(form.hidden, hidden);
    assert_eq!(form.action.unwrap().as_str(), "https://www.amazon.com/ap/signin");
    assert!(form.fields.contains("go"));
}

#[test]
fn finds_the_code_form_by_its_input() {
    let body = r#"<form id="auth-mfa-form" action="https://www.amazon.com/ap/mfa"><input id="auth-mfa-otpcode" name="otpCode" type="tel"></form>"#;
    let Page::OneTimeCode(form) = page(body).page else { panic!() };
    assert_eq!(form.action.unwrap().path(), "/ap/mfa");
}

#[test]
fn names_the_pages_it_cannot_pass() {
    for (body, expected) in [
        (form(r#"<img id="auth-captcha-image" src="x"><input name="password">"#), Page::Captcha),
        (
            r#"<form action="verify"><img alt="captcha"><input name="cvf_captcha_input"></form>"#
                .into(),
            Page::Captcha,
        ),
        (r#"<form id="cvf-aamation-challenge-form"></form>"#.into(), Page::BrowserCheck),
        (r#"<form id="auth-select-device-form"></form>"#.into(), Page::DeviceChoice),
        (r#"<form name="claimspicker"></form>"#.into(), Page::ClaimsPicker),
        (r#"<form action="verify"><input name="code"></form>"#.into(), Page::VerificationCode),
        (r#"<form id="pollingForm"></form>"#.into(), Page::Approval),
        (r#"<form name="forgotPassword"></form>"#.into(), Page::Locked),
        (
            form(r#"<div id="passkey-error-alert"></div><input name="email" type="hidden">"#),
            Page::Passkey,
        ),
        (r#"<a id="ap_error_return_home">x</a>"#.into(), Page::Failed),
        ("<h1>Hello</h1>".into(), Page::Unknown),
        (String::new(), Page::Unknown),
    ] {
        assert_eq!(page(&body).page, expected, "{body}");
    }
}

#[test]
fn reads_the_message_whatever_its_inside() {
    let boxed =
        |inner: &str| page(&format!(r#"<div id="auth-error-message-box">{inner}</div>"#)).notice;
    let full =
        boxed("<h4>There was a problem</h4><ul><li><span>Wrong \n password</span></li></ul>")
            .unwrap();
    assert_eq!(full.text, "Wrong password");
    assert_eq!(boxed("<h4>There was a problem</h4>").unwrap().text, "There was a problem");
    assert_eq!(boxed("<ul><li>bare</li></ul>").unwrap().text, "bare");
    assert_eq!(boxed("  "), None);
    let warning = page(r#"<div id="auth-warning-message-box">Careful</div>"#).notice.unwrap();
    assert!(warning.warning);
}

#[test]
fn an_unknown_page_can_be_named() {
    let reading =
        page("<title> Odd  page </title><form name=a></form><form id=b></form><form></form>");
    assert_eq!(
        (reading.title.as_str(), reading.forms),
        ("Odd page", vec!["a".into(), "b".into(), "unnamed".into()])
    );
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}", tags in "(<form|<input name=|>|\"|'|email|</form>|otp|id=auth-mfa-otpcode ){0,30}") {
        let _ = page(&text);
        let _ = page(&tags);
    }
}
