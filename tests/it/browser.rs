//! The browser of a person, as far as a sign-in at Amazon needs one: pages, forms, redirects.

use std::sync::Arc;

use http::Method;
use mass_alexa::Secret;
use mass_alexa::auth::pages::{self, Form, Page};
use mass_alexa::clock::SystemClock;
use mass_alexa::net::{Answer, Body, Http, Lane, Request};
use mass_alexa::session::Jar;
use url::Url;

use crate::support::World;

pub(crate) struct Browser {
    http: Http,
    jar: Jar,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let http = Http::new(&world.settings(), Arc::new(SystemClock)).unwrap();
        Self { http, jar: Jar::default() }
    }

    /// Opens an address and follows redirects; the last answer.
    pub(crate) async fn open(&self, url: &str) -> Answer {
        self.follow(Request::new(Method::GET, Url::parse(url).unwrap(), Lane::SignIn)).await
    }

    /// Sends a form with these fields besides the hidden ones.
    pub(crate) async fn submit(&self, form: &Form, own: &[(&str, &str)]) -> Answer {
        let hidden = form.hidden.iter().map(|(n, v)| (n.clone(), Secret::new(v)));
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value)));
        let fields = hidden.chain(own).collect();
        let url = form.action.clone().unwrap();
        self.follow(Request::new(Method::POST, url, Lane::SignIn).with_body(Body::Form(fields)))
            .await
    }

    async fn follow(&self, mut request: Request) -> Answer {
        loop {
            let answer = self.http.send(request, &self.jar, "en-US").await.unwrap();
            let Some(next) = answer.location() else { return answer };
            request = Request::new(Method::GET, next, Lane::SignIn);
        }
    }

    /// Signs in by the link with whatever Amazon asks; the address of the last page.
    pub(crate) async fn sign_in(&self, link: &str, world: &World) -> String {
        let account = world.sim.account();
        let mut answer = self.open(link).await;
        for _ in 0..12 {
            let page = pages::read(&answer.body, &answer.url).page;
            answer = match page {
                Page::Email(form) => self.submit(&form, &[("email", &account.email)]).await,
                Page::Password(form) => {
                    self.submit(&form, &[("password", &account.password)]).await
                }
                Page::OneTimeCode(form) => self.submit(&form, &[("otpCode", &world.code())]).await,
                Page::ClaimsPicker(choices) => {
                    self.submit(&choices.form, &[("option", "sms")]).await
                }
                Page::VerificationCode(form) => self.submit(&form, &[("code", "418273")]).await,
                // What only a real browser on Amazon's own origin can do.
                Page::Passkey => {
                    let form = passkey_form(&answer);
                    self.submit(&form, &[("webauthn_assertion", "canary-assertion")]).await
                }
                _ => return answer.url.to_string(),
            };
        }
        panic!("the sign-in does not end")
    }
}

/// The form of a passkey page, which the product never fills.
fn passkey_form(answer: &Answer) -> Form {
    let as_email = answer.body.replace("</form>", "<input name=\"email\"></form>");
    match pages::read(&as_email, &answer.url).page {
        Page::Email(form) => form,
        other => panic!("no form: {other:?}"),
    }
}
