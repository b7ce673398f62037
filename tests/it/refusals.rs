//! What Amazon refuses, said in one sentence with a stable code; nothing is stored, no device left.

use std::sync::Arc;

use amazon_simulator::{Fault, FaultKind, NextPage};
use mass_alexa::clock::SystemClock;

use crate::support::{World, code_of};

async fn refused(world: &World, email: &str, password: &str, code: &str) -> mass_alexa::Error {
    let mut enrolment =
        world.enrolment_of("amazon.com", email, password, Some(code), Arc::new(SystemClock));
    let error = enrolment.advance(None).await.unwrap_err();
    assert!(!world.has_session() && world.registered() == 0);
    error
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_said_in_amazons_words() {
    let world = World::start().await;
    let account = world.sim.account();
    let error = refused(&world, &account.email, "wrong", &world.code()).await;
    assert_eq!(error.code().id(), "wrong-password");
    assert!(error.message().contains("Your password is incorrect"), "{}", error.message());
    assert_eq!(world.sim.counters().password_posts, 1);
}

#[tokio::test]
async fn a_wrong_code_is_sent_once() {
    let world = World::start().await;
    let account = world.sim.account();
    let wrong = if world.code() == "000000" { "000001" } else { "000000" };
    let error = refused(&world, &account.email, &account.password, wrong).await;
    assert_eq!(error.code().id(), "wrong-code");
    assert_eq!((world.sim.counters().password_posts, world.sim.counters().otp_posts), (1, 1));
}

#[tokio::test]
async fn an_unknown_address_never_sees_the_password() {
    let world = World::start().await;
    let account = world.sim.account();
    let error = refused(&world, "nobody@example.org", &account.password, &world.code()).await;
    assert_eq!(error.code().id(), "unknown-email");
    assert!(world.sim.journal().iter().all(|entry| !entry.body.contains("password=")));
}

#[tokio::test]
async fn every_page_that_cannot_be_passed_is_named() {
    for (page, code) in [
        (NextPage::Passkey, "passkey"),
        (NextPage::Locked, "account-locked"),
        (NextPage::Unknown, "unknown-page"),
        (NextPage::Error, "unknown-page"),
    ] {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.next_page = Some(page));
        let account = world.sim.account();
        let error = refused(&world, &account.email, &account.password, &world.code()).await;
        assert_eq!(error.code().id(), code, "{page:?}: {error}");
        assert!(!error.next_step().is_empty());
    }
}

#[tokio::test]
async fn outages_are_told_apart() {
    for (fault, code) in [
        (Fault::on("/ap/signin", FaultKind::Status).status(503), "amazon-down"),
        (Fault::on("/ap/signin", FaultKind::Status).status(429), "throttled"),
        (Fault::on("/ap/signin", FaultKind::Close), "unreachable"),
        (Fault::on("/ap/signin", FaultKind::Empty), "unknown-page"),
        (Fault::on("/auth/register", FaultKind::Status).status(500), "amazon-down"),
        (Fault::on("/auth/register", FaultKind::Html), "unexpected-answer"),
    ] {
        let world = World::start().await;
        let shown = format!("{fault:?}");
        world.fault(fault);
        let result = world.enrolment("amazon.com", Some(&world.code())).advance(None).await;
        assert_eq!(code_of(result), code, "{shown}");
        assert!(!world.has_session());
    }
}

#[tokio::test]
async fn a_refused_registration_carries_amazons_reason() {
    let world = World::start().await;
    let body = r#"{"response":{"error":{"code":"InvalidToken","message":"Auth time of the token is expired."}}}"#;
    world.fault(Fault::on("/auth/register", FaultKind::Body).status(400).body(body));
    let error = world.enrolment("amazon.com", Some(&world.code())).advance(None).await.unwrap_err();
    assert_eq!(error.code().id(), "registration-refused");
    assert!(error.message().contains("InvalidToken (Auth time of the token is expired)"));
}

#[tokio::test]
async fn a_sign_in_that_leads_away_from_amazon_is_stopped() {
    let world = World::start().await;
    let page = r#"<form name="signIn" method="post" action="https://phish.example/x"><input name="email"></form>"#;
    world.fault(Fault::on("/ap/signin", FaultKind::Body).body(page).times(1));
    let result = world.enrolment("amazon.com", Some(&world.code())).advance(None).await;
    assert_eq!(code_of(result), "foreign-host");
    assert_eq!(world.sim.counters().email_posts, 0);
}

#[tokio::test]
async fn a_stopped_amazon_is_unreachable_and_a_strange_one_not_trusted() {
    let world = World::start().await;
    let mut settings = world.settings();
    settings.extra_ca = None;
    let strange = mass_alexa::auth::Enrolment::new(
        &world.store(),
        mass_alexa::Site::DEFAULT,
        "a@example.org".into(),
        "b".into(),
        None,
        &settings,
    );
    let error = strange.unwrap().advance(None).await.unwrap_err();
    assert_eq!(error.code().id(), "tls", "{error:?}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    settings.connect_to = Some(nobody);
    let gone = mass_alexa::auth::Enrolment::new(
        &world.store(),
        mass_alexa::Site::DEFAULT,
        "a@example.org".into(),
        "b".into(),
        None,
        &settings,
    );
    assert_eq!(code_of(gone.unwrap().advance(None).await), "unreachable");
}
