//! Volumes: sliders that are dragged, batches of which parts are lost, and silence.

use std::time::Duration;

use amazon_simulator::{DevicePatch, Fault, FaultKind, RateLimit};
use mass_alexa::{Account, CommandReport, Result};

use crate::pacing::Pace;
use crate::support::{BEDROOM, BEDROOM_TWO, EVERYWHERE, KITCHEN, STUDIO, World, code_of};
use crate::watch::Eyes;

const SECOND: Duration = Duration::from_secs(1);
const ATTIC: &str = "G0911W0000000008";
const ECHOS: [&str; 5] = [KITCHEN, BEDROOM, BEDROOM_TWO, STUDIO, ATTIC];
const SEQUENCE: &str = "/api/behaviors/preview";

/// An account on a clock that is moved, with or without somebody who watches.
async fn start(is_watched: bool) -> (World, Pace, Account, Option<Eyes>) {
    let world = World::start().await;
    world.signed_in().await.close().await;
    Eyes::paced(world, is_watched).await
}

async fn set(
    pace: &Pace,
    account: &Account,
    serial: &str,
    level: u8,
) -> (Result<CommandReport>, Duration) {
    let (account, serial) = (account.clone(), serial.to_owned());
    pace.during(async move { account.set_volume(&serial, level).await }).await
}

async fn mute(pace: &Pace, account: &Account, serial: &str, muted: bool) -> CommandReport {
    let (account, serial) = (account.clone(), serial.to_owned());
    pace.during(async move { account.set_mute(&serial, muted).await }).await.0.unwrap()
}

fn volume(level: u8) -> DevicePatch {
    DevicePatch { volume: Some(level), ..DevicePatch::default() }
}

/// Sixty values in three seconds on five Echos, throttled after four calls.
async fn drag(is_watched: bool) {
    let (world, pace, account, eyes) = start(is_watched).await;
    world.sim.knobs(|knobs| {
        knobs.rate_limit = Some(RateLimit {
            path_prefix: "/api/".to_owned(),
            calls: 4,
            window_s: 4,
            retry_after_s: Some(1),
        });
    });
    let started = pace.passed();
    let mut moves = Vec::new();
    for number in 0..60 {
        for serial in ECHOS {
            let account = account.clone();
            moves.push(tokio::spawn(async move { account.set_volume(serial, 20 + number).await }));
        }
        pace.step(SECOND / 20).await;
    }
    let right = || ECHOS.iter().all(|serial| world.device(serial).volume == 79);
    pace.until(10 * SECOND, SECOND / 10, right).await;
    let took = pace.passed() - started;
    assert!(took <= 5 * SECOND, "{took:?}");
    pace.until(20 * SECOND, SECOND / 10, || moves.iter().all(|one| one.is_finished())).await;
    let calls = world.sim.journal().len();
    assert!(calls <= 12, "{calls} calls");
    let mut last = None;
    for one in moves {
        last = Some(one.await.unwrap().unwrap());
    }
    assert_eq!(last.unwrap().confirmed, Some(true));
    assert!(right());
    drop(eyes);
}

#[tokio::test]
async fn s_v2_a_dragged_slider_ends_at_the_right_volume_with_few_calls() {
    drag(true).await;
}

#[tokio::test]
async fn s_v2_a_dragged_slider_ends_at_the_right_volume_without_events_too() {
    drag(false).await;
}

#[tokio::test]
async fn s_v2_a_wait_of_amazons_is_sat_out_with_the_latest_value() {
    let (world, pace, account, eyes) = start(true).await;
    let fault = Fault::on(SEQUENCE, FaultKind::Status).status(429).times(1);
    world.fault(Fault { headers: [("retry-after".to_owned(), "7".to_owned())].into(), ..fault });
    let first = account.clone();
    let first = tokio::spawn(async move { first.set_volume(KITCHEN, 50).await });
    pace.step(SECOND).await;
    let (report, took) = set(&pace, &account, KITCHEN, 55).await;
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert!((5 * SECOND..9 * SECOND).contains(&took), "{took:?}");
    assert_eq!(first.await.unwrap().unwrap().confirmed, None, "another value took its place");
    assert_eq!((world.device(KITCHEN).volume, world.requests(SEQUENCE).len()), (55, 2));
    // A wait that is too long is said at once.
    let fault = Fault::on(SEQUENCE, FaultKind::Status).status(429);
    world.fault(Fault { headers: [("retry-after".to_owned(), "60".to_owned())].into(), ..fault });
    let (report, took) = set(&pace, &account, KITCHEN, 56).await;
    assert_eq!(code_of(report), "throttled");
    assert!(took <= SECOND);
    drop(eyes);
}

