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
fn inputs_for_password_managers_are_not_fields() {
    let hints =
        [r#"class="a-input-text hide""#, "class=aok-hidden", "hidden", r#"style="display: none""#];
    for hint in hints {
        let body = form(&format!(
            r#"<input type="email" name="email" id="ap_email">
               <input type="password" name="password" id="ap-credential-autofill-hint" {hint}>"#
        ));
        let Page::Email(form) = page(&body).page else { panic!("{hint}") };
        assert!(!form.has("password") && form.hidden("password").is_none());
    }
    let body = form(
        r#"<input type="hidden" name="email" value="me@x">
           <input type="text" name="email" value="me@x" id="ap-credential-autofill-hint" class="hide">
           <input type="password" name="password" id="ap_password">"#,
    );
    let Page::Password(form) = page(&body).page else { panic!() };
    assert_eq!(form.hidden("email"), Some("me@x"));
}

#[test]
fn finds_the_form_that_takes_something_among_those_of_one_name() {
    let password = r#"<input type="password" name="password">"#;
    let passkey = r#"<form name="signIn"><input type="hidden" name="webAuthnX"></form>"#;
    let Page::Password(found) = page(&format!("{passkey}{}", form(password))).page else {
        panic!()
    };
    assert!(found.hidden("appActionToken").is_some());
    let other =
        r#"<form><input name="email"></form><form><input type="hidden" name="password"></form>"#;
    assert!(matches!(page(&format!("{other}<form>{password}</form>")).page, Page::Password(_)));
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
fn names_every_page() {
    for (body, expected) in [
        (form(r#"<img id="auth-captcha-image" src="x"><input name="guess">"#), "captcha"),
        (
            r#"<form action="verify"><img alt="captcha"><input name="cvf_captcha_input"></form>"#
                .into(),
            "captcha",
        ),
        (r#"<form id="cvf-aamation-challenge-form"></form>"#.into(), "browser check"),
        (r#"<form id="auth-select-device-form"></form>"#.into(), "device choice"),
        (r#"<form name="claimspicker"></form>"#.into(), "claims picker"),
        (r#"<form action="verify"><input name="code"></form>"#.into(), "verification code"),
        (
            r#"<div id="cvf-page-content"><form action="verify"><input type="hidden" name="a"></form></div>"#.into(),
            "offer of a code",
        ),
        (r#"<form id="pollingForm"></form>"#.into(), "approval"),
        (r#"<div id="updatedChannelDetails"></div>"#.into(), "state of the approval"),
        (r#"<form name="forgotPassword"></form>"#.into(), "locked"),
        (r#"<form id="ap_register_form"><input name="email"></form>"#.into(), "new account"),
        (
            form(r#"<div id="passkey-error-alert"></div><input name="email" type="hidden">"#),
            "passkey",
        ),
        (r#"<a id="ap_error_return_home">x</a>"#.into(), "error"),
        ("<h1>Hello</h1>".into(), "unknown"),
        (String::new(), "unknown"),
    ] {
        assert_eq!(page(&body).page.name(), expected, "{body}");
    }
}

#[test]
fn a_captcha_comes_with_its_picture_and_field() {
    let body = form(
        r#"<img alt="Visual CAPTCHA image, continue" src="/captcha/x.jpg"><input name="password"><input name="guess">"#,
    );
    let Page::Captcha(captcha) = page(&body).page else { panic!() };
    assert_eq!(captcha.picture.unwrap().as_str(), "https://www.amazon.com/captcha/x.jpg");
    assert_eq!(captcha.field, "guess");
    assert!(captcha.form.has("password"));
}

#[test]
fn choices_have_labels_and_the_app_is_known() {
    let radio = |kind: &str, value: &str| {
        format!(
            r#"<div class="a-radio auth-{kind}"><label><input type="radio" name="otpDeviceContext" value="{value}"><span> Use
            {kind} </span></label></div>"#
        )
    };
    let body = format!(
        r#"<form id="auth-select-device-form" action="/ap/mfa/new-otp">{}{}<input type="radio" name="otpDeviceContext" value="bare"></form>"#,
        radio("SMS", "a"),
        radio("TOTP", "b")
    );
    let Page::DeviceChoice(choices) = page(&body).page else { panic!() };
    let labels: Vec<_> = choices.options.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["Use SMS", "Use TOTP", "bare"]);
    assert_eq!(choices.authenticator.as_deref(), Some("b"));
}

#[test]
fn an_approval_says_where_to_approve() {
    let body = r#"<span class="transaction-approval-word-break">Approve it on:</span>
        <div id="channelDetails">Ann's phone</div>
        <form id="pollingForm" action="/ap/cvf/approval/poll"><input type="hidden" name="arb" value="1"></form>"#;
    let Page::Approval(approval) = page(body).page else { panic!() };
    assert_eq!(approval.text, "Approve it on: Ann's phone");
    assert_eq!(approval.form.unwrap().hidden("arb"), Some("1"));
    let state = r#"<div id="updatedChannelDetails"><input type="hidden" id="transactionApprovalStatus" value="TransactionPending"></div>"#;
    assert_eq!(page(state).page, Page::ApprovalState("TransactionPending".to_owned()));
}

#[test]
fn reads_the_message_whatever_its_inside() {
    let boxed =
        |inner: &str| page(&format!(r#"<div id="auth-error-message-box">{inner}</div>"#)).notice;
    let full =
        boxed("<h4>There was a problem</h4><ul><li><span>Wrong \n password</span></li></ul>")
            .unwrap();
    assert_eq!(full, "Wrong password");
    assert_eq!(boxed("<h4>There was a problem</h4>").unwrap(), "There was a problem");
    assert_eq!(boxed("<ul><li>bare</li></ul>").unwrap(), "bare");
    assert_eq!(boxed("  "), None);
    let warning = page(r#"<div id="auth-warning-message-box">Careful</div>"#).notice.unwrap();
    assert_eq!(warning, "Careful");
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

#[test]
fn a_box_that_is_out_of_sight_says_nothing() {
    let hidden = [
        r#"<div id="auth-error-message-box" class="a-box aok-hidden"><h4>Oh</h4>no</div>"#,
        r#"<div class="aok-hidden"><div id="auth-error-message-box">no</div></div>"#,
        r#"<div id="auth-error-message-box" style="DISPLAY : none">no</div>"#,
        r#"<div id="auth-error-message-box" aria-live="polite"></div>"#,
    ];
    for hidden in hidden {
        assert_eq!(page(hidden).notice, None, "{hidden}");
        let seen = r#"<div id="auth-warning-message-box">seen</div>"#;
        assert_eq!(page(&format!("{hidden}{seen}")).notice.as_deref(), Some("seen"));
    }
}

#[test]
fn a_check_by_script_in_front_of_every_page_is_named() {
    let checks = [
        "<body><div id='challenge-container'></div><noscript>Enable it</noscript>",
        "<head><script src='https://1c5c.a481e94e.us-east-2.token.awswaf.com/1c/d6/challenge.js'></script>",
    ];
    for check in checks {
        assert_eq!(page(check).page, Page::BrowserCheck, "{check}");
    }
}

#[test]
fn an_address_without_an_account_is_offered_a_new_one() {
    let body = r#"<form id="intent-confirmation-form" action="/ap/register"><input type="hidden" name="claim" value="x"></form>"#;
    assert_eq!(page(body).page, Page::CreateAccount(None));
}

#[test]
fn an_approval_page_can_take_a_code() {
    let body = r#"<span class="transaction-approval-word-break">Enter verification code</span>
        <form id="verification-code-form" method="post" action="/ap/cvf/approval/verifyOtp">
        <input type="tel" id="input-box-otp"><input type="hidden" name="otpCode" id="otpCode">
        <input type="hidden" name="arb" value="1"></form><form id="resend-approval-form"></form>
        <form id="pollingForm" method="get" action="/ap/cvf/approval/poll"></form>"#;
    let Page::Approval(Approval { by_code: Some(form), .. }) = page(body).page else { panic!() };
    assert!(form.has("otpCode") && form.hidden("otpCode").is_none());
    assert_eq!(form.hidden, [("arb".to_owned(), "1".to_owned())]);
    assert_eq!(form.action.unwrap().path(), "/ap/cvf/approval/verifyOtp");
}
