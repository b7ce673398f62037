//! Sign-ins with further pages: ordered lists of them, approvals, passkeys, sentences.

use std::time::Duration;

use crate::support::{self, Page, VERIFIER, World, world};
use amazon_simulator::{ApprovalRefusal, NextPage, ProblemBox};

const EMAIL: (&str, &str) = ("email", "alex@example.org");

async fn password(world: &World, page: &Page) -> Page {
    let password = world.simulator.account().password;
    world.fill(page, "signIn", &[("password", &password)]).await
}

async fn code(world: &World, page: &Page) -> Page {
    world.simulator.advance(Duration::from_secs(60));
    world.fill(page, "auth-mfa-form", &[("otpCode", &world.simulator.code().code)]).await
}

#[tokio::test]
async fn ordered_pages_come_once_each_and_in_order() {
    let world = world().await;
    world.simulator.knobs(|k| {
        k.pages_after_email = vec![NextPage::CvfCaptcha, NextPage::CreateAccount];
        k.pages_after_password =
            vec![NextPage::SecondPassword, NextPage::Unknown, NextPage::Code, NextPage::Hop];
    });
    let page = world.fill(&world.open().await, "signIn", &[EMAIL]).await;
    assert_eq!(page.url.path(), "/ap/cvf/request");
    assert!(page.has("alt=\"captcha\"") && page.has("name=\"cvf_captcha_captcha_action\""));
    let wrong = world.fill(&page, "verify", &[("cvf_captcha_input", "x")]).await;
    assert!(wrong.has("alt=\"captcha\"") && wrong.has("auth-error-message-box"));
    let page = world.fill(&page, "verify", &[("cvf_captcha_input", "k7mwp3")]).await;
    assert!(page.has("name=\"register\""));
    let page = already_a_customer(&world, &page).await;
    let page = world.fill(&page, "signIn", &[EMAIL]).await;
    let page = password(&world, &page).await;
    assert!(page.has("id=\"ap_password\"") && !page.has("auth-error-message-box"));
    let page = password(&world, &page).await;
    assert!(page.has("id=\"account-fixup\""));
    let page = world.fill(&page, "account-fixup", &[]).await;
    let page = code(&world, &page).await;
    assert_eq!(page.url.host_str(), Some("www.amazon.de"));
    let wrong = world.fill(&page, "verify", &[("code", "000000")]).await;
    assert!(wrong.has("auth-error-message-box"));
    let page = world.fill(&page, "verify", &[("code", "418273")]).await;
    assert_eq!(page.url.host_str(), Some("www.amazon.com"));
    assert!(page.code().starts_with("ANcanary-"));
    let counters = world.simulator.counters();
    assert_eq!((counters.email_posts, counters.password_posts), (2, 2));
    assert_eq!(counters.create_account_posts, 0);

    let page = code(&world, &world.after_password().await).await;
    assert!(!page.code().is_empty(), "the lists are used up");
}

async fn already_a_customer(world: &World, page: &Page) -> Page {
    let (_, link) = page.body.split_once("id=\"ab-signin-ingress-link\"").unwrap();
    let link = link.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
    let page = world.get(&link.replace("&amp;", "&")).await;
    assert!(page.has("id=\"ap_email\"") && !page.has("customerName"));
    page
}

#[tokio::test]
async fn the_form_for_a_new_account_can_come_first() {
    let world = world().await;
    world.simulator.knobs(|k| k.create_account_first = true);
    let page = world.open().await;
    assert!(page.has("action=\"https://www.amazon.com/ap/register\""));
    let refused = world.fill(&page, "register", &[EMAIL, ("password", "never")]).await;
    assert!(refused.has("auth-error-message-box"));
    assert_eq!(world.simulator.counters().create_account_posts, 1);
    let page = already_a_customer(&world, &page).await;
    let page = world.fill(&page, "signIn", &[EMAIL]).await;
    let page = code(&world, &password(&world, &page).await).await;
    assert!(!page.code().is_empty());
}