#[tokio::test]
async fn what_a_batch_loses_is_corrected_singly() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        world.sim.knobs(|knobs| knobs.drop_nodes_in_batch = 2);
        let (report, took) = set(&pace, &account, EVERYWHERE, 33).await;
        let report = report.unwrap();
        assert_eq!((report.done.len(), report.confirmed), (3, Some(true)));
        assert!(took <= 8 * SECOND, "{took:?}");
        for serial in world.device(EVERYWHERE).members {
            assert_eq!(world.device(&serial).volume, 33);
        }
        let sent = world.requests(SEQUENCE).len();
        assert_eq!(sent, 3, "one batch and two corrections");
        drop(eyes);
    }
}

#[tokio::test]
async fn a_device_with_fewer_steps_obeys_all_the_same() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.knobs(|knobs| knobs.quantise = vec![KITCHEN.to_owned()]);
    for level in [18, 65, 76] {
        let (report, took) = set(&pace, &account, KITCHEN, level).await;
        assert_eq!(report.unwrap().confirmed, Some(true), "{level}");
        assert!(took <= 2 * SECOND, "{took:?}");
        assert!(world.device(KITCHEN).volume.abs_diff(level) <= 2);
    }
    assert_eq!(world.requests(SEQUENCE).len(), 3);
    drop(eyes);
}

#[tokio::test]
async fn a_list_that_lags_is_waited_for() {
    let (world, pace, account, _) = start(false).await;
    world.sim.knobs(|knobs| knobs.volume_lag_s = 4);
    let (report, took) = set(&pace, &account, KITCHEN, 61).await;
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert_eq!(world.device(KITCHEN).volume, 61);
    assert!(took <= 8 * SECOND, "{took:?}");
    assert!(world.sim.journal().len() <= 6, "{}", world.sim.journal().len());
}

#[tokio::test]
async fn a_batch_that_is_refused_goes_out_singly() {
    let (world, pace, account, eyes) = start(true).await;
    let gone = Fault::on(SEQUENCE, FaultKind::Status).status(400).times(2);
    world.fault(gone.body(r#"{"message":"Device is not connected"}"#));
    let (report, took) = set(&pace, &account, EVERYWHERE, 41).await;
    let report = report.unwrap();
    assert_eq!((report.done.len(), report.skipped.len()), (2, 1), "{report:?}");
    assert!(took <= 5 * SECOND, "{took:?}");
    assert_eq!(world.requests(SEQUENCE).len(), 4);
    drop(eyes);
}

#[tokio::test]
async fn who_does_not_obey_is_named() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(STUDIO.to_owned(), 100);
    });
    let (report, took) = set(&pace, &account, EVERYWHERE, 60).await;
    let report = report.unwrap();
    assert_eq!(report.done.len(), 2);
    assert_eq!(report.skipped, [(STUDIO.to_owned(), "Studio did not take the volume.".to_owned())]);
    assert!(took <= 12 * SECOND, "{took:?}");
    let sent = world.requests(SEQUENCE).len();
    assert_eq!(sent, 3);
    let (report, _) = set(&pace, &account, STUDIO, 61).await;
    let error = report.unwrap_err();
    assert_eq!(error.code().id(), "not-confirmed");
    assert!(error.message().contains("Studio"));
    drop(eyes);
}

#[tokio::test]
async fn without_anybody_watching_a_volume_costs_two_requests() {
    let (world, pace, account, _) = start(false).await;
    let (report, took) = set(&pace, &account, KITCHEN, 12).await;
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert!(took <= SECOND, "{took:?}");
    assert_eq!(world.sim.journal().len(), 2);
}

#[tokio::test]
async fn a_volume_is_set_even_if_its_caller_goes_away() {
    let (world, pace, account, _) = start(false).await;
    let one = account.clone();
    let task = tokio::spawn(async move { one.set_volume(KITCHEN, 66).await });
    tokio::task::yield_now().await;
    let (report, _) = set(&pace, &account, BEDROOM, 11).await;
    report.unwrap();
    task.abort();
    pace.step(3 * SECOND).await;
    assert_eq!((world.device(KITCHEN).volume, world.device(BEDROOM).volume), (66, 11));
}

