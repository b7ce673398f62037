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

fn open(page: &SignInPage) -> String {
    let response = page.handle(&request(page, "GET", None, ""));
    assert_eq!(response.status, 200);
    header(&response, "Set-Cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn text(response: &PageResponse) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

#[test]
fn paths_cannot_be_guessed() {
    let (one, two) = (page().0, page().0);
    assert_ne!(one.path(), two.path());
    let name = one.path().strip_prefix("/base/").unwrap();
    assert_eq!(name.len(), 43);
    let mut wrong = request(&one, "GET", None, "");
    wrong.path = "/base/x".to_owned();
    assert_eq!(one.handle(&wrong).status, 404);
}

#[test]
fn belongs_to_the_first_browser() {
    let (page, _) = page();
    let cookie = open(&page);
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).status, 200);
    for other in [None, Some("mass_alexa_x=y"), Some(&cookie[..cookie.len() - 1])] {
        assert_eq!(page.handle(&request(&page, "GET", other, "")).status, 403);
        assert_eq!(page.handle(&request(&page, "POST", other, "email=a&password=b")).status, 403);
    }
}

#[test]
fn is_over_after_ten_minutes_or_when_closed() {
    let (page, clock) = page();
    let cookie = open(&page);
    clock.advance(Duration::from_secs(599));
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(page.handle(&request(&page, "GET", Some(&cookie), "")).status, 410);
    let (page, _) = self::page();
    page.close();
    assert_eq!(page.handle(&request(&page, "GET", None, "")).status, 410);
}

#[test]
fn protects_what_it_shows() {
    let (page, _) = page();
    let response = page.handle(&request(&page, "GET", None, ""));
    assert!(header(&response, "Content-Security-Policy").unwrap().contains("default-src 'none'"));
    assert_eq!(header(&response, "Cache-Control"), Some("no-store"));
    assert_eq!(header(&response, "Referrer-Policy"), Some("no-referrer"));
    let cookie = header(&response, "Set-Cookie").unwrap();
    assert!(!format!("{response:?}").contains(cookie.split(';').next().unwrap()));
    assert!(
        !cookie.contains("Path") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax")
    );
    assert_eq!(page.handle(&request(&page, "PUT", None, "")).status, 403);
}

#[tokio::test]
async fn says_what_is_wrong_and_keeps_the_email_but_not_the_password() {
    let (page, _) = page();
    let cookie = open(&page);
    let body = "email=%3Cme%40x%3E&password=s3cret-pass&otp=not+a+seed%21";
    let sent = page.handle(&request(&page, "POST", Some(&cookie), body));
    assert_eq!((sent.status, header(&sent, "Location").unwrap().starts_with("./")), (303, true));
    let shown = page.handle(&request(&page, "GET", Some(&cookie), ""));
    let html = text(&shown);
    assert_eq!(shown.status, 422);
    assert!(html.contains("bad-seed") && html.contains("&lt;me@x&gt;"), "{html}");
    assert!(!html.contains("s3cret-pass"));
}

#[tokio::test]
async fn gives_up_after_a_few_attempts() {
    let (page, _) = page();
    let cookie = open(&page);
    let post = request(&page, "POST", Some(&cookie), "email=a&password=b&otp=");
    for attempt in 1..=MOST_ATTEMPTS {
        page.handle(&post);
        // Nothing listens at the address, so the attempt fails by itself.
        while matches!(page.lock().phase, Phase::Working) {
            tokio::task::yield_now().await;
        }
        assert_eq!(page.lock().attempts, attempt);
    }
    page.handle(&post);
    let html = text(&page.handle(&request(&page, "GET", Some(&cookie), "")));
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

#[test]
fn a_body_that_is_too_large_is_refused() {
    let (page, _) = page();
    let cookie = open(&page);
    let body = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(page.handle(&request(&page, "POST", Some(&cookie), &body)).status, 413);
}
