//! What makes people give up on a sign-in, one test per scenario: the fault, the outcome, its code
//! and the number of requests.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use amazon_simulator::{ApprovalRefusal, Fault, FaultKind, NextPage, ProblemBox};
use mass_alexa::auth::{Enrolment, LinkSignIn, Progress, Question};
use mass_alexa::clock::Clock;
use mass_alexa::{Account, Error, Secret, Site};

use crate::browser::Browser;
use crate::support::{RushingClock, World, code_of, done};

pub(crate) const MAILED: &str = "418273";
const LETTERS: &str = "k7mwp3";

pub(crate) async fn advance(enrolment: &mut Enrolment) -> Result<Progress, Error> {
    enrolment.advance(None).await
}

pub(crate) fn asked(progress: Progress) -> Question {
    match progress {
        Progress::Question(question) => question,
        Progress::Done(_) => panic!("not asked"),
    }
}

pub(crate) async fn answer(enrolment: &mut Enrolment, text: &str) -> Result<Progress, Error> {
    enrolment.advance(Some(Secret::from(text))).await
}

/// An enrolment with the right password whose waits take no time.
fn rushing(world: &World) -> Enrolment {
    let account = world.sim.account();
    let clock = Arc::new(RushingClock::new(world));
    world.enrolment_of("amazon.com", &account.email, &account.password, None, clock)
}

fn with_seed(world: &World, seed: &str, clock: RushingClock) -> Enrolment {
    let account = world.sim.account();
    let (email, password) = (&account.email, &account.password);
    world.enrolment_of("amazon.com", email, password, Some(seed), Arc::new(clock))
}

pub(crate) fn link(world: &World, site: &str) -> LinkSignIn {
    LinkSignIn::new(&world.store(), Site::parse(site).unwrap(), &world.settings()).unwrap()
}

/// How often a path was asked for with a method.
fn count(world: &World, method: &str, path: &str) -> usize {
    world.requests(path).iter().filter(|entry| entry.method == method).count()
}

fn assert_enrolled(world: &World, account: &Account) {
    assert_eq!(account.info().site, "amazon.de");
    assert!(world.has_session());
    assert_eq!((world.registered(), world.sim.counters().registrations), (1, 1));
}

fn assert_nothing_left(world: &World) {
    assert_eq!((world.registered(), world.store().exists()), (0, false));
}

#[tokio::test]
async fn s_l1_unknown_page_stops_with_its_name_and_one_password() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::Unknown]);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "unknown-page");
    assert!(error.message().contains("\u{201c}Keep your account safe\u{201d}"), "{error}");
    assert!(error.message().contains("forms: account-fixup"), "{error}");
    assert_eq!(count(&world, "POST", "/ap/signin"), 2);
    assert_eq!(world.sim.counters().password_posts, 1);
    assert_nothing_left(&world);
}

#[tokio::test]
async fn s_l1_second_password_page_is_not_answered() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::SecondPassword]);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "wrong-password");
    assert!(error.message().contains("without saying why"));
    assert_eq!(world.sim.counters().password_posts, 1);
    assert_nothing_left(&world);
}

#[tokio::test]
async fn s_l1_page_for_a_new_account_is_passed_by_its_link() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.create_account_first = true);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(world.sim.counters().create_account_posts, 0);
}

#[tokio::test]
async fn s_l2_approval_is_polled_until_it_is_given() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_after_polls = Some(2);
    });
    let mut enrolment = rushing(&world);
    let stage = enrolment.stage();
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(count(&world, "GET", "/ap/cvf/approval/poll"), 3);
    assert_eq!((world.sim.counters().password_posts, stage.get()), (1, "Signed in".to_owned()));
}

#[tokio::test]
async fn s_l2_approval_is_asked_for_again_after_a_moment_of_trouble() {
    for fault in [
        Fault::on("/ap/cvf/approval/poll", FaultKind::Status).status(503),
        Fault::on("/ap/cvf/approval/poll", FaultKind::Close),
    ] {
        let world = World::start().await;
        world.sim.knobs(|knobs| {
            knobs.pages_after_password = vec![NextPage::Approval];
            knobs.approval_after_polls = Some(1);
        });
        world.fault(fault.times(2));
        let account = done(advance(&mut rushing(&world)).await).unwrap();
        assert_enrolled(&world, &account);
        assert_eq!(world.sim.counters().password_posts, 1);
    }
}

