//! The sign-in by hand, page by page, right and wrong.

use std::time::Duration;

use crate::support::{self, Page, VERIFIER, World, code_form, world};
use amazon_simulator::NextPage;

async fn at_password(world: &World) -> Page {
    let page = world.open().await;
    assert!(page.has("id=\"ap_email\"") && !page.has("id=\"ap_password\""));
    let page = world.send(&page, &[("email", "Alex@Example.org")]).await;
    assert!(page.has("id=\"ap_password\"") && !page.has("id=\"ap_email\""));
    page
}

async fn at_code(world: &World) -> Page {
    let page = at_password(world).await;
    let password = world.simulator.account().password;
    let page = world.send(&page, &[("password", &password)]).await;
    assert!(page.has("id=\"auth-mfa-form\"") && page.has("id=\"auth-mfa-otpcode\""));
    page
}

#[tokio::test]
async fn every_page_leads_to_the_landing_page_and_its_404() {
    let world = world().await;
    let page = at_code(&world).await;
    let code = world.simulator.code().code;
    let page = world.send(&page, &[("otpCode", &code)]).await;
    assert_eq!(page.status, 302);
    assert!(page.code().starts_with("ANcanary-"));
    let location = page.location.unwrap();
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        let landing = world.client.request(method, &location).send().await.unwrap();
        let landing = Page::of(landing).await;
        assert_eq!(landing.status, 404);
        assert!(landing.has("id=\"ap_error_return_home\""));
    }
    let counters = world.simulator.counters();
    assert_eq!((counters.email_posts, counters.password_posts, counters.otp_posts), (1, 1, 1));
    assert_eq!(counters.sign_ins, 1);
}

#[tokio::test]
async fn wrong_answers_come_back_with_a_box() {
    let world = world().await;
    let page = world.open().await;
    let page = world.send(&page, &[("email", "nobody@example.org")]).await;
    assert!(page.has("auth-error-message-box") && page.has("cannot find an account"));
    let page = world.send(&page, &[("email", "alex@example.org")]).await;
    let page = world.send(&page, &[("password", "wrong")]).await;
    assert!(page.has("auth-error-message-box") && page.has("password is incorrect"));
    let password = world.simulator.account().password;
    let page = world.send(&page, &[("password", &password)]).await;
    let page = world.send(&page, &[("otpCode", "000000")]).await;
    assert!(page.has("auth-error-message-box") && page.has("auth-mfa-form"));
    assert_eq!(world.simulator.counters().otp_posts, 1);
    let code = world.simulator.code().code;
    let page = world.send(&page, &[("otpCode", &code)]).await;
    assert_eq!(page.status, 302);
}

#[tokio::test]
async fn a_one_time_code_signs_in_once() {
    let world = world().await;
    let page = at_code(&world).await;
    let code = world.simulator.code().code;
    assert_eq!(world.send(&page, &[("otpCode", &code)]).await.status, 302);
    let page = at_code(&world).await;
    let again = world.send(&page, &[("otpCode", &code)]).await;
    assert!(again.has("auth-warning-message-box"));
    world.simulator.advance(Duration::from_secs(30));
    let code = world.simulator.code().code;
    assert_eq!(world.send(&page, &[("otpCode", &code)]).await.status, 302);
}

#[tokio::test]
async fn pages_come_without_a_declared_length_and_with_cookies() {
    let world = world().await;
    let client = support::builder(&world.simulator).http1_only().build().unwrap();
    let response = client.get(support::sign_in_url(VERIFIER)).send().await.unwrap();
    assert!(response.headers().get("content-length").is_none());
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    let cookies: Vec<_> =
        response.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    let session_id = cookies.iter().find(|c| c.starts_with("session-id=")).unwrap();
    assert!(session_id.contains("; Domain=.amazon.com; ") && session_id.contains("; Path=/"));
}

#[tokio::test]
async fn a_form_without_its_cookies_or_tokens_is_lost() {
    let world = world().await;
    let page = world.open().await;
    let client = support::builder(&world.simulator).build().unwrap();
    let mut form = page.hidden();
    form.push(("email".to_owned(), "alex@example.org".to_owned()));
    let url = "https://www.amazon.com/ap/signin";
    let lost = Page::of(client.post(url).form(&form).send().await.unwrap()).await;
    assert!(lost.has("ap_error_return_home"));
    let mut bad = page.clone();
    bad.body = bad.body.replace("ape:canary", "ape:other");
    let lost = world.send(&bad, &[("email", "alex@example.org")]).await;
    assert!(lost.has("ap_error_return_home"));
    let changed = world.client.post(url).header("user-agent", "another").form(&form);
    assert!(Page::of(changed.send().await.unwrap()).await.has("ap_error_return_home"));
}

