use super::work::MOST_ATTEMPTS;
use super::*;
use crate::clock::{ManualClock, from_unix};

fn page() -> (SignInPage, ManualClock) {
    let clock = ManualClock::new(from_unix(1_000));
    let folder = std::env::temp_dir().join("mass-alexa-never-written");
    let settings =
        Settings { connect_to: Some("127.0.0.1:9".parse().unwrap()), ..Settings::default() };
    let page =
        SignInPage::with_clock(folder, Site::DEFAULT, "/base/", settings, Arc::new(clock.clone()))
            .unwrap();
    (page, clock)
}

fn request(page: &SignInPage, method: &str, cookie: Option<&str>, body: &str) -> PageRequest {
    PageRequest {
        method: method.to_owned(),
        path: page.path().to_owned(),
        query: String::new(),
        headers: cookie
            .map(|cookie| ("cookie".to_owned(), format!("other=1; {cookie}")))
            .into_iter()
            .collect(),
        body: Zeroizing::new(body.as_bytes().to_vec()),
    }
}

fn header<'a>(response: &'a PageResponse, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

async fn open(page: &SignInPage) -> String {
    let response = page.handle(&request(page, "GET", None, "")).await;
    assert_eq!(response.status, 200);
    header(&response, "Set-Cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn text(response: &PageResponse) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

#[tokio::test]
async fn paths_cannot_be_guessed() {
    let (one, two) = (page().0, page().0);
    assert_ne!(one.path(), two.path());
    let name = one.path().strip_prefix("/base/").unwrap();
    assert_eq!(name.len(), 43);
    let mut wrong = request(&one, "GET", None, "");
    wrong.path = "/base/x".to_owned();
    assert_eq!(one.handle(&wrong).await.status, 404);
}

#[tokio::test]
async fn belongs_to_the_first_browser() {
    let (page, _) = page();
    let cookie = open(&page).await;
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).await.status, 200);
    for other in [None, Some("mass_alexa_x=y"), Some(&cookie[..cookie.len() - 1])] {
        assert_eq!(page.handle(&request(&page, "GET", other, "")).await.status, 403);
        assert_eq!(
            page.handle(&request(&page, "POST", other, "email=a&password=b")).await.status,
            403
        );
    }
}

#[tokio::test]
async fn is_over_after_ten_minutes_or_when_closed() {
    let (page, clock) = page();
    let cookie = open(&page).await;
    clock.advance(Duration::from_secs(599));
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).await.status, 410);
    let (page, _) = self::page();
    page.close();
    assert_eq!(page.handle(&request(&page, "GET", None, "")).await.status, 410);
}

#[tokio::test]
async fn protects_what_it_shows() {
    let (page, _) = page();
    let response = page.handle(&request(&page, "GET", None, "")).await;
    assert!(header(&response, "Content-Security-Policy").unwrap().contains("default-src 'none'"));
    assert_eq!(header(&response, "Cache-Control"), Some("no-store"));
    assert_eq!(header(&response, "Referrer-Policy"), Some("no-referrer"));
    let cookie = header(&response, "Set-Cookie").unwrap();
    assert!(!format!("{response:?}").contains(cookie.split(';').next().unwrap()));
    assert!(
        !cookie.contains("Path") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax")
    );
    assert_eq!(page.handle(&request(&page, "PUT", None, "")).await.status, 403);
}

#[tokio::test]
async fn says_what_is_wrong_and_keeps_the_email_but_not_the_password() {
    let (page, _) = page();
    let cookie = open(&page).await;
    let body = "way=password&email=%3Cme%40x%3E&password=s3cret-pass&otp=not+a+seed%21";
    let sent = page.handle(&request(&page, "POST", Some(&cookie), body)).await;
    assert_eq!((sent.status, header(&sent, "Location").unwrap().starts_with("./")), (303, true));
    let shown = page.handle(&request(&page, "GET", Some(&cookie), "")).await;
    let html = text(&shown);
    assert_eq!(shown.status, 422);
    assert!(html.contains("bad-seed") && html.contains("&lt;me@x&gt;"), "{html}");
    // What has to be typed again comes first.
    assert!(html.find("id=\"password\"").unwrap() < html.find("id=\"address\"").unwrap());
    assert!(!html.contains("s3cret-pass"));
}