#[tokio::test]
async fn s_l2_code_that_stands_for_the_approval_is_asked_for() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::Approval];
        knobs.approval_by_code = true;
    });
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let question = asked(advance(&mut enrolment).await.unwrap());
    assert_eq!(question.kind.name(), "code");
    let account = done(answer(&mut enrolment, "418273").await).unwrap();
    assert_enrolled(&world, &account);
}

#[tokio::test]
async fn s_l2_approval_that_is_refused_ends_the_attempt() {
    for (refusal, message) in [
        (ApprovalRefusal::Denied, "was not approved"),
        (ApprovalRefusal::Expired, "was not approved"),
    ] {
        let world = World::start().await;
        world.sim.knobs(|knobs| {
            knobs.pages_after_password = vec![NextPage::Approval];
            knobs.approval_after_polls = Some(1);
            knobs.approval_refused = Some(refusal);
        });
        let error = advance(&mut rushing(&world)).await.unwrap_err();
        assert_eq!(error.code().id(), "approval", "{error}");
        assert!(error.message().contains(message), "{error}");
        assert_nothing_left(&world);
    }
}

#[tokio::test]
async fn s_l2_code_by_mail_is_chosen_and_asked() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::ClaimsPicker];
        knobs.otp_required = false;
    });
    let mut enrolment = world.enrolment("amazon.com", None);
    let choice = asked(advance(&mut enrolment).await.unwrap());
    assert_eq!((choice.kind.name(), choice.choices.len()), ("choice", 2));
    assert!(choice.choices[1].label.contains("ending in 042"), "{choice:?}");
    let code = asked(answer(&mut enrolment, "2").await.unwrap());
    assert_eq!(code.kind.name(), "code");
    let again = asked(answer(&mut enrolment, "111111").await.unwrap());
    assert!(again.prompt.contains("Invalid OTP"), "{}", again.prompt);
    let account = done(answer(&mut enrolment, MAILED).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(count(&world, "POST", "/ap/cvf/verify"), 3);
}

#[tokio::test]
async fn s_l2_another_amazon_host_and_back() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::Hop]);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    asked(advance(&mut enrolment).await.unwrap());
    let account = done(answer(&mut enrolment, MAILED).await).unwrap();
    assert_enrolled(&world, &account);
    assert!(world.requests("/ap/").iter().any(|entry| entry.host != "www.amazon.com"));
}

#[tokio::test]
async fn s_l3_passkey_account_is_told_to_take_the_link_which_completes() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.passkey_only = true);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "passkey");
    assert!(error.next_step().contains("Amazon's own page"), "{}", error.next_step());
    assert_eq!(world.sim.counters().password_posts, 0);
    let mut link = link(&world, "amazon.com");
    let address = Browser::new(&world).sign_in(link.url(), &world).await;
    let account = link.finish(&Secret::new(address)).await.unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(world.sim.counters().password_posts, 0);
}

#[tokio::test]
async fn s_l3_address_is_taken_once_soon_and_with_its_own_link_only() {
    let world = World::start().await;
    let mut first = link(&world, "amazon.de");
    let used = Browser::new(&world).sign_in(first.url(), &world).await;
    // Of another link: the verifier does not fit, and the code is spent.
    let mut other = link(&world, "amazon.de");
    let before = other.url().to_owned();
    assert_eq!(code_of(other.finish(&Secret::new(&used)).await), "link-used");
    assert_ne!(other.url(), before);
    assert_eq!(code_of(first.finish(&Secret::new(&used)).await), "link-used");
    // Too old.
    world.sim.advance(Duration::from_secs(60));
    let old = Browser::new(&world).sign_in(first.url(), &world).await;
    world.sim.advance(Duration::from_secs(301));
    assert_eq!(code_of(first.finish(&Secret::new(&old)).await), "link-used");
    let registrations = world.requests("/auth/register").len();
    // The same once more, and nonsense: said without asking Amazon.
    assert_eq!(code_of(first.finish(&Secret::new(&old)).await), "link-used");
    assert_eq!(code_of(first.finish(&"https://www.amazon.com/".into()).await), "bad-link");
    assert_eq!(world.requests("/auth/register").len(), registrations);
    assert_nothing_left(&world);
    let good = Browser::new(&world).sign_in(first.url(), &world).await;
    let account = first.finish(&Secret::new(&good)).await.unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(code_of(first.finish(&Secret::new(good)).await), "closed");
}

