//! A csrf value that came of age while no page can be had: it is good until it is refused.

use amazon_simulator::{Expire, Fault, FaultKind};
use mass_alexa::Account;

use crate::leaping::{HOUR, Leaping, MINUTE};
use crate::support::{KITCHEN, World};

/// The first of the pages; the others are asked after it.
const FIRST_PAGE: &str = "/api/language";

/// An account whose csrf value is more than a day old.
async fn with_an_old_value(world: &World) -> (Leaping, Account) {
    world.signed_in().await.close().await;
    let time = Leaping::start();
    let account = time.account(world).await;
    account.set_volume(KITCHEN, 1).await.unwrap();
    time.pass_everywhere(world, 25 * HOUR);
    world.sim.clear_journal();
    (time, account)
}

fn visits(world: &World) -> usize {
    world.requests(FIRST_PAGE).len()
}

#[tokio::test]
async fn an_old_value_asks_for_a_page_once_an_hour_while_amazon_is_away() {
    for fault in [
        Fault::on("", FaultKind::Close),
        Fault::on("", FaultKind::Status).status(503),
        Fault::on("", FaultKind::Status).status(429),
    ] {
        let world = World::start().await;
        let (time, account) = with_an_old_value(&world).await;
        let (kind, began) = (fault.kind, time.passed());
        let renewed = account.status().records.refreshes.csrf;
        world.fault(fault);
        while time.passed() - began < 5 * HOUR - MINUTE {
            account.set_volume(KITCHEN, 2).await.unwrap_err();
            time.pass_everywhere(&world, 10 * MINUTE);
        }
        let missed = visits(&world);
        assert!((1..=5).contains(&missed), "{kind:?}: {missed} tries in five hours");
        world.sim.clear_faults();
        time.pass_everywhere(&world, HOUR);
        for level in [3, 4] {
            account.set_volume(KITCHEN, level).await.unwrap();
        }
        assert_eq!(visits(&world), missed + 1, "{kind:?}: renewed when it could be");
        assert_eq!(account.status().records.refreshes.csrf, renewed + 1, "{kind:?}");
    }
}

#[tokio::test]
async fn an_old_value_that_is_kept_is_replaced_as_soon_as_it_is_refused() {
    let world = World::start().await;
    let (_time, account) = with_an_old_value(&world).await;
    world.sim.expire(Expire::Csrf);
    world.fault(Fault::on(FIRST_PAGE, FaultKind::Close).times(1));
    account.set_volume(KITCHEN, 5).await.unwrap();
    assert_eq!(world.device(KITCHEN).volume, 5);
    assert_eq!(world.sim.counters().cookie_exchanges, 1);
}
