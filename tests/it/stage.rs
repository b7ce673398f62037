//! Music on simulated Echos, from the host's order to the sound that comes out of them.

use std::time::Duration;

use crate::concert::Concert;
use crate::support::KITCHEN;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_order_is_heard_and_shown() {
    let concert = Concert::start().await;
    let item = concert.item("a", 60);
    concert.play(KITCHEN, vec![item]).await.unwrap();
    concert.pace.step_by(10 * SECOND, SECOND).await;
    let (audible, shown) = (concert.audible(KITCHEN).unwrap(), concert.shown(KITCHEN).unwrap());
    assert_eq!((audible.0.as_str(), shown.0.as_str()), ("a", "a"));
    assert!((audible.1 - shown.1).abs() < 2.0, "{audible:?} {shown:?}");
    assert!(audible.1 > 7.0, "{audible:?}");
    let view = concert.world.sim.echo(KITCHEN).unwrap();
    assert!(view.answers_refused.is_empty(), "{:?}", view.answers_refused);
    assert!(view.spoken.is_empty(), "{:?}", view.spoken);
}