#[tokio::test]
async fn s_l4_mobile_number_sentence_is_explained_and_not_retried() {
    for shape in [ProblemBox::Error, ProblemBox::Warning] {
        let world = World::start().await;
        let sentence = "We're unable to verify your mobile number.";
        world.sim.knobs(|knobs| {
            knobs.password_problem = Some(sentence.to_owned());
            knobs.password_problem_box = shape;
        });
        let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
        let error = advance(&mut enrolment).await.unwrap_err();
        assert_eq!(error.code().id(), "wrong-password");
        assert!(error.message().contains("mostly when the password is wrong"), "{error}");
        assert_eq!(world.sim.counters().password_posts, 1);
        assert_nothing_left(&world);
    }
}

#[tokio::test]
async fn s_l5a_seed_is_taken_however_it_is_pasted() {
    let world = World::start().await;
    let seed = world.sim.account().otp_seed.to_lowercase();
    let groups: Vec<_> = seed.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    let mut enrolment =
        with_seed(&world, &format!(" {} ", groups.join(" ")), RushingClock::new(&world));
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(world.sim.counters().otp_posts, 1);
    assert_eq!(enrolment.warning(), None);
}

#[tokio::test]
async fn s_l5b_clock_that_is_off_is_said_and_does_not_matter() {
    let world = World::start().await;
    world.sim.shift_clock(95);
    let seed = world.sim.account().otp_seed;
    let mut enrolment = with_seed(&world, &seed, RushingClock::new(&world));
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(world.sim.counters().otp_posts, 1);
    let warning = enrolment.warning().unwrap();
    let is_close = (93..=96).any(|off| warning.contains(&format!("{off} seconds behind")));
    assert!(is_close, "{warning}");
}

#[tokio::test]
async fn s_l5c_code_that_is_nearly_over_is_not_sent() {
    let world = World::start().await;
    let seed = world.sim.account().otp_seed;
    let clock = RushingClock::new(&world);
    let now = clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    clock.advance(Duration::from_secs(59 - now.as_secs() % 30));
    let before = clock.ahead();
    let clock = Arc::new(clock);
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let account = world.sim.account();
    let (email, password) = (&account.email, &account.password);
    let mut enrolment = world.enrolment_of("amazon.com", email, password, Some(&seed), shared);
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    assert_eq!(world.sim.counters().otp_posts, 1);
    let waited = clock.ahead() - before;
    assert!(waited > Duration::ZERO && waited <= Duration::from_secs(3), "{waited:?}");
}

#[tokio::test]
async fn s_l6_account_with_messages_only_signs_in_by_the_link() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.pages_after_password = vec![NextPage::ClaimsPicker];
        knobs.otp_required = false;
    });
    let mut link = link(&world, "amazon.de");
    let address = Browser::new(&world).sign_in(link.url(), &world).await;
    let account = link.finish(&Secret::new(address)).await.unwrap();
    assert_enrolled(&world, &account);
}

#[tokio::test]
async fn s_l7_picture_is_shown_to_a_person_and_never_guessed() {
    for (page, with_email) in [(NextPage::Captcha, true), (NextPage::CvfCaptcha, false)] {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.pages_after_email = vec![page]);
        let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
        let question = asked(advance(&mut enrolment).await.unwrap());
        assert_eq!(question.kind.name(), "captcha");
        let image = question.image.unwrap();
        assert_eq!((image.media_type.as_str(), &image.bytes[1..4]), ("image/png", &b"PNG"[..]));
        let account = done(answer(&mut enrolment, LETTERS).await).unwrap();
        assert_enrolled(&world, &account);
        assert_eq!(world.sim.counters().password_posts, 1, "{with_email}");
    }
}

