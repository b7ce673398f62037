use super::*;
use crate::clock::{ManualClock, from_unix};
use futures_util::poll;
use proptest::prelude::*;
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

/// What happens to a gate, milliseconds after what happened before.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody wants through, and is under way for so many milliseconds then.
    Ask(Lane, EndpointClass, u64),
    /// Amazon asks to wait for so many seconds.
    Hold(EndpointClass, u64),
    /// Whoever has waited longest gives up.
    GiveUp,
}

fn any_event() -> impl Strategy<Value = (u64, Event)> {
    let class = || prop::sample::select(vec![CLASS, COMMANDS, EndpointClass::Endpoints]);
    let lane = prop::sample::select(vec![Lane::Read, Lane::Command]);
    let event = prop_oneof![
        20 => (lane, class(), 0_u64..4_000).prop_map(|(a, b, c)| Event::Ask(a, b, c)),
        1 => (class(), 1_u64..80).prop_map(|(class, wait)| Event::Hold(class, wait)),
        2 => Just(Event::GiveUp),
    ];
    (prop_oneof![3 => 0_u64..50, 2 => 0_u64..1_500, 1 => 0_u64..20_000], event)
}

/// Plays events and says when requests went out, in milliseconds.
async fn play(settings: &Settings, events: Vec<(u64, Event)>) -> Vec<u64> {
    const STEP: u64 = 50;
    let clock = ManualClock::new(from_unix(1_000));
    let gate = Gate::new(settings, Arc::new(clock.clone()));
    let (mut waiting, mut under_way) = (Vec::new(), Vec::new());
    let (mut now, mut sent) = (0, Vec::new());
    for (pause, event) in events.into_iter().chain([(120_000, Event::GiveUp)]) {
        for _ in 0..=pause / STEP {
            under_way.retain(|(end, _)| *end > now);
            let mut still = Vec::new();
            for (took, mut one) in waiting {
                match poll!(&mut one) {
                    std::task::Poll::Ready(Ok(permit)) => {
                        sent.push(now);
                        under_way.push((now + took, permit));
                    }
                    std::task::Poll::Ready(Err(_)) => {}
                    std::task::Poll::Pending => still.push((took, one)),
                }
            }
            waiting = still;
            assert!(under_way.len() <= settings.in_flight, "{} at once", under_way.len());
            clock.advance(Duration::from_millis(STEP));
            now += STEP;
        }
        match event {
            Event::Ask(lane, class, took) => {
                let pass = tokio::task::unconstrained(gate.pass(class, lane));
                waiting.push((took, Box::pin(pass)));
            }
            Event::Hold(class, wait) => gate.hold(class, Duration::from_secs(wait)),
            Event::GiveUp if waiting.is_empty() => {}
            Event::GiveUp => drop(waiting.remove(0)),
        }
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn never_more_than_the_rate_and_the_burst_allow(
        rate in 0.2_f64..5.0,
        burst in 1_u32..8,
        in_flight in 1_usize..5,
        events in prop::collection::vec(any_event(), 1..120),
    ) {
        let settings =
            Settings { requests_per_second: rate, burst, in_flight, ..Settings::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = runtime.block_on(play(&settings, events));
        for (first, from) in sent.iter().enumerate() {
            for (last, to) in sent.iter().enumerate().skip(first) {
                let allowed = f64::from(burst) + rate * (to - from) as f64 / 1_000.0;
                let count = (last - first + 1) as f64;
                prop_assert!(count <= allowed + 1e-6, "{count} in {} ms", to - from);
            }
        }
    }
}
