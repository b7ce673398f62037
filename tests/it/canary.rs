//! No secret reaches the log, at trace level over everything.

use std::fs;
use std::time::Duration;

use amazon_simulator::Expire;
use mass_alexa::{Account, Transport};

use crate::support::{KITCHEN, World, done, log_file};

#[tokio::test]
async fn s_x3_a_trace_level_log_holds_no_secret() {
    let world = World::start().await;
    let known = world.sim.account();
    let account =
        done(world.enrolment("amazon.com", Some(&known.otp_seed)).advance(None).await).unwrap();
    account.states(Duration::ZERO).await.unwrap();
    account.set_volume(KITCHEN, 9).await.unwrap();
    let _ = account.transport(KITCHEN, Transport::Play).await;
    world.sim.expire(Expire::Cookies);
    account.check().await.unwrap();
    account.close().await;
    let account = Account::open(&world.store(), &world.settings()).await.unwrap();
    account.devices(true).await.unwrap();
    account.sign_out().await.unwrap();
    let log = fs::read(log_file()).unwrap();
    assert!(log.windows(12).any(|part| part == b"sign-in page"), "the log is the one written to");
    let secrets = world.sim.account().secrets;
    assert!(secrets.len() > 10, "{} secrets", secrets.len());
    for secret in secrets {
        assert!(!holds(&log, secret.as_bytes()), "{} characters leaked", secret.len());
    }
}

/// Whether a text stands in the log; a code of six digits only counts as a word of its own.
fn holds(log: &[u8], secret: &[u8]) -> bool {
    let is_code = secret.len() == 6 && secret.iter().all(u8::is_ascii_digit);
    let is_word = |at: Option<usize>| {
        at.and_then(|at| log.get(at)).is_none_or(|byte| !byte.is_ascii_alphanumeric())
    };
    log.windows(secret.len()).enumerate().any(|(at, part)| {
        part == secret && (!is_code || is_word(at.checked_sub(1)) && is_word(at.checked_add(6)))
    })
}

#[test]
fn the_scan_finds_codes_but_not_inside_of_numbers() {
    assert!(holds(b"otpCode=123456&x", b"123456") && holds(b"123456", b"123456"));
    assert!(!holds(b"id 91234567", b"123456") && !holds(b"0x123456f", b"123456"));
    assert!(holds(b"xcanaryx", b"canary"));
}
