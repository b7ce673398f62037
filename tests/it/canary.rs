//! No secret reaches the log, at trace level over everything.

use std::fs;
use std::time::Duration;

use amazon_simulator::Expire;
use mass_alexa::{Account, Transport};

use crate::support::{KITCHEN, World, done, log_file};

#[tokio::test]
async fn a_trace_level_log_holds_no_secret() {
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
        let needle = secret.as_bytes();
        assert!(
            !log.windows(needle.len()).any(|part| part == needle),
            "{} characters leaked",
            needle.len()
        );
    }
}
