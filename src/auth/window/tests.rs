use std::cell::RefCell;
use std::sync::Arc;

use amazon_simulator::{ApprovalRefusal, Encoding, Fault, FaultKind, NextPage, Options, Simulator};

use self::tiny_browser::Browser;
use super::*;
use crate::clock::SystemClock;
use crate::settings::Settings;
use crate::site::Site;

#[path = "../../../tests/it/tiny_browser.rs"]
mod tiny_browser;

const PAGE: &str = "/mass_alexa/sign-in/Zq3_unguessable-Name";
const PREFIX: &str = "http://ma.local:8095/ingress/1";

struct World {
    sim: Simulator,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let sim = Simulator::start(Options::default()).await.unwrap();
        Self { sim, folder: tempfile::tempdir().unwrap() }
    }

    fn window(&self) -> Window {
        self.window_to(Some(self.sim.address()))
    }

    fn window_to(&self, connect_to: Option<std::net::SocketAddr>) -> Window {
        let settings = Settings {
            connect_to,
            extra_ca: Some(self.sim.ca_path().to_owned()),
            ..Settings::default()
        };
        let folder = self.folder.path().join("account");
        let site = Site::parse("amazon.de").unwrap();
        let attempt = Attempt::new(&folder, site, &settings, Arc::new(SystemClock)).unwrap();
        Window::new(attempt, PAGE)
    }
}

/// How a window came to its end.
type End = RefCell<Option<Result<Secret>>>;

fn browser<'a>(
    window: &'a Window,
    end: &'a End,
) -> Browser<impl AsyncFn(PageRequest) -> PageResponse + 'a> {
    Browser::new(PREFIX, async move |request| match window.relay(&request).await {
        Relayed::Response(response) => response,
        Relayed::Landed(code) => {
            *end.borrow_mut() = Some(Ok(code));
            PageResponse { status: 299, headers: Vec::new(), body: b"landed".to_vec() }
        }
        Relayed::Stopped(error) => {
            *end.borrow_mut() = Some(Err(error));
            PageResponse { status: 299, headers: Vec::new(), body: b"stopped".to_vec() }
        }
    })
}

async fn up_to_password<S: AsyncFn(PageRequest) -> PageResponse>(
    world: &World,
    browser: &mut Browser<S>,
) {
    let account = world.sim.account();
    browser.open(&format!("{PAGE}/window")).await;
    browser.submit("form[name=signIn]", &[("email", &account.email)]).await;
    browser.submit("form[name=signIn]", &[("password", &account.password)]).await;
}

fn code(end: &End) -> Secret {
    end.take().expect("not at the end").unwrap()
}

fn stop(end: &End) -> &'static str {
    end.take().expect("not at the end").unwrap_err().code().id()
}

#[tokio::test]
async fn leads_through_a_sign_in_in_every_coding() {
    for encoding in
        [Encoding::Chunked, Encoding::Identity, Encoding::Gzip, Encoding::Deflate, Encoding::Br]
    {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.encoding = encoding);
        let (window, end) = (world.window(), End::default());
        let mut browser = browser(&window, &end);
        up_to_password(&world, &mut browser).await;
        let otp = world.sim.code().code;
        browser.submit("#auth-mfa-form", &[("otpCode", &otp)]).await;
        assert!(code(&end).expose().starts_with("AN"), "{encoding:?}");
        assert_eq!(window.attempt.stage.get(), STAGE);
        let report = window.attempt.trail.report();
        assert!(report.contains("POST www.amazon.com/ap/signin 200 password page"), "{report}");
    }
}

#[tokio::test]
async fn shows_amazon_one_identity_and_true_referers() {
    let world = World::start().await;
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    browser.extra.push(("X-Forwarded-For".to_owned(), "192.168.1.7".to_owned()));
    browser.extra.push(("Authorization".to_owned(), "Bearer of-the-server".to_owned()));
    up_to_password(&world, &mut browser).await;
    let journal = world.sim.journal();
    assert_eq!(journal.len(), 3);
    let [first, email, password] = &journal[..] else { unreachable!() };
    assert_eq!(first.header("referer"), "");
    let address = format!("https://www.amazon.com/ap/signin?{}", first.query);
    assert_eq!(email.header("referer"), address);
    assert_eq!(password.header("referer"), "https://www.amazon.com/ap/signin");
    assert_eq!(email.header("origin"), "https://www.amazon.com");
    assert_eq!(email.header("content-type"), "application/x-www-form-urlencoded");
    for entry in &journal {
        assert_eq!(entry.header("user-agent"), crate::auth::identity::USER_AGENT);
        assert_eq!(entry.header("accept-language"), "en-US");
        assert_eq!(entry.header("accept"), "text/html,*/*;q=0.8");
        for name in ["x-forwarded-for", "authorization"] {
            assert_eq!(entry.header(name), "", "{name}");
        }
        let whole = format!("{entry:?}");
        assert!(!whole.contains("ma.local") && !whole.contains("Zq3_"), "{whole}");
    }
}