#[tokio::test]
async fn gives_up_after_a_few_attempts() {
    let (page, _) = page();
    let cookie = open(&page).await;
    let post = request(&page, "POST", Some(&cookie), "way=password&email=a&password=b&otp=");
    for attempt in 1..=MOST_ATTEMPTS {
        page.handle(&post).await;
        // Nothing listens at the address, so the attempt fails by itself.
        while matches!(page.shared.lock().phase, Phase::Working) {
            tokio::task::yield_now().await;
        }
        assert_eq!(page.shared.lock().attempts, attempt);
    }
    page.handle(&post).await;
    let html = text(&page.handle(&request(&page, "GET", Some(&cookie), "")).await);
    assert!(html.contains("5 attempts failed"), "{html}");
}

#[tokio::test]
async fn waiting_ends_with_the_page() {
    let (page, clock) = page();
    let waiting = page.wait(Duration::from_secs(60));
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    clock.advance(Duration::from_secs(60));
    assert_eq!(waiting.await.unwrap_err().code(), code::TIMEOUT);
    page.close();
    assert_eq!(page.wait(LIFE).await.unwrap_err().code(), code::CLOSED);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let (page, _) = page();
    let cookie = open(&page).await;
    let body = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(page.handle(&request(&page, "POST", Some(&cookie), &body)).await.status, 413);
}

#[tokio::test]
async fn offers_three_ways_and_a_link_that_belongs_to_this_page() {
    let (page, _) = page();
    let cookie = open(&page).await;
    let shown = text(&page.handle(&request(&page, "GET", Some(&cookie), "")).await);
    for way in ["On Amazon\u{2019}s own page", "In a guided window", "With e-mail and password"] {
        assert!(shown.contains(way), "{way}");
    }
    let challenge = |html: &str| {
        html.split("code_challenge=").nth(1).unwrap().split(['&', '"']).next().unwrap().to_owned()
    };
    let again = text(&page.handle(&request(&page, "GET", Some(&cookie), "")).await);
    assert_eq!(challenge(&shown), challenge(&again));
    let (other, _) = self::page();
    let html = text(&other.handle(&request(&other, "GET", None, "")).await);
    assert_ne!(challenge(&shown), challenge(&html));
}

#[tokio::test]
async fn s_l8_the_same_browser_under_another_host_is_told_where_to_go_on() {
    let (page, _) = page();
    let mut first = request(&page, "GET", None, "");
    first.headers.push(("Host".to_owned(), "music.local:8095".to_owned()));
    assert_eq!(page.handle(&first).await.status, 200);
    let mut other = request(&page, "GET", None, "");
    other.headers.push(("Host".to_owned(), "192.168.1.5:8095".to_owned()));
    let refused = page.handle(&other).await;
    assert_eq!(refused.status, 421);
    assert!(text(&refused).contains("begun at music.local:8095"), "{}", text(&refused));
}

#[tokio::test]
async fn a_wrong_paste_keeps_the_link() {
    let (page, _) = page();
    let cookie = open(&page).await;
    let link = page.shared.lock().link.as_ref().unwrap().url().to_owned();
    let body = "way=link&address=https%3A%2F%2Fwww.amazon.com%2Fap%2Fsignin%3Fcanary";
    page.handle(&request(&page, "POST", Some(&cookie), body)).await;
    while matches!(page.shared.lock().phase, Phase::Working) {
        tokio::task::yield_now().await;
    }
    let shown = page.handle(&request(&page, "GET", Some(&cookie), "")).await;
    assert_eq!(shown.status, 422);
    assert!(text(&shown).contains("bad-link") && !text(&shown).contains("canary"));
    assert_eq!(page.shared.lock().link.as_ref().unwrap().url(), link);
}

#[tokio::test]
async fn a_sign_in_under_way_may_end_after_the_life_of_the_page() {
    let (page, clock) = page();
    let cookie = open(&page).await;
    page.shared.lock().phase = Phase::Working;
    clock.advance(LIFE);
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).await.status, 200);
    clock.advance(GRACE);
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).await.status, 410);
}

#[tokio::test]
async fn only_the_page_itself_can_be_opened_first() {
    let (page, _) = page();
    let mut below = request(&page, "GET", None, "");
    below.path.push_str("/window/www.amazon.com/ap/signin");
    assert_eq!(page.handle(&below).await.status, 405);
    open(&page).await;
}