#[tokio::test]
async fn captcha_and_claims_may_follow_the_password() {
    let world = world().await;
    world.simulator.knobs(|k| {
        k.otp_required = false;
        k.pages_after_password = vec![NextPage::Captcha, NextPage::ClaimsPicker, NextPage::Waf];
    });
    let page = world.after_password().await;
    assert!(page.has("auth-captcha-image"));
    let account = world.simulator.account();
    let fields = [EMAIL, ("password", &account.password), ("guess", "K7MWP3")];
    let page = world.fill(&page, "signIn", &fields).await;
    let page = world.fill(&page, "claimspicker", &[("option", "sms")]).await;
    let page = world.fill(&page, "verify", &[("code", "418273")]).await;
    assert!(page.has("cvf-aamation-challenge-form"));
    let page = world.fill(&page, "verify", &[]).await;
    assert!(page.has("cvf-aamation-challenge-form"), "an empty token does not pass");
    let token = [("cvf_aamation_response_token", "solved")];
    let mut form = page.hidden();
    form.retain(|(name, _)| name != token[0].0);
    form.push((token[0].0.to_owned(), token[0].1.to_owned()));
    let request = world.client.post(page.action("verify")).form(&form);
    let page = Page::of(request.send().await.unwrap()).await;
    assert!(!page.code().is_empty());
}