#[tokio::test]
async fn the_combined_page_and_the_account_without_a_second_step() {
    let world = world().await;
    world.simulator.knobs(|k| {
        k.combined_page = true;
        k.otp_required = false;
    });
    let page = world.open().await;
    assert!(page.has("id=\"ap_email\"") && page.has("id=\"ap_password\""));
    let account = world.simulator.account();
    let fields = [("email", account.email.as_str()), ("password", account.password.as_str())];
    assert_eq!(world.send(&page, &fields).await.status, 302);
}

#[tokio::test]
async fn obstacles_appear_once_where_they_are_ordered() {
    let world = world().await;
    let cases = [
        (NextPage::Unknown, "account-fixup"),
        (NextPage::Passkey, "passkey-error-alert"),
        (NextPage::Locked, "name=\"forgotPassword\""),
        (NextPage::Waf, "cvf-aamation-challenge-form"),
        (NextPage::Error, "ap_error_return_home"),
        (NextPage::Approval, "id=\"pollingForm\""),
        (NextPage::DeviceChoice, "auth-select-device-form"),
        (NextPage::ClaimsPicker, "name=\"claimspicker\""),
        (NextPage::Verification, "action=\"verify\""),
        (NextPage::Captcha, "id=\"auth-captcha-image\""),
    ];
    for (next, mark) in cases {
        let page = world.open().await;
        world.simulator.knobs(|k| k.next_page = Some(next));
        let answer = world.send(&page, &[("email", "alex@example.org")]).await;
        assert!(answer.has(mark), "{next:?}");
        let normal = world.open().await;
        let normal = world.send(&normal, &[("email", "alex@example.org")]).await;
        assert!(normal.has("id=\"ap_password\""), "{next:?}");
    }
}

#[tokio::test]
async fn a_captcha_is_solved_with_the_credentials() {
    let world = world().await;
    let page = at_password(&world).await;
    let account = world.simulator.account();
    world.simulator.knobs(|k| k.next_page = Some(NextPage::Captcha));
    let page = world.send(&page, &[("password", &account.password)]).await;
    let fields = [("email", account.email.as_str()), ("password", account.password.as_str())];
    let wrong = world.send(&page, &[fields[0], fields[1], ("guess", "nothing")]).await;
    assert!(wrong.has("auth-captcha-image") && wrong.has("auth-error-message-box"));
    let right = world.send(&page, &[fields[0], fields[1], ("guess", "k7mwp3")]).await;
    assert!(right.has("auth-mfa-form"));
}

#[tokio::test]
async fn an_approval_is_polled_and_then_followed() {
    let world = world().await;
    let page = at_password(&world).await;
    world.simulator.knobs(|k| k.next_page = Some(NextPage::Approval));
    let page = world.send(&page, &[("password", "anything")]).await;
    let fields = page.hidden();
    let poll = async || {
        let url = "https://www.amazon.com/ap/cvf/approval/poll";
        Page::of(world.client.get(url).query(&fields).send().await.unwrap()).await
    };
    assert!(poll().await.has("TransactionPending"));
    world.simulator.knobs(|k| k.approved = true);
    assert!(poll().await.has("TransactionCompleted"));
    let back = &fields.iter().find(|(n, _)| n == "openid.return_to").unwrap().1;
    let done = Page::of(world.client.get(back).send().await.unwrap()).await;
    assert_eq!(done.status, 302);
    assert!(!done.code().is_empty());
}

#[tokio::test]
async fn the_old_way_ends_at_the_web_app() {
    let world = world().await;
    let start = world.client.get("https://alexa.amazon.com/").send().await.unwrap();
    assert_eq!(start.status(), 302);
    let url = start.headers()["location"].to_str().unwrap().to_owned();
    assert!(url.starts_with("https://www.amazon.com/ap/signin?"));
    world.simulator.knobs(|k| k.otp_required = false);
    let page = Page::of(world.client.get(url).send().await.unwrap()).await;
    let page = world.send(&page, &[("email", "alex@example.org")]).await;
    let password = world.simulator.account().password;
    let page = world.send(&page, &[("password", &password)]).await;
    assert_eq!(page.location.as_deref(), Some("https://alexa.amazon.com/spa/index.html"));
    let app = world.client.get(page.location.unwrap()).send().await.unwrap();
    assert_eq!(app.status(), 200);
    assert!(app.headers()["set-cookie"].to_str().unwrap().starts_with("csrf=-"));
}