#[tokio::test]
async fn answers_carry_our_policy_and_nothing_of_amazons() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.odd_cookies = true);
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    browser.visit("/ingress/1/nothing-of-the-window").await;
    let allowed = [
        "cache-control",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
        "content-security-policy",
        "content-type",
        "location",
        "refresh",
        "retry-after",
    ];
    for (address, answer) in &browser.answers {
        for (name, _) in &answer.headers {
            assert!(allowed.contains(&name.to_ascii_lowercase().as_str()), "{name} of {address}");
        }
        let policy = answer.headers.iter().find(|(name, _)| name == "Content-Security-Policy");
        let policy = &policy.unwrap().1;
        assert!(policy.contains("script-src 'none'") && policy.contains("form-action 'self'"));
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains(&world.sim.account().password), "{text}");
    }
}

#[tokio::test]
async fn an_approval_is_asked_for_until_it_is_there() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_after_polls = Some(2);
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    for _ in 0..3 {
        browser.sees("approve the notification");
        assert!(browser.header("refresh").unwrap().starts_with("3; url=./../"));
        browser.reload().await;
    }
    assert!(!code(&end).is_empty());
    assert_eq!(world.sim.count("GET", "/ap/cvf/approval/poll"), 3);
    let report = window.attempt.trail.report();
    let states = report.matches("state of the approval page").count();
    assert_eq!(states, 1, "{report}");
    assert_eq!(world.sim.counters().password_posts, 1);
}

#[tokio::test]
async fn the_wait_for_an_approval_outlasts_trouble() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_after_polls = Some(0);
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    let poll = "/ap/cvf/approval/poll";
    world.sim.fault(Fault::on(poll, FaultKind::Status).status(503).times(1));
    world.sim.fault(Fault::on(poll, FaultKind::Close).times(1));
    browser.reload().await;
    assert_eq!(browser.page.status, 503);
    browser.reload().await;
    assert_eq!(browser.page.status, 502);
    browser.reload().await;
    assert!(!code(&end).is_empty());
}

#[tokio::test]
async fn a_refused_approval_leads_to_what_amazon_says() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_after_polls = Some(1);
        knobs.approval_refused = Some(ApprovalRefusal::Denied);
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    browser.reload().await;
    browser.reload().await;
    browser.sees("auth-error-message-box");
    assert_eq!(browser.header("refresh"), None);
    assert!(end.take().is_none());
}

#[tokio::test]
async fn a_mailed_code_can_stand_for_the_approval() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_by_code = true;
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    // Also on the page that a reload has brought.
    browser.reload().await;
    assert!(browser.header("refresh").unwrap().starts_with("30; "), "too fast to type");
    browser.submit("form[action$=verifyOtp]", &[("code", "418273")]).await;
    assert!(!code(&end).is_empty());
}

#[tokio::test]
async fn a_hop_to_another_host_and_back_is_followed() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::Hop]);
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    assert!(browser.address.path().contains("/window/www.amazon.de/ap/cvf/"));
    browser.submit("form[action$=verify]", &[("code", "418273")]).await;
    browser.submit("#auth-mfa-form", &[("otpCode", &world.sim.code().code)]).await;
    assert!(!code(&end).is_empty());
    let journal = world.sim.journal();
    let hop = journal.iter().find(|entry| entry.host == "www.amazon.de").unwrap();
    assert_eq!(hop.header("referer"), "https://www.amazon.com/");
}

#[tokio::test]
async fn captchas_choices_and_unknown_pages_are_the_persons() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_email = vec![NextPage::CvfCaptcha];
        knobs.pages_after_password =
            vec![NextPage::Unknown, NextPage::ClaimsPicker, NextPage::DeviceChoice];
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    let account = world.sim.account();
    browser.open(&format!("{PAGE}/window/")).await;
    browser.submit("form[name=signIn]", &[("email", &account.email)]).await;
    let page = browser.text();
    let picture = page.split_once("src=\"").unwrap().1.split('"').next().unwrap();
    let (here, shown) = (browser.address.clone(), browser.page.clone());
    browser.visit(picture).await;
    assert!(browser.page.body.starts_with(b"\x89PNG"));
    assert_eq!(browser.header("content-type"), Some("image/png"));
    (browser.address, browser.page) = (here, shown);
    browser.submit("form[action$=verify]", &[("cvf_captcha_input", "k7mwp3")]).await;
    browser.submit("form[name=signIn]", &[("password", &account.password)]).await;
    browser.submit("#account-fixup", &[]).await;
    browser.submit("form[name=claimspicker]", &[("option", "sms")]).await;
    browser.submit("form[action$=verify]", &[("code", "418273")]).await;
    let choice = [("otpDeviceContext", "simulator:TOTP")];
    browser.submit("#auth-select-device-form", &choice).await;
    browser.submit("#auth-mfa-form", &[("otpCode", &world.sim.code().code)]).await;
    assert!(!code(&end).is_empty());
}