#[tokio::test]
async fn a_true_mute_leaves_the_volume_alone() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        let before = world.device(KITCHEN).volume;
        let report = mute(&pace, &account, KITCHEN, true).await;
        assert_eq!(report.confirmed, Some(true));
        let device = world.device(KITCHEN);
        assert_eq!((device.muted, device.volume), (true, before));
        assert!(world.requests(SEQUENCE).is_empty());
        let report = mute(&pace, &account, KITCHEN, false).await;
        assert_eq!(report.confirmed, Some(true));
        let device = world.device(KITCHEN);
        assert_eq!((device.muted, device.volume), (false, before));
        let report = mute(&pace, &account, EVERYWHERE, true).await;
        assert_eq!(report.done.len(), 3);
        for serial in world.device(EVERYWHERE).members {
            assert!(world.device(&serial).muted);
        }
        mute(&pace, &account, EVERYWHERE, false).await;
        assert!(!world.device(STUDIO).muted);
        // Muted by voice.
        let voice = DevicePatch { muted: Some(true), ..DevicePatch::default() };
        world.sim.patch_device(KITCHEN, voice);
        pace.step(SECOND).await;
        mute(&pace, &account, KITCHEN, false).await;
        assert_eq!((world.device(KITCHEN).muted, world.device(KITCHEN).volume), (false, before));
        drop(eyes);
    }
}

#[tokio::test]
async fn that_a_device_has_no_true_mute_is_remembered() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.knobs(|knobs| knobs.mute_flag = false);
    let before = world.device(KITCHEN).volume;
    let switch = "/api/devices/A3RMGO6LYLH7YN";
    for _ in 0..2 {
        mute(&pace, &account, KITCHEN, true).await;
        assert_eq!(world.device(KITCHEN).volume, 0);
        mute(&pace, &account, KITCHEN, false).await;
        assert_eq!(world.device(KITCHEN).volume, before);
    }
    assert_eq!(world.requests(switch).len(), 1);
    drop(eyes);
}

#[tokio::test]
async fn a_passing_trouble_costs_no_device_its_true_mute() {
    let (world, pace, account, eyes) = start(true).await;
    let switch = "/api/devices/A3RMGO6LYLH7YN";
    let before = world.device(KITCHEN).volume;
    let trouble = || Fault::on(switch, FaultKind::Status).status(503).times(2);
    world.fault(trouble());
    mute(&pace, &account, KITCHEN, true).await;
    let device = world.device(KITCHEN);
    assert_eq!((device.muted, device.volume), (false, 0), "silenced in the other way");
    mute(&pace, &account, KITCHEN, false).await;
    assert_eq!(world.device(KITCHEN).volume, before);
    mute(&pace, &account, KITCHEN, true).await;
    assert!(world.device(KITCHEN).muted);
    world.fault(trouble());
    let of = account.clone();
    let (refused, _) = pace.during(async move { of.set_mute(KITCHEN, false).await }).await;
    assert_eq!(code_of(refused), "amazon-down");
    mute(&pace, &account, KITCHEN, false).await;
    let device = world.device(KITCHEN);
    assert_eq!((device.muted, device.volume), (false, before));
    drop(eyes);
}

#[tokio::test]
async fn what_was_turned_up_by_hand_is_not_brought_back_to_the_volume_before_its_silence() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        world.sim.knobs(|knobs| knobs.mute_flag = false);
        world.sim.patch_device(KITCHEN, volume(60));
        pace.step(SECOND).await;
        mute(&pace, &account, KITCHEN, true).await;
        assert_eq!(world.device(KITCHEN).volume, 0);
        world.sim.patch_device(KITCHEN, volume(25));
        pace.step(SECOND).await;
        mute(&pace, &account, KITCHEN, false).await;
        pace.step(5 * SECOND).await;
        assert_eq!(world.device(KITCHEN).volume, 25, "watched: {watched}");
        // And what is silenced and brought back at once is as before.
        mute(&pace, &account, KITCHEN, true).await;
        mute(&pace, &account, KITCHEN, false).await;
        assert_eq!(world.device(KITCHEN).volume, 25);
        drop(eyes);
    }
}

#[tokio::test]
async fn s_g4_one_member_that_went_away_does_not_keep_the_others_from_being_muted() {
    let (world, pace, account, eyes) = start(true).await;
    let path = format!("/api/devices/{}/{STUDIO}", world.device(STUDIO).device_type);
    let gone = Fault::on(&path, FaultKind::Status).status(400);
    world.fault(gone.body(r#"{"message":"Device is not connected"}"#));
    for muted in [true, false] {
        // By voice, so that there is something to bring back.
        world
            .sim
            .patch_device(STUDIO, DevicePatch { muted: Some(!muted), ..DevicePatch::default() });
        pace.step(SECOND).await;
        let report = mute(&pace, &account, EVERYWHERE, muted).await;
        assert_eq!(report.done.len(), 2, "{report:?}");
        assert_eq!(report.skipped, [(STUDIO.to_owned(), "Studio is offline.".to_owned())]);
        assert_eq!(world.device(BEDROOM).muted, muted);
    }
    drop(eyes);
}