#[tokio::test]
async fn a_sign_in_never_returns_to_a_strange_host() {
    let world = world().await;
    let url = "https://www.amazon.com/ap/signin?openid.return_to=https://evil.example/";
    assert_eq!(world.client.get(url).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn registering_checks_the_verifier_and_uses_the_code_up() {
    let world = world().await;
    let code = world.sign_in().await;
    let (status, answer) = world.register(code_form(&code, "another-verifier")).await;
    assert_eq!(status, 400);
    assert_eq!(answer["response"]["error"]["code"], "InvalidValue");
    let (status, _) = world.register(code_form(&code, VERIFIER)).await;
    assert_eq!(status, 400, "the failed attempt used the code up");
    assert_eq!(world.simulator.counters().registrations, 0);

    world.simulator.advance(Duration::from_secs(60));
    let code = world.sign_in().await;
    assert_eq!(world.register(code_form(&code, VERIFIER)).await.0, 200);
    assert_eq!(world.register(code_form(&code, VERIFIER)).await.0, 400);

    world.simulator.advance(Duration::from_secs(60));
    let code = world.sign_in().await;
    world.simulator.advance(Duration::from_secs(301));
    assert_eq!(world.register(code_form(&code, VERIFIER)).await.0, 400, "too late");
}

#[tokio::test]
async fn every_secret_is_listed_and_marked() {
    let world = world().await;
    let session = world.session("amazon.de").await;
    let secrets = world.simulator.account().secrets;
    for secret in [&session.refresh_token, &session.access_token] {
        assert!(secret.contains("canary") && secrets.contains(secret));
    }
    assert!(secrets.contains(&session.csrf().unwrap()));
    assert!(secrets.contains(&"C4nary-Passw0rd-9f3b71".to_owned()));
}

#[tokio::test]
async fn the_second_factor_is_chosen() {
    let world = world().await;
    let page = at_password(&world).await;
    world.simulator.knobs(|k| k.next_page = Some(NextPage::DeviceChoice));
    let page = world.send(&page, &[("password", "anything")]).await;
    let post = async |choice: &str| {
        let mut form = page.hidden();
        form.push(("otpDeviceContext".to_owned(), choice.to_owned()));
        let url = "https://www.amazon.com/ap/mfa/new-otp";
        Page::of(world.client.post(url).form(&form).send().await.unwrap()).await
    };
    assert!(post("simulator:SMS").await.has("auth-select-device-form"));
    let page = post("simulator:TOTP").await;
    assert!(page.has("auth-mfa-form"));
    let code = world.simulator.code().code;
    assert_eq!(world.send(&page, &[("otpCode", &code)]).await.status, 302);
}

#[tokio::test]
async fn an_account_without_an_authenticator_gets_a_message() {
    let world = world().await;
    world.simulator.knobs(|k| k.sms_only = true);
    let page = world.after_password().await;
    assert!(page.has("simulator:SMS") && !page.has("TOTP"));
    let choice = [("otpDeviceContext", "simulator:SMS")];
    let page = world.fill(&page, "auth-select-device-form", &choice).await;
    let code = world.simulator.code().code;
    assert!(world.fill(&page, "auth-mfa-form", &[("otpCode", &code)]).await.has("not valid"));
    let page = world.fill(&page, "auth-mfa-form", &[("otpCode", "418273")]).await;
    assert!(!page.code().is_empty());
}

#[tokio::test]
async fn a_mailed_code_is_asked_for_after_the_choice() {
    let world = world().await;
    world.simulator.knobs(|k| k.otp_required = false);
    let page = at_password(&world).await;
    world.simulator.knobs(|k| k.next_page = Some(NextPage::ClaimsPicker));
    let page = world.send(&page, &[("password", "anything")]).await;
    let post = async |page: &Page, path: &str, name: &str, value: &str| {
        let mut form = page.hidden();
        form.push((name.to_owned(), value.to_owned()));
        let url = format!("https://www.amazon.com{path}");
        Page::of(world.client.post(url).form(&form).send().await.unwrap()).await
    };
    let page = post(&page, "/ap/cvf/verify", "option", "email").await;
    assert!(page.has("name=\"code\""));
    let page = post(&page, "/ap/cvf/verify", "code", "000000").await;
    assert!(page.has("auth-error-message-box"));
    assert_eq!(post(&page, "/ap/cvf/verify", "code", "418273").await.status, 302);
}

#[tokio::test]
async fn the_other_entrance_and_another_site_work_alike() {
    let world = world().await;
    world.simulator.knobs(|k| k.otp_required = false);
    let url = "https://www.amazon.co.jp/ap/register?openid.oa2.response_type=code&language=ja_JP\
               &openid.return_to=https%3A%2F%2Fwww.amazon.co.jp%2Fap%2Fmaplanding";
    let mut page = Page::of(world.client.get(url).send().await.unwrap()).await;
    let account = world.simulator.account();
    for (name, value) in [("email", account.email), ("password", account.password)] {
        assert!(page.has("action=\"https://www.amazon.co.jp/ap/signin\""));
        let mut form = page.hidden();
        form.push((name.to_owned(), value));
        let post = world.client.post("https://www.amazon.co.jp/ap/signin").form(&form);
        page = Page::of(post.send().await.unwrap()).await;
    }
    assert!(
        page.location.as_deref().unwrap().starts_with("https://www.amazon.co.jp/ap/maplanding?")
    );
    assert!(page.code().contains("canary"));
    let me = "https://alexa.amazon.co.jp/api/users/me";
    assert_eq!(world.client.get(me).send().await.unwrap().status(), 200, "cookie-only session");
}