#[tokio::test]
async fn pages_that_need_more_than_a_window_stop_it() {
    for (page, name) in [(NextPage::Waf, "browser-check"), (NextPage::Passkey, "passkey")] {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.pages_after_email = vec![page]);
        let (window, end) = (world.window(), End::default());
        let mut browser = browser(&window, &end);
        browser.open(&format!("{PAGE}/window")).await;
        let email = world.sim.account().email;
        browser.submit("form[name=signIn]", &[("email", &email)]).await;
        assert_eq!(stop(&end), name);
    }
}

#[tokio::test]
async fn nothing_but_amazon_is_ever_asked() {
    let world = World::start().await;
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    for path in ["evil.example/", "127.0.0.1/", "www.amazon.de:8443/", "m.media-amazon.com/x"] {
        browser.open(&format!("{PAGE}/window/{path}")).await;
        assert_eq!(browser.page.status, 403, "{path}");
        browser.sees("leads out of Amazon");
    }
    browser.open(&format!("{PAGE}/elsewhere")).await;
    assert_eq!(browser.page.status, 404);
    assert_eq!(world.sim.journal().len(), 0);
    assert!(end.take().is_none());
}

#[tokio::test]
async fn the_landing_page_is_never_shown() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.otp_required = false;
        knobs.landing_without_code = true;
    });
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    up_to_password(&world, &mut browser).await;
    assert_eq!(stop(&end), "unknown-page");
    let landing = |host: &str| {
        format!("{PAGE}/window/{host}/ap/maplanding?openid.oa2.authorization_code=AN1")
    };
    browser.open(&landing("www.amazon.de")).await;
    assert_eq!(stop(&end), "foreign-host");
    browser.open(&landing("www.amazon.com")).await;
    assert_eq!(code(&end).expose(), "AN1");
    assert_eq!(world.sim.count("GET", "/ap/maplanding"), 0);
}

#[tokio::test]
async fn without_amazon_there_is_a_page_that_says_so() {
    let world = World::start().await;
    // Nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (window, end) = (world.window_to(Some(closed)), End::default());
    let mut browser = browser(&window, &end);
    browser.open(&format!("{PAGE}/window")).await;
    assert_eq!(browser.page.status, 502);
    browser.sees("cannot be reached");
    let text = browser.text();
    let link = text.split_once("href=\"").unwrap().1.split('"').next().unwrap();
    let here = browser.address.clone();
    browser.visit(&charref::resolve(link)).await;
    assert_eq!(browser.address, here, "the link tries again");
    assert!(end.take().is_none());
}

#[tokio::test]
async fn statuses_and_errors_of_amazon_stay_as_they_are() {
    let world = World::start().await;
    let (window, end) = (world.window(), End::default());
    let mut browser = browser(&window, &end);
    browser.open(&format!("{PAGE}/window/www.amazon.com/ap/nowhere")).await;
    assert_eq!(browser.page.status, 404);
    world.sim.fault(Fault::on("/ap/signin", FaultKind::Status).status(503));
    browser.open(&format!("{PAGE}/window")).await;
    assert_eq!(browser.page.status, 503);
    assert!(end.take().is_none());
}

#[tokio::test]
async fn large_forms_and_odd_methods_are_not_passed_on() {
    let world = World::start().await;
    let window = world.window();
    let ask = async |method: &str, body: usize| {
        let request = PageRequest {
            method: method.to_owned(),
            path: format!("{PAGE}/window/www.amazon.com/ap/signin"),
            query: String::new(),
            headers: Vec::new(),
            body: Zeroizing::new(vec![b'a'; body]),
        };
        match window.relay(&request).await {
            Relayed::Response(response) => response.status,
            _ => 0,
        }
    };
    assert_eq!(ask("POST", LARGEST_BODY + 1).await, 413);
    assert_eq!(ask("CONNECT", 0).await, 405);
    assert_eq!(ask("NO METHOD", 0).await, 405);
    assert_eq!(world.sim.journal().len(), 0);
    assert_eq!(ask("PUT", 3).await, 404);
    assert_eq!(world.sim.journal().len(), 1);
}
