//! Signing in by our own web page, as a browser would.

use std::time::Duration;

use mass_alexa::Site;
use mass_alexa::auth::{PageRequest, PageResponse, SignInPage};
use zeroize::Zeroizing;

use crate::support::World;

struct Browser<'a> {
    page: &'a SignInPage,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn open(page: &'a SignInPage) -> Self {
        let mut browser = Self { page, cookie: String::new() };
        let response = browser.send("GET", "").await;
        let (_, cookie) = response.headers.iter().find(|(name, _)| name == "Set-Cookie").unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    async fn send(&self, method: &str, body: &str) -> PageResponse {
        self.page
            .handle(&PageRequest {
                method: method.to_owned(),
                path: self.page.path().to_owned(),
                query: String::new(),
                headers: vec![("Cookie".to_owned(), self.cookie.clone())],
                body: Zeroizing::new(body.as_bytes().to_vec()),
            })
            .await
    }

    /// Fills in the form with e-mail and password.
    async fn sign_in(&self, email: &str, password: &str) {
        let typed = [("way", "password"), ("email", email), ("password", password), ("otp", "")];
        self.send("POST", &form(&typed)).await;
    }

    /// Reloads until the page shows one of these texts.
    async fn see(&self, texts: &[&str]) -> String {
        loop {
            let html = String::from_utf8(self.send("GET", "").await.body).unwrap();
            if texts.iter().any(|text| html.contains(text)) {
                return html;
            }
            assert!(html.contains("http-equiv=\"refresh\""), "{html}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    fields.iter().for_each(|(name, value)| {
        text.append_pair(name, value);
    });
    text.finish()
}

#[tokio::test]
async fn signs_in_after_a_wrong_password_and_a_question() {
    let world = World::start().await;
    let account = world.sim.account();
    let page = SignInPage::new(world.store(), Site::DEFAULT, "/sign-in", world.settings()).unwrap();
    let browser = Browser::open(&page).await;
    browser.sign_in(&account.email, "nope").await;
    let failed = browser.see(&["role=\"alert\""]).await;
    assert!(
        failed.contains("wrong-password")
            && failed.contains(&account.email)
            && !failed.contains("nope")
    );
    browser.sign_in(&account.email, &account.password).await;
    let asked = browser.see(&["one-time-code"]).await;
    assert!(asked.contains("one-time-code") && !asked.contains(&account.password));
    browser.send("POST", &form(&[("answer", &world.code())])).await;
    let done = browser.see(&["Signed in as"]).await;
    assert!(done.contains("Alex Example") && done.contains("amazon.de"));
    let signed_in = page.wait(Duration::from_secs(5)).await.unwrap();
    assert_eq!(signed_in.info().site, "amazon.de");
    assert!(world.has_session());
    assert_eq!(page.stage(), "Signed in");
}

#[tokio::test]
async fn closing_the_page_ends_the_attempt_and_leaves_nothing() {
    let world = World::start().await;
    let account = world.sim.account();
    let page = SignInPage::new(world.store(), Site::DEFAULT, "/sign-in", world.settings()).unwrap();
    let browser = Browser::open(&page).await;
    browser.sign_in(&account.email, &account.password).await;
    browser.see(&["one-time-code"]).await;
    page.close();
    assert_eq!(browser.send("POST", &form(&[("answer", &world.code())])).await.status, 410);
    assert_eq!((world.registered(), world.has_session()), (0, false));
}
