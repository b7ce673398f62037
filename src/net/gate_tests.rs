use super::*;
use crate::clock::{ManualClock, from_unix};
use futures_util::poll;
use std::future::Future;
use std::pin::Pin;

const PATIENT: Duration = Duration::from_secs(3_600);
const CLASS: EndpointClass = EndpointClass::State;
const COMMANDS: EndpointClass = EndpointClass::Commands;

fn gate(per_second: f64) -> (Gate, ManualClock) {
    let clock = ManualClock::new(from_unix(1_000));
    let settings = Settings {
        requests_per_second: per_second,
        burst: 4,
        in_flight: 100,
        ..Settings::default()
    };
    (Gate::new(&settings, Arc::new(clock.clone())), clock)
}

/// Without the scheduler's budget, which a test that polls by hand would use up.
fn patient(gate: &Gate) -> Pin<Box<impl Future<Output = Result<OwnedSemaphorePermit>>>> {
    Box::pin(tokio::task::unconstrained(gate.turn(CLASS, Lane::Command, PATIENT)))
}

/// How many of many requests get out while `seconds` pass.
async fn let_out(gate: &Gate, clock: &ManualClock, seconds: u64) -> usize {
    let mut waiting: Vec<_> = (0..50).map(|_| patient(gate)).collect();
    let mut out = 0;
    for _ in 0..=seconds * 10 {
        let mut still = Vec::new();
        for mut one in waiting {
            match poll!(&mut one) {
                std::task::Poll::Ready(_) => out += 1,
                std::task::Poll::Pending => still.push(one),
            }
        }
        waiting = still;
        clock.advance(Duration::from_millis(100));
    }
    out
}

#[tokio::test]
async fn a_burst_is_free_and_then_one_a_second() {
    let (gate, clock) = gate(1.0);
    assert_eq!(let_out(&gate, &clock, 0).await, 4);
    let (gate, clock) = self::gate(1.0);
    assert_eq!(let_out(&gate, &clock, 20).await, 24);
}

#[tokio::test]
async fn who_gives_up_takes_nothing() {
    let (gate, clock) = gate(1.0);
    let_out(&gate, &clock, 0).await;
    for _ in 0..100 {
        let mut impatient = patient(&gate);
        assert!(poll!(&mut impatient).is_pending());
    }
    clock.advance(Duration::from_secs(1));
    assert!(poll!(patient(&gate)).is_ready());
}

#[tokio::test]
async fn a_hold_stops_those_who_wait_and_starts_slowly() {
    let (gate, clock) = gate(1.0);
    let_out(&gate, &clock, 0).await;
    let mut waiting = patient(&gate);
    assert!(poll!(&mut waiting).is_pending());
    gate.hold(CLASS, Duration::from_secs(12));
    gate.hold(CLASS, Duration::from_secs(5));
    clock.advance(Duration::from_secs(11));
    assert!(poll!(&mut waiting).is_pending());
    drop(waiting);
    assert!((1..=3).contains(&let_out(&gate, &clock, 2).await));
}

#[tokio::test]
async fn a_command_does_not_wait_for_minutes() {
    let (gate, _) = gate(0.0);
    assert!(gate.pass(COMMANDS, Lane::Command).await.is_ok());
    gate.hold(CLASS, Duration::from_secs(12));
    let error = gate.pass(COMMANDS, Lane::Command).await.unwrap_err();
    assert_eq!(
        (error.code(), error.retry_after()),
        (code::THROTTLED, Some(Duration::from_secs(12)))
    );
}

#[tokio::test]
async fn a_command_does_not_queue_behind_a_read_that_waits_for_minutes() {
    let (gate, _) = gate(1.0);
    gate.hold(CLASS, Duration::from_secs(45));
    let mut read = patient(&gate);
    assert!(poll!(&mut read).is_pending());
    let command = gate.pass(COMMANDS, Lane::Command);
    let refused = futures_util::FutureExt::now_or_never(command).unwrap();
    assert_eq!(refused.unwrap_err().code(), code::THROTTLED);
}

#[tokio::test]
async fn a_class_that_is_held_for_long_keeps_no_other_waiting() {
    let (gate, clock) = gate(1.0);
    gate.hold(EndpointClass::Endpoints, Duration::from_secs(300));
    let read = |class, patience| {
        Box::pin(tokio::task::unconstrained(gate.turn(class, Lane::Read, patience)))
    };
    let mut held: Vec<_> = (0..10).map(|_| read(EndpointClass::Endpoints, PATIENT)).collect();
    for one in &mut held {
        assert!(poll!(one).is_pending());
    }
    let refused = gate.pass(EndpointClass::Endpoints, Lane::Read).await.unwrap_err();
    assert!(refused.message().contains("300 more seconds with details of devices"), "{refused}");
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(300)));
    clock.advance(Duration::from_secs(13));
    assert!(poll!(read(CLASS, Duration::ZERO)).is_ready());
    assert_eq!(gate.held(), [(EndpointClass::Endpoints, Duration::from_secs(287))]);
    clock.advance(Duration::from_secs(1));
    assert!(gate.pass(COMMANDS, Lane::Command).await.is_ok());
    // Who waited for the class still takes its turn afterwards.
    clock.advance(Duration::from_secs(300));
    let mut out = 0;
    for one in &mut held {
        out += usize::from(poll!(one).is_ready());
    }
    assert!((1..=4).contains(&out), "{out}");
}

#[tokio::test]
async fn a_class_that_becomes_held_leaves_the_queue_to_others() {
    let (gate, clock) = gate(1.0);
    let_out(&gate, &clock, 0).await;
    let mut first = patient(&gate);
    assert!(poll!(&mut first).is_pending());
    gate.hold(CLASS, Duration::from_secs(300));
    clock.advance(Duration::from_secs(14));
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(Box::pin(gate.pass(COMMANDS, Lane::Command))).is_ready());
    clock.advance(Duration::from_secs(290));
    assert!(poll!(&mut first).is_ready());
}

#[tokio::test]
async fn a_command_overtakes_the_reads() {
    let (gate, clock) = gate(1.0);
    let_out(&gate, &clock, 0).await;
    let read = || Box::pin(tokio::task::unconstrained(gate.turn(CLASS, Lane::Read, PATIENT)));
    let mut reads: Vec<_> = (0..10).map(|_| read()).collect();
    for read in &mut reads {
        assert!(poll!(read).is_pending());
    }
    let mut command = patient(&gate);
    assert!(poll!(&mut command).is_pending());
    clock.advance(Duration::from_secs(1));
    assert!(
        reads
            .iter_mut()
            .take(1)
            .all(|read| matches!(futures_util::FutureExt::now_or_never(read), Some(Ok(_))))
    );
    clock.advance(Duration::from_secs(1));
    assert!(poll!(&mut command).is_ready());
}

#[tokio::test]
async fn only_so_many_are_under_way() {
    let clock = ManualClock::new(from_unix(1_000));
    let settings = Settings { requests_per_second: 0.0, in_flight: 2, ..Settings::default() };
    let gate = Gate::new(&settings, Arc::new(clock));
    let one = gate.turn(CLASS, Lane::Command, PATIENT).await;
    let _two = gate.turn(CLASS, Lane::Command, PATIENT).await;
    let third = gate.turn(CLASS, Lane::Command, PATIENT);
    tokio::pin!(third);
    assert!(poll!(&mut third).is_pending());
    drop(one);
    assert!(third.await.is_ok());
}