#[tokio::test]
async fn s_l7_picture_after_the_password_sends_it_no_second_time() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.pages_after_password = vec![NextPage::Captcha]);
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "captcha");
    assert!(error.next_step().contains("Amazon's own page"));
    assert_eq!(world.sim.counters().password_posts, 1);
    // Nothing but the count, by which the next attempt waits.
    assert_eq!((world.registered(), world.has_session()), (0, false));
    for file in std::fs::read_dir(world.store()).unwrap() {
        let name = file.unwrap().file_name();
        assert!(name == "records.json" || name == ".lock", "{name:?}");
    }
}

#[tokio::test]
async fn s_l7_check_for_a_browser_is_named_after_one_try_in_japanese() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.waf_unless_language = Some("xx_XX".to_owned()));
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "browser-check");
    assert_eq!(count(&world, "GET", "/ap/signin"), 2);
    assert_eq!(world.sim.counters().password_posts, 0);
    assert_nothing_left(&world);
}

#[tokio::test]
async fn s_l7_account_of_japan_on_the_wrong_site_signs_in_all_the_same() {
    for after_email in [false, true] {
        let world = World::start().await;
        world.sim.knobs(|knobs| {
            knobs.home_site = "amazon.co.jp".to_owned();
            knobs.waf_unless_language = Some("ja_JP".to_owned());
            knobs.waf_after_email = after_email;
        });
        let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
        let account = done(advance(&mut enrolment).await).unwrap();
        assert_eq!(account.info().site, "amazon.co.jp");
        assert_eq!(count(&world, "GET", "/ap/signin"), 2);
        assert_eq!(world.sim.counters().password_posts, 1);
    }
}

#[tokio::test]
async fn s_r4_wrong_handle_is_followed_by_the_next_one_once() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.wanted_handle = Some("amzn_dp_project_dee_ios_de".to_owned()));
    let mut enrolment = world.enrolment("amazon.de", Some(&world.code()));
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
    let pages = world.requests("/ap/signin");
    let asked: Vec<_> = pages.iter().filter(|entry| entry.method == "GET").collect();
    let hosts: Vec<_> = asked.iter().map(|entry| entry.host.as_str()).collect();
    assert_eq!(hosts, ["www.amazon.com", "www.amazon.de"]);
    // Tokens come from the portal of the sign-in from then on.
    drop(account);
    let account = Account::open(&world.store(), &world.settings()).await.unwrap();
    account.sign_out().await.unwrap();
    assert!(world.requests("/auth/token").iter().all(|entry| entry.host == "api.amazon.de"));
    assert_eq!(world.registered(), 0);
}

#[tokio::test]
async fn s_r4_no_handle_that_fits_is_said_after_two_tries() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.wanted_handle = Some("another".to_owned()));
    let mut enrolment = world.enrolment("amazon.de", Some(&world.code()));
    let error = advance(&mut enrolment).await.unwrap_err();
    assert_eq!(error.code().id(), "unknown-page");
    assert_eq!(count(&world, "GET", "/ap/signin"), 2);
    assert_eq!(count(&world, "POST", "/ap/signin"), 0);
}

#[tokio::test]
async fn s_r6_site_is_taken_however_it_is_typed() {
    let world = World::start().await;
    let mut enrolment = world.enrolment(" https://www.Amazon.DE/ ", Some(&world.code()));
    let account = done(advance(&mut enrolment).await).unwrap();
    assert_enrolled(&world, &account);
}

#[tokio::test]
async fn a_new_sign_in_that_fails_leaves_the_session_of_before() {
    let world = World::start().await;
    world.sim.knobs(|knobs| knobs.otp_required = false);
    let account = done(advance(&mut world.enrolment("amazon.com", None)).await).unwrap();
    account.close().await;
    world.fault(Fault::on("/ap/exchangetoken", FaultKind::Status).status(503));
    let error = advance(&mut world.enrolment("amazon.com", None)).await.unwrap_err();
    assert_eq!(error.code().id(), "amazon-down", "{error}");
    world.sim.clear_faults();
    assert_eq!((world.registered(), world.sim.counters().deregistrations), (1, 0));
}