#[tokio::test]
async fn the_picture_of_a_captcha_is_really_there() {
    let world = world().await;
    world.simulator.knobs(|k| k.pages_after_email = vec![NextPage::CvfCaptcha]);
    let page = world.fill(&world.open().await, "signIn", &[EMAIL]).await;
    let source = page.body.split_once("src=\"https://opf").unwrap().1.split_once('"').unwrap().0;
    let response = world.client.get(format!("https://opf{source}")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/png");
    let bytes = response.bytes().await.unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n") && bytes.len() < 4096);
    let css = "https://m.media-amazon.com/images/I/auth.css";
    assert_eq!(world.client.get(css).send().await.unwrap().status(), 200);
}

async fn poll(world: &World, page: &Page) -> String {
    let url = page.action("pollingForm");
    let answer = world.client.get(url).query(&page.hidden()).send().await.unwrap();
    let body = answer.text().await.unwrap();
    assert!(body.contains("id=\"updatedChannelDetails\""));
    let (_, status) = body.split_once("id=\"transactionApprovalStatus\"").unwrap();
    status.split_once("value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

fn back(page: &Page) -> String {
    page.hidden().into_iter().find(|(n, _)| n == "openid.return_to").unwrap().1
}

#[tokio::test]
async fn an_approval_comes_after_so_many_polls() {
    let world = world().await;
    world.simulator.knobs(|k| {
        k.pages_after_password = vec![NextPage::Approval];
        k.approval_after_polls = Some(2);
    });
    let page = world.after_password().await;
    assert_eq!(page.url.path(), "/ap/cvf/approval");
    assert_eq!(poll(&world, &page).await, "TransactionPending");
    assert!(world.get(&back(&page)).await.has("id=\"pollingForm\""), "not yet");
    assert_eq!(poll(&world, &page).await, "TransactionPending");
    assert_eq!(poll(&world, &page).await, "TransactionCompleted");
    assert!(!world.get(&back(&page)).await.code().is_empty());
    assert_eq!(world.simulator.counters().otp_posts, 0, "it stands for the second factor");
}

#[tokio::test]
async fn an_approval_can_be_refused_or_run_out() {
    let world = world().await;
    for (refusal, word) in [
        (ApprovalRefusal::Denied, "TransactionDenied"),
        (ApprovalRefusal::Expired, "TransactionExpired"),
    ] {
        world.simulator.knobs(|k| {
            k.pages_after_password = vec![NextPage::Approval];
            k.approval_after_polls = Some(1);
            k.approval_refused = Some(refusal);
        });
        let page = world.after_password().await;
        assert_eq!(poll(&world, &page).await, "TransactionPending");
        assert_eq!(poll(&world, &page).await, word);
        let page = world.get(&back(&page)).await;
        assert!(page.has("auth-error-message-box") && !page.has("pollingForm"));
    }
}

#[tokio::test]
async fn a_return_address_of_a_proxy_ends_at_a_404() {
    let world = world().await;
    world.simulator.knobs(|k| k.pages_after_password = vec![NextPage::Approval]);
    let mut page = world.after_password().await;
    let own = back(&page).replace("https://www.amazon.com/", "http://192.0.2.7:8095/");
    page.body = page.body.replace(&back(&page).replace('&', "&amp;"), &own.replace('&', "&amp;"));
    let url = page.action("pollingForm");
    let answer = world.client.get(url).query(&page.hidden()).send().await.unwrap();
    let answer = world.follow(Page::of(answer).await).await;
    assert_eq!((answer.status, answer.url.path()), (404, "/a/c/404"));
}

#[tokio::test]
async fn a_code_can_end_an_approval() {
    let world = world().await;
    for path in ["/ap/cvf/approval/verifyOtp", "/ap/cvf/verify"] {
        world.simulator.knobs(|k| {
            k.pages_after_password = vec![NextPage::Approval];
            k.approval_by_code = true;
        });
        let page = world.after_password().await;
        assert!(page.has("action=\"/ap/cvf/approval/verifyOtp\""));
        let post = async |code: &str| {
            let mut form = page.hidden();
            form.push(("code".to_owned(), code.to_owned()));
            let request = world.client.post(page.url.join(path).unwrap()).form(&form);
            Page::of(request.send().await.unwrap()).await
        };
        assert!(post("1").await.has("auth-error-message-box"));
        assert!(!post("418273").await.code().is_empty());
    }
}

#[tokio::test]
async fn a_passkey_account_takes_nothing_but_a_passkey() {
    let world = world().await;
    world.simulator.knobs(|k| k.passkey_only = true);
    let page = world.fill(&world.open().await, "signIn", &[EMAIL]).await;
    for id in ["passkey-error-alert", "passkey-client-error-message", "webAuthnChallengeId"] {
        assert!(page.has(id), "{id}");
    }
    let refused = password(&world, &page).await;
    assert!(refused.has("passkey-error-alert"));
    assert_eq!(world.simulator.counters().password_posts, 0);
    let page = world.fill(&page, "signIn", &[("webauthn_assertion", "signed")]).await;
    assert!(!page.code().is_empty());
}

#[tokio::test]
async fn sentences_come_in_both_boxes() {
    let world = world().await;
    let sentence = "We're unable to verify your mobile number";
    for (kind, id) in [
        (ProblemBox::Error, "id=\"auth-error-message-box\""),
        (ProblemBox::Warning, "id=\"auth-warning-message-box\""),
    ] {
        world.simulator.knobs(|k| {
            k.password_problem = Some(sentence.to_owned());
            k.password_problem_box = kind;
        });
        let page = world.after_password().await;
        assert!(page.has(id) && page.has(sentence) && page.has("id=\"ap_password\""));
    }
    world.simulator.knobs(|k| {
        k.password_problem = None;
        k.pages_after_password = vec![NextPage::Locked];
    });
    assert!(world.after_password().await.has("Your account is locked"));
}

#[tokio::test]
async fn only_the_wanted_handle_opens_the_page() {
    let world = world().await;
    world.simulator.knobs(|k| k.wanted_handle = Some("amzn_dp_project_dee_ios_de".to_owned()));
    let page = world.open().await;
    assert_eq!(page.status, 404);
    assert!(page.has("id=\"ap_error_return_home\""));
    let handle = "&openid.assoc_handle=amzn_dp_project_dee_ios_de";
    let url = support::sign_in_url(VERIFIER).replace("www.amazon.com", "www.amazon.de") + handle;
    let page = world.get(&url).await;
    let page = world.fill(&page, "signIn", &[EMAIL]).await;
    let page = code(&world, &password(&world, &page).await).await;
    let landing = page.location.unwrap();
    assert!(landing.starts_with("https://www.amazon.de/ap/maplanding?"));
    assert!(landing.contains("dee_ios_de"));
}

#[tokio::test]
async fn the_script_captcha_spares_one_language() {
    let world = world().await;
    world.simulator.knobs(|k| k.waf_unless_language = Some("ja_JP".to_owned()));
    assert!(world.open().await.has("cvf-aamation-challenge-form"));
    let other = support::sign_in_url(VERIFIER).replace("en_US", "ja_JP");
    assert!(world.get(&other).await.has("id=\"ap_email\""));
    world.simulator.knobs(|k| k.waf_after_email = true);
    let page = world.open().await;
    let page = world.fill(&page, "signIn", &[EMAIL]).await;
    assert!(page.has("cvf-aamation-challenge-form"));
    let page = world.get(&other).await;
    assert!(world.fill(&page, "signIn", &[EMAIL]).await.has("id=\"ap_password\""));
}

#[tokio::test]
async fn a_landing_may_lack_its_code() {
    let world = world().await;
    world.simulator.knobs(|k| k.landing_without_code = true);
    let page = code(&world, &world.after_password().await).await;
    assert_eq!(page.location.as_deref(), Some("https://www.amazon.com/ap/maplanding"));
}
