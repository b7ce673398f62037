//! Declaring the capabilities of the device again, which push events need.

use std::sync::Arc;

use amazon_simulator::{Expire, Fault, FaultKind};
use mass_alexa::net::Http;
use mass_alexa::session::Live;

use crate::leaping::{Leaping, MINUTE};
use crate::support::{World, code_of};

const CAPABILITIES: &str = "/v1/devices/@self/capabilities";

fn live(world: &World, time: &Leaping) -> Live {
    world.live(Http::new(&world.settings(), Arc::new(time.clone())).unwrap())
}

#[tokio::test]
async fn capabilities_that_were_not_accepted_are_declared_later() {
    let world = World::start().await;
    world.fault(Fault::on(CAPABILITIES, FaultKind::Status).status(503));
    world.signed_in().await.close().await;
    world.sim.clear_faults();
    let time = Leaping::start();
    let declared = live(&world, &time);
    assert!(!declared.has_capabilities());
    // A token that ended before its time costs one more.
    world.sim.expire(Expire::AccessTokens);
    declared.declare_capabilities().await.unwrap();
    assert!(declared.has_capabilities());
    assert_eq!(world.requests(CAPABILITIES).len(), 2);
    assert_eq!(world.requests("/auth/token").len(), 1);
    assert!(live(&world, &time).has_capabilities(), "remembered over a restart");
}

#[tokio::test]
async fn a_refused_declaration_is_not_repeated_at_once() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.fault(Fault::on(CAPABILITIES, FaultKind::Status).status(403));
    let time = Leaping::start();
    let live = live(&world, &time);
    for _ in 0..30 {
        assert_eq!(code_of(live.declare_capabilities().await), "forbidden");
        time.pass_everywhere(&world, MINUTE / 10);
    }
    // After 0, 1 and 3 minutes, with a token and a new one.
    assert_eq!(world.requests(CAPABILITIES).len(), 4);
    world.sim.clear_faults();
    time.pass_everywhere(&world, 4 * MINUTE);
    live.declare_capabilities().await.unwrap();
}
