//! What an attempt to sign in leaves: a report that can be shown to anybody, and nothing else.

use std::time::Duration;

use amazon_simulator::NextPage;

use crate::browser::Browser;
use crate::sign_in_scenarios::{MAILED, advance, answer, asked, link};
use crate::support::World;

#[tokio::test]
async fn s_u3_report_names_pages_and_statuses_and_nothing_secret() {
    for (page, last) in [
        (NextPage::Unknown, "unknown page \u{201c}Keep your account safe\u{201d}"),
        (NextPage::Passkey, "passkey page"),
        (NextPage::Locked, "locked page"),
        (NextPage::Waf, "browser check page"),
        (NextPage::SecondPassword, "password page, 2 times"),
        (NextPage::Captcha, "captcha page"),
        (NextPage::Error, "error page"),
    ] {
        let world = World::start().await;
        world.sim.knobs(|knobs| knobs.pages_after_password = vec![page]);
        let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
        let error = advance(&mut enrolment).await.unwrap_err();
        let report = enrolment.trail().report();
        let lines: Vec<_> = report.lines().collect();
        assert_eq!(lines[0], "1. GET www.amazon.com/ap/signin 200 e-mail page");
        assert!(lines[1].starts_with("2. POST www.amazon.com/ap/signin 200 password page"));
        assert!(lines.last().unwrap().contains(&format!(" 200 {last}")), "{page:?}: {report}");
        let account = world.sim.account();
        for secret in account.secrets.iter().chain([&account.email, &account.password]) {
            assert!(!report.contains(secret.as_str()), "{page:?}: {report}");
            assert!(!format!("{error} {error:?}").contains(secret.as_str()), "{page:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn s_u4_leaving_at_any_page_changes_nothing() {
    for site in ["amazon.com", "amazon.de"] {
        let world = World::start().await;
        world.signed_in().await.close().await;
        let before = files(&world);
        world.sim.knobs(|knobs| {
            knobs.pages_after_password = vec![NextPage::ClaimsPicker, NextPage::CvfCaptcha];
        });
        // Left before it began, at each question, and with the code of the link in hand.
        drop(world.enrolment(site, None));
        for answers in 0..3 {
            world.sim.knobs(|knobs| {
                knobs.pages_after_password = vec![NextPage::ClaimsPicker, NextPage::CvfCaptcha];
            });
            let mut enrolment = world.enrolment(site, None);
            asked(advance(&mut enrolment).await.unwrap());
            for text in ["1", MAILED].iter().take(answers) {
                asked(answer(&mut enrolment, text).await.unwrap());
            }
            drop(enrolment);
            assert_eq!(files(&world), before);
        }
        world.sim.knobs(|knobs| knobs.pages_after_password.clear());
        // The code of this window was used by the sign-in above.
        world.sim.advance(Duration::from_secs(31));
        let link = link(&world, site);
        Browser::new(&world).sign_in(link.url(), &world).await;
        drop(link);
        assert_eq!((files(&world), world.registered()), (before, 1));
    }
}

/// Content of the files that make up a session.
fn files(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(world.store())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != "records.json")
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_abandoned_while_saving_leaves_no_device_and_no_session() {
    for _ in 0..20 {
        if is_caught_while_saving().await {
            return;
        }
    }
    panic!("no abandoned attempt took its device and session back");
}

/// False when the save was over before it was noticed, or before the attempt was gone.
async fn is_caught_while_saving() -> bool {
    let world = World::start().await;
    let mut enrolment = world.enrolment("amazon.com", Some(&world.code()));
    let stage = enrolment.stage();
    let attempt = tokio::spawn(async move { advance(&mut enrolment).await.map(|_| ()) });
    let is_saving = move || loop {
        match stage.get().as_str() {
            "Saving the session" => return true,
            "Signed in" => return false,
            _ => std::hint::spin_loop(),
        }
    };
    if !tokio::task::spawn_blocking(is_saving).await.unwrap() {
        return false;
    }
    attempt.abort();
    if !attempt.await.is_err_and(|error| error.is_cancelled()) {
        return false;
    }
    let is_gone = || world.registered() == 0 && !world.store().join("session.sealed").exists();
    for _ in 0..30 {
        if world.sim.counters().deregistrations == 1 && is_gone() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
