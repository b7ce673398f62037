//! What an account hangs on: whatever breaks is named, and nothing else.

use std::time::Duration;

use amazon_simulator::{Expire, Fault, FaultKind};
use mass_alexa::{Account, Links};

use crate::leaping::Leaping;
use crate::support::World;
use crate::watch::Eyes;

/// The links that are broken, with their codes.
fn broken(links: &Links) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("session", &links.session),
        ("devices", &links.devices),
        ("state", &links.state),
        ("push", &links.push),
    ];
    all.into_iter()
        .filter(|(_, link)| link.ok == Some(false))
        .map(|(name, link)| (name, link.code.unwrap()))
        .collect()
}

async fn use_everything(account: &Account) {
    let _ = account.devices(true).await;
    let _ = account.states(Duration::ZERO).await;
}

#[tokio::test]
async fn s_s8_each_broken_link_is_named_and_no_other() {
    let down = |path: &str| Fault::on(path, FaultKind::Status).status(503);
    for (name, path) in [
        ("devices", "/api/devices-v2"),
        ("state", "/api/devices/deviceType"),
        ("state", "/api/np/list-media-sessions"),
    ] {
        let world = World::start().await;
        let account = world.signed_in().await;
        use_everything(&account).await;
        assert_eq!(broken(&account.links()), [], "{path}");
        world.fault(down(path));
        use_everything(&account).await;
        let links = account.links();
        assert_eq!(broken(&links), [(name, "amazon-down")], "{path}");
        assert_eq!(links.session.ok, Some(true));
        world.sim.clear_faults();
        use_everything(&account).await;
        assert_eq!(broken(&account.links()), [], "{path}");
    }
}

#[tokio::test]
async fn s_s8_a_stream_that_cannot_be_opened_is_the_broken_link() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world.fault(Fault::on("/v20160207/directives", FaultKind::Status).status(503));
    let mut eyes = Eyes::on(&account);
    eyes.until("push is down", |eyes| {
        eyes.links.as_ref().is_some_and(|links| broken(links) == [("push", "amazon-down")])
    })
    .await;
    assert_eq!(eyes.links.unwrap().session.ok, Some(true));
}

#[tokio::test]
async fn s_s8_a_session_that_ended_is_the_only_broken_link() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let clock = Leaping::start();
    let account = clock.account(&world).await;
    use_everything(&account).await;
    world.sim.expire(Expire::Cookies);
    world.sim.expire(Expire::RefreshTokens);
    for _ in 0..3 {
        use_everything(&account).await;
        clock.pass_everywhere(&world, Duration::from_secs(200));
    }
    assert_eq!(broken(&account.links()), [("session", "session-ended")]);
    assert!(account.links().session.text.unwrap().contains("Sign in again"));
}
