//! The guided window from end to end, driven as a browser without scripts would.

use std::time::Duration;

use amazon_simulator::{Encoding, NextPage};
use mass_alexa::Site;
use mass_alexa::auth::{PageRequest, PageResponse, SignInPage};

use self::tiny_browser::Browser;
use crate::support::World;

#[path = "tiny_browser.rs"]
mod tiny_browser;

/// What the browser sees before the path of the page; the server never does.
const PREFIX: &str = "https://ha.example/api/ingress/x_y";

fn page(world: &World) -> SignInPage {
    SignInPage::new(world.store(), Site::DEFAULT, "/mass_alexa", world.settings()).unwrap()
}

/// Opens our own page and chooses the window.
async fn open(page: &SignInPage) -> Browser<impl AsyncFn(PageRequest) -> PageResponse> {
    let mut browser = Browser::new(PREFIX, async |request| page.handle(&request).await);
    browser.open(page.path()).await;
    browser.submit("form:has(input[value=window])", &[]).await;
    assert!(browser.address.path().contains("/window/www.amazon.com/ap/signin"));
    browser
}

async fn up_to_password<S: AsyncFn(PageRequest) -> PageResponse>(
    world: &World,
    browser: &mut Browser<S>,
) {
    let account = world.sim.account();
    browser.submit("form[name=signIn]", &[("email", &account.email)]).await;
    browser.submit("form[name=signIn]", &[("password", &account.password)]).await;
}

/// What must hold whenever somebody has signed in: one device, one password, and a browser that
/// was told nothing.
async fn signed_in<S>(world: &World, page: &SignInPage, browser: &Browser<S>) {
    let account = page.wait(Duration::from_secs(10)).await.unwrap();
    assert_eq!(account.info().site, "amazon.de");
    assert!(world.has_session());
    assert_eq!(world.registered(), 1);
    assert_eq!(world.sim.counters().password_posts, 1);
    let password = world.sim.account().password;
    for (address, answer) in &browser.answers {
        let whole =
            format!("{address} {:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(!whole.contains(&password), "{whole}");
        assert!(!whole.contains("authorization_code"), "{whole}");
        let foreign = |(name, value): &&(String, String)| {
            name.eq_ignore_ascii_case("set-cookie") && !value.starts_with("mass_alexa_")
        };
        assert_eq!(answer.headers.iter().find(foreign), None);
    }
}

#[tokio::test]
async fn s_l2_an_approval_in_the_window_ends_signed_in() {
    for encoding in [Encoding::Chunked, Encoding::Gzip, Encoding::Br] {
        let world = World::start().await;
        world.sim.knobs(|knobs| {
            knobs.encoding = encoding;
            knobs.pages_after_password = vec![NextPage::Approval];
            knobs.approval_after_polls = Some(2);
        });
        let page = page(&world);
        let mut browser = open(&page).await;
        up_to_password(&world, &mut browser).await;
        for _ in 0..3 {
            browser.sees("approve the notification");
            browser.reload().await;
        }
        assert_eq!(browser.address.path(), format!("/api/ingress/x_y{}", page.path()));
        signed_in(&world, &page, &browser).await;
        assert_eq!(world.requests("/ap/cvf/approval/poll").len(), 3);
        assert!(page.report().contains("approval page"), "{}", page.report());
    }
}

#[tokio::test]
async fn s_l2_a_mailed_code_in_the_window_ends_signed_in() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.otp_required = false;
        knobs.pages_after_password = vec![NextPage::ClaimsPicker];
    });
    let page = page(&world);
    let mut browser = open(&page).await;
    up_to_password(&world, &mut browser).await;
    browser.submit("form[name=claimspicker]", &[("option", "email")]).await;
    browser.submit("form[action$=verify]", &[("code", "000000")]).await;
    browser.sees("auth-error-message-box");
    browser.submit("form[action$=verify]", &[("code", "418273")]).await;
    signed_in(&world, &page, &browser).await;
    let posts = world.requests("/ap/cvf/verify");
    assert!(posts.iter().all(|entry| entry.status != Some(404)) && posts.len() == 3);
}

#[tokio::test]
async fn s_l9_foreign_cookies_are_neither_stored_nor_forwarded() {
    let world = World::start().await;
    let page = page(&world);
    let mut browser = open(&page).await;
    for number in 0..40 {
        browser.cookies.push(format!("foreign-{number}=canary-{number}"));
    }
    // Names that Amazon uses too.
    for name in ["session-id", "ubid-main", "at-main", "csrf", "frc"] {
        browser.cookies.push(format!("{name}=canary-of-another"));
    }
    up_to_password(&world, &mut browser).await;
    browser.submit("#auth-mfa-form", &[("otpCode", &world.code())]).await;
    signed_in(&world, &page, &browser).await;
    let journal = world.sim.journal();
    assert!(journal.len() > 6, "the registration is in it");
    for entry in journal {
        let whole = format!("{entry:?}");
        for foreign in ["foreign-", "canary-of-another", "mass_alexa_"] {
            assert!(!whole.contains(foreign), "{whole}");
        }
    }
}

#[tokio::test]
async fn a_hop_to_another_host_of_amazon_and_back_ends_signed_in() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::Code, NextPage::Hop]);
    let page = page(&world);
    let mut browser = open(&page).await;
    up_to_password(&world, &mut browser).await;
    browser.submit("#auth-mfa-form", &[("otpCode", &world.code())]).await;
    assert!(browser.address.path().contains("/window/www.amazon.de/"));
    browser.submit("form[action$=verify]", &[("code", "418273")]).await;
    signed_in(&world, &page, &browser).await;
}

#[tokio::test]
async fn two_windows_at_once_do_not_mix() {
    let (one, other) = (World::start().await, World::start().await);
    let pages = [page(&one), page(&other)];
    let mut first = open(&pages[0]).await;
    let mut second = open(&pages[1]).await;
    // Both pages in one browser: it sends all cookies of the server to both.
    let cookies = [first.cookies.clone(), second.cookies.clone()].concat();
    (first.cookies, second.cookies) = (cookies.clone(), cookies);
    up_to_password(&one, &mut first).await;
    up_to_password(&other, &mut second).await;
    first.submit("#auth-mfa-form", &[("otpCode", &one.code())]).await;
    second.submit("#auth-mfa-form", &[("otpCode", &other.code())]).await;
    signed_in(&one, &pages[0], &first).await;
    signed_in(&other, &pages[1], &second).await;
}

#[tokio::test]
async fn a_window_belongs_to_its_browser_and_ends_with_its_page() {
    let world = World::start().await;
    let page = page(&world);
    let mut browser = open(&page).await;
    up_to_password(&world, &mut browser).await;
    let asked = world.sim.journal().len();
    let inside = browser.address.as_str().strip_prefix(PREFIX).unwrap().to_owned();
    let mut stranger = Browser::new(PREFIX, async |request| page.handle(&request).await);
    stranger.open(&inside).await;
    assert_eq!(stranger.page.status, 403);
    page.close();
    browser.visit("").await;
    assert_eq!(browser.page.status, 410);
    assert_eq!(world.sim.journal().len(), asked);
    assert_eq!((world.registered(), world.has_session()), (0, false));
}
