//! Listening to what happens, through everything that goes wrong with it. Scenarios of group S, with
//! their figures on a simulated clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amazon_simulator::{
    DevicePatch, Expire, Fault, FaultKind, PushBoundary, PushDrop, PushFraming, PushRegion,
};
use mass_alexa::Change;
use serde_json::json;

use crate::ear::{CAPABILITIES, DIRECTIVES, EVENTS, Ear, Heard, NA_PUSH, SECOND, seconds, waits};
use crate::leaping::{DAY, HOUR, MINUTE};
use crate::pacing::Pace;
use crate::support::{KITCHEN, World};

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let ear = Ear::open().await;
    assert_eq!(ear.take(), [Heard::Up]);
    for level in [31, 32, 33] {
        assert!(ear.hears(level).await);
    }
    assert_eq!(ear.take().len(), 3);
    let asked = ear.world.requests(DIRECTIVES);
    assert_eq!((asked.len(), asked[0].http_version.as_str()), (1, "HTTP/2"));
    for name in ["cookie", "accept-language"] {
        assert!(!asked[0].headers.contains_key(name), "no other client sends {name}");
    }
    ear.world.sim.push("PUSH_SOMETHING_NEW", json!({"a": null}));
    ear.world.sim.push("PUSH_LIST_ITEM_CHANGE", json!({}));
    ear.pace.settle().await;
    assert_eq!(ear.health.unknown(), [("PUSH_SOMETHING_NEW".to_owned(), 1)].into());
}

#[tokio::test]
async fn s_s1_a_stream_that_went_deaf_is_noticed_within_five_minutes() {
    let ear = Ear::open().await;
    ear.pace.step(10 * MINUTE).await;
    assert_eq!(ear.take(), [Heard::Up], "signs of life are enough");
    ear.world.sim.drop_push_streams(PushDrop::Deafen);
    assert!(!ear.hears(41).await);
    let took = ear.is_up_within(5 * MINUTE).await;
    assert!(took <= 5 * MINUTE, "{took:?}");
    assert_eq!(ear.count("/ping"), 1, "the host was alive all the time");
    assert_eq!(ear.take(), [Heard::Down("timeout", Duration::ZERO), Heard::Up]);
    assert!(ear.hears(42).await);
    assert_eq!(ear.asked(), 2);
}

#[tokio::test]
async fn s_s1_what_a_deaf_stream_missed_is_fetched() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    let pace = Pace::new(&world);
    let account = pace.account(&world).await;
    let watch = account.watch();
    let volumes = Arc::new(Mutex::new(BTreeMap::new()));
    let seen = Arc::clone(&volumes);
    let watching = tokio::spawn(async move {
        while let Some(change) = watch.next().await {
            if let Change::Player(state) = change {
                seen.lock().unwrap().insert(state.serial, state.volume);
            }
        }
    });
    let shows = |level: u8| volumes.lock().unwrap().get(KITCHEN) == Some(&Some(level));
    let turn = |level: u8| {
        let patch = DevicePatch { volume: Some(level), ..DevicePatch::default() };
        world.sim.patch_device(KITCHEN, patch)
    };
    pace.until(MINUTE, SECOND, || account.links().push.ok == Some(true)).await;
    pace.step(2 * MINUTE).await;
    turn(41);
    pace.settle().await;
    assert!(shows(41));
    world.sim.drop_push_streams(PushDrop::Deafen);
    turn(42);
    let took = pace.until(5 * MINUTE, seconds(5), || shows(42)).await;
    assert!(took <= 5 * MINUTE, "{took:?}");
    account.close().await;
    watching.await.unwrap();
}

#[tokio::test]
async fn s_s1_a_stream_that_lives_and_tells_nothing_is_noticed_by_what_it_missed() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.world.sim.knobs(|knobs| knobs.push_events_lost = true);
    assert!(!ear.hears(41).await);
    ear.take();
    ear.health.note_missed();
    ear.pace.step(MINUTE).await;
    assert_eq!(ear.take(), [], "once is no proof");
    ear.health.note_missed();
    ear.pace.settle().await;
    assert_eq!(ear.take(), [Heard::Down("timeout", Duration::ZERO), Heard::Up]);
    // Where that brought nothing, it takes more to do it again.
    ear.pace.step(2 * MINUTE).await;
    for _ in 0..3 {
        ear.health.note_missed();
    }
    ear.pace.settle().await;
    assert_eq!(ear.take(), []);
    ear.world.sim.knobs(|knobs| knobs.push_events_lost = false);
    assert!(ear.hears(42).await);
    for _ in 0..2 {
        ear.health.note_missed();
    }
    ear.pace.settle().await;
    assert_eq!(ear.asked(), 3);
}

#[tokio::test]
async fn s_s2_thirty_refused_connections_are_twelve_tries_in_the_first_hour() {
    let status = Fault::on(DIRECTIVES, FaultKind::Status).status(503);
    let forbidden = Fault::on(DIRECTIVES, FaultKind::Status).status(403);
    for fault in [status, forbidden, Fault::on(DIRECTIVES, FaultKind::Close)] {
        let world = World::start().await;
        world.signed_in().await.close().await;
        world.fault(fault.clone().times(30));
        let ear = Ear::with_chance(world, 0.0);
        ear.pace.step(HOUR).await;
        let tries = ear.count(DIRECTIVES);
        assert!((9..=12).contains(&tries), "{tries} with {fault:?}");
        let events = ear.count(EVENTS);
        assert!(events <= 4, "{events} with {fault:?}");
        assert!(ear.count(CAPABILITIES) <= 1);
        if fault.kind == FaultKind::Close {
            ear.pace.until(4 * HOUR, MINUTE, || ear.has(|heard| *heard == Heard::Up)).await;
            assert_eq!(ear.count(DIRECTIVES), 31);
            assert!(ear.hears(41).await);
            // What comes after a stable stream starts with the shortest wait again.
            ear.pace.step(2 * MINUTE).await;
            ear.take();
            ear.world.sim.knobs(|knobs| knobs.push_refuse = Some(500));
            ear.world.sim.drop_push_streams(PushDrop::Close);
            let is_down = || waits(&ear.heard.lock().unwrap()).len() > 1;
            ear.pace.until(MINUTE, SECOND, is_down).await;
            let waits = waits(&ear.take());
            assert_eq!(waits[0], Duration::ZERO);
            assert_eq!(waits[1], seconds(5));
        }
    }
}

#[tokio::test]
async fn a_network_that_is_back_ends_the_wait() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.world.fault(Fault::on(DIRECTIVES, FaultKind::Close));
    ear.world.sim.drop_push_streams(PushDrop::Close);
    ear.pace.step(20 * MINUTE).await;
    ear.world.sim.clear_faults();
    ear.take();
    ear.health.note_network_back();
    ear.is_up_within(MINUTE).await;
    // It does so for the network alone.
    ear.pace.step(2 * MINUTE).await;
    ear.world.sim.knobs(|knobs| knobs.push_refuse = Some(503));
    ear.world.sim.drop_push_streams(PushDrop::Close);
    ear.pace.step(20 * MINUTE).await;
    let asked = ear.asked();
    ear.health.note_network_back();
    ear.pace.settle().await;
    assert_eq!(ear.asked(), asked);
}

#[tokio::test]
async fn s_r5_the_host_that_amazon_names_is_connected_to_and_remembered() {
    let world = World::start().await;
    world.sim.knobs(|knobs| {
        knobs.home_region = "EU".to_owned();
        knobs.push_region = Some(PushRegion::Na);
    });
    world.signed_in().await.close().await;
    let ear = Ear::of(world);
    ear.is_up_within(MINUTE).await;
    let hosts = |ear: &Ear, path| -> Vec<_> {
        ear.world.requests(path).into_iter().map(|entry| entry.host).collect()
    };
    assert_eq!(hosts(&ear, DIRECTIVES), [NA_PUSH]);
    assert_eq!(hosts(&ear, EVENTS).len(), 1);
    // The account moves. The stream that is open says nothing of it, the next one does at once.
    ear.world.sim.clear_journal();
    ear.take();
    ear.world.sim.knobs(|knobs| knobs.push_region = Some(PushRegion::Fe));
    ear.pace.step(2 * MINUTE).await;
    assert_eq!(hosts(&ear, EVENTS), [] as [String; 0], "asked once per connection at the most");
    ear.world.sim.drop_push_streams(PushDrop::End);
    ear.is_up_within(MINUTE).await;
    let connected = hosts(&ear, DIRECTIVES);
    assert_eq!(connected.last().unwrap(), "bob-dispatch-prod-fe.amazon.com");
    assert_eq!(connected.len(), 3, "once to renew the token, once to ask");
    assert_eq!(hosts(&ear, EVENTS).len(), 1);
    assert_eq!(ear.count(CAPABILITIES), 0);
    let learned = ear.live.kept().with(|data| data.learned.push_host.clone());
    assert_eq!(learned.as_deref(), Some("bob-dispatch-prod-fe.amazon.com"));
}

#[tokio::test]
async fn s_r5_a_stream_of_the_wrong_region_that_opens_is_left_once() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.world.sim.drop_push_streams(PushDrop::End);
    ear.pace.step(SECOND).await;
    assert_eq!(ear.asked(), 2);
    ear.world.sim.clear_journal();
    ear.take();
    // The host is remembered, so that it is asked when the stream begins without an event.
    ear.world.sim.knobs(|knobs| knobs.push_region = Some(PushRegion::Na));
    ear.is_up_within(2 * MINUTE).await;
    let connected = ear.world.requests(DIRECTIVES);
    assert_eq!((connected.len(), connected[0].host.as_str()), (1, NA_PUSH));
    assert_eq!(ear.count(EVENTS), 1);
    assert!(ear.hears(41).await);
    ear.pace.step(10 * MINUTE).await;
    assert_eq!((ear.count(EVENTS), ear.count(DIRECTIVES)), (1, 1), "a host that tells is right");
}

#[tokio::test]
async fn s_s7_no_part_ends_the_stream() {
    let ear = Ear::open().await;
    let sim = &ear.world.sim;
    sim.knobs(|knobs| knobs.push_noise = true);
    for level in 1..20 {
        assert!(ear.hears(level).await, "after noise {level}");
    }
    sim.knobs(|knobs| knobs.push_noise = false);
    let bare = "\r\n--------simulator0123\r\n";
    let head = "Content-Type: application/json\r\n\r\n";
    for raw in [
        "\0\u{ff}{{{[[[\"\\".to_owned(),
        "Content-Type: application/json\r\n\r\n{\"directive\":null}".to_owned(),
        format!("{head}{{\"directive\":{{\"payload\":{{\"renderingUpdates\":[null,7,{{}}]}}}}}}"),
        format!("{head}{}", "[".repeat(200_000)),
        format!("{head}\"{}", "x".repeat(1_500_000)),
        "--------simulator0123--\r\nContent-Type: audio/mpeg\r\n\r\nID3".to_owned(),
    ] {
        sim.push_raw(raw);
        sim.push_raw(bare);
    }
    for (number, fields) in [
        json!({"volumeSetting": null, "isMuted": null, "dopplerId": null}),
        json!({"volumeSetting": {}, "isMuted": [], "dopplerId": {"deviceSerialNumber": 7}}),
        json!("text"),
        json!(null),
        json!([]),
    ]
    .into_iter()
    .enumerate()
    {
        for command in ["PUSH_VOLUME_CHANGE", "NotifyNowPlayingUpdated", "PUSH_DND_STATE_CHANGE"] {
            sim.push(command, fields.clone());
        }
        assert!(ear.hears(30 + u8::try_from(number).unwrap()).await, "{fields}");
    }
    for piece in [1, 3, 1_000] {
        sim.knobs(|knobs| {
            knobs.push_framing = PushFraming::Split;
            knobs.push_piece = piece;
        });
        assert!(ear.hears(60 + u8::try_from(piece % 40).unwrap()).await, "in pieces of {piece}");
    }
    for (framing, level) in
        [(PushFraming::Joined, 51), (PushFraming::Lf, 52), (PushFraming::NoType, 53)]
    {
        sim.knobs(|knobs| knobs.push_framing = framing);
        assert!(ear.hears(level).await, "{framing:?}");
    }
    assert_eq!(ear.asked(), 1, "it is still the first stream");
    assert!(waits(&ear.take()).is_empty());
    assert_eq!(ear.health.unknown()["long-part"], 1);
}

#[tokio::test]
async fn every_boundary_is_understood() {
    let ear = Ear::open().await;
    for (style, level) in
        [(PushBoundary::Quoted, 51), (PushBoundary::Last, 52), (PushBoundary::Unprefixed, 53)]
    {
        ear.pace.step(2 * MINUTE).await;
        ear.take();
        ear.world.sim.knobs(|knobs| {
            knobs.push_boundary_style = style;
            knobs.push_boundary = "-ab".to_owned();
        });
        ear.world.sim.drop_push_streams(PushDrop::End);
        ear.is_up_within(MINUTE).await;
        assert!(ear.hears(level).await, "{style:?}");
    }
}

#[tokio::test]
async fn a_stream_that_ends_after_a_while_is_made_anew_at_once() {
    let ear = Ear::open().await;
    for (number, how) in [
        PushDrop::Goaway,
        PushDrop::GoawayClose,
        PushDrop::End,
        PushDrop::Closing,
        PushDrop::Reset,
        PushDrop::Close,
    ]
    .into_iter()
    .enumerate()
    {
        ear.pace.step(5 * MINUTE).await;
        ear.take();
        ear.world.sim.drop_push_streams(how);
        // One of them takes its time on the clock on the wall.
        ear.is_up_within(5 * MINUTE).await;
        assert_eq!(ear.take(), [Heard::Down("unreachable", Duration::ZERO), Heard::Up], "{how:?}");
        assert!(ear.hears(40 + u8::try_from(number).unwrap()).await, "{how:?}");
    }
    assert_eq!(ear.asked(), 7);
    assert_eq!(ear.count("/auth/token"), 0);
    // Two in a row keep their distance.
    ear.take();
    ear.world.sim.drop_push_streams(PushDrop::Goaway);
    ear.pace.settle().await;
    let wait = waits(&ear.take())[0];
    assert_eq!(wait, Duration::from_millis(5_500));
}

#[tokio::test]
async fn a_host_that_does_not_reply_to_a_ping_is_given_up() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.take();
    ear.world.fault(Fault::on("/ping", FaultKind::Delay).delay_ms(600_000).times(1));
    ear.world.sim.drop_push_streams(PushDrop::Deafen);
    let took = ear.is_up_within(5 * MINUTE).await;
    assert!(took <= seconds(140), "{took:?}");
    assert_eq!(ear.count("/ping"), 1);
    assert!(ear.hears(41).await);
}

#[tokio::test]
async fn a_half_open_connection_is_left_for_a_new_one() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.take();
    ear.world.sim.drop_push_streams(PushDrop::Hang);
    assert!(!ear.hears(41).await);
    let took = ear.is_up_within(5 * MINUTE).await;
    assert!(took <= seconds(140), "{took:?}");
    assert_eq!(ear.count("/ping"), 0, "it never arrived");
    assert_eq!(ear.take(), [Heard::Down("timeout", Duration::ZERO), Heard::Up]);
    assert!(ear.hears(42).await);
}

#[tokio::test]
async fn a_host_that_opens_and_stays_empty_is_given_up() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.knobs(|knobs| knobs.push_silent = true);
    let ear = Ear::of(world);
    let down = || ear.has(|heard| matches!(heard, Heard::Down("timeout", _)));
    let took = ear.pace.until(MINUTE, SECOND, down).await;
    assert!(took >= seconds(29) && took <= seconds(45), "{took:?}");
    ear.world.sim.knobs(|knobs| knobs.push_silent = false);
    ear.is_up_within(MINUTE).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.fault(Fault::on(DIRECTIVES, FaultKind::Delay).delay_ms(600_000).times(1));
    let ear = Ear::of(world);
    let took = ear.is_up_within(MINUTE).await;
    assert!(took >= seconds(19) && took <= seconds(40), "{took:?}");
    assert_eq!(ear.asked(), 2);
}

#[tokio::test]
async fn a_refused_token_is_made_anew_once() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.take();
    ear.world.sim.expire(Expire::AccessTokens);
    ear.world.sim.drop_push_streams(PushDrop::Close);
    let took = ear.is_up_within(MINUTE).await;
    assert!(took >= seconds(5) && took <= seconds(30), "{took:?}");
    assert_eq!((ear.count("/auth/token"), ear.asked()), (1, 3));
    assert_eq!(ear.live.records().errors["push"], 2, "the break and the refusal");
}

#[tokio::test]
async fn a_token_that_is_over_is_made_anew_before_the_connection() {
    let ear = Ear::open().await;
    ear.pace.step(2 * HOUR).await;
    assert_eq!((ear.count("/auth/token"), ear.asked()), (0, 1), "the stream outlives its token");
    ear.take();
    ear.world.sim.drop_push_streams(PushDrop::End);
    ear.is_up_within(MINUTE).await;
    assert_eq!((ear.count("/auth/token"), ear.asked()), (1, 2));
    // The same before a ping.
    ear.pace.step(2 * HOUR).await;
    ear.world.sim.drop_push_streams(PushDrop::Deafen);
    let is_asked = || ear.world.requests("/ping").iter().any(|ping| ping.status.is_some());
    ear.pace.until(10 * MINUTE, SECOND, is_asked).await;
    let pings = ear.world.requests("/ping");
    assert_eq!((ear.count("/auth/token"), pings.len(), pings[0].status), (2, 1, Some(204)));
}

#[tokio::test]
async fn capabilities_that_were_forgotten_are_declared_anew_once_a_day() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    let lose = || {
        ear.take();
        ear.world.sim.clear_journal();
        ear.world.sim.expire(Expire::Capabilities);
        ear.world.sim.drop_push_streams(PushDrop::Close);
    };
    lose();
    let took = ear.is_up_within(2 * MINUTE).await;
    assert!(took <= MINUTE, "{took:?}");
    assert_eq!((ear.count(CAPABILITIES), ear.count(DIRECTIVES)), (1, 3));
    ear.pace.step(2 * MINUTE).await;
    lose();
    ear.pace.step(2 * HOUR).await;
    assert_eq!(ear.count(CAPABILITIES), 0, "not again on the same day");
    assert!(ear.count(DIRECTIVES) <= 20, "{}", ear.count(DIRECTIVES));
    ear.take();
    ear.pace.until(DAY, 10 * MINUTE, || ear.has(|heard| *heard == Heard::Up)).await;
    assert_eq!(ear.count(CAPABILITIES), 1);
}

#[tokio::test]
async fn a_declaration_that_amazon_never_heard_is_made_again_on_the_same_day() {
    let ear = Ear::open().await;
    ear.pace.step(2 * MINUTE).await;
    ear.take();
    ear.world.fault(Fault::on(CAPABILITIES, FaultKind::Close));
    ear.world.sim.expire(Expire::Capabilities);
    ear.world.sim.drop_push_streams(PushDrop::Close);
    ear.pace.step(10 * MINUTE).await;
    assert!(!ear.has(|heard| *heard == Heard::Up));
    let tried = ear.count(CAPABILITIES);
    assert!((1..=10).contains(&tried), "{tried}");
    ear.world.sim.clear_faults();
    ear.is_up_within(30 * MINUTE).await;
    assert!(ear.hears(41).await);
}

#[tokio::test]
async fn listening_ends_with_the_session() {
    let mut ear = Ear::open().await;
    ear.pace.step(2 * HOUR).await;
    ear.take();
    ear.world.sim.expire(Expire::RefreshTokens);
    ear.world.sim.drop_push_streams(PushDrop::Close);
    let refused = || ear.has(|heard| matches!(heard, Heard::Down("token-refused", _)));
    ear.pace.until(MINUTE, SECOND, refused).await;
    let listening = &mut ear.listening;
    let over = ear.pace.until(20 * MINUTE, seconds(10), || listening.is_finished()).await;
    assert!(over >= seconds(180), "the first refusal is not believed: {over:?}");
    let error = (&mut ear.listening).await.unwrap();
    assert_eq!(error.code().id(), "session-ended");
    assert!(ear.count("/auth/token") <= 3);
}

#[tokio::test]
async fn an_idle_stream_takes_three_requests_in_twelve_hours() {
    let ear = Ear::open().await;
    ear.pace.step(MINUTE).await;
    ear.world.sim.clear_journal();
    ear.pace.step(13 * HOUR).await;
    assert_eq!(ear.count(DIRECTIVES), 1, "a stream lives for so long");
    assert_eq!((ear.count("/ping"), ear.count("/auth/token"), ear.count(EVENTS)), (0, 1, 1));
    assert_eq!(ear.world.sim.journal().len(), 3);
    assert!(ear.hears(41).await);
    assert_eq!(ear.world.sim.counters().push_streams, 1, "old streams are closed");
}

#[tokio::test]
async fn a_host_that_is_gone_after_an_outage_is_asked_for_again() {
    let ear = Ear::open().await;
    let asked = || ear.world.requests("/v20160207/events").len();
    ear.world.sim.knobs(|knobs| knobs.push_refuse = Some(503));
    ear.world.sim.drop_push_streams(PushDrop::Close);
    ear.pace.step(Duration::from_secs(5_400)).await;
    let before = asked();
    ear.world.sim.knobs(|knobs| knobs.push_refuse = Some(404));
    ear.pace.step(Duration::from_secs(3 * 3_600)).await;
    let times = asked() - before;
    assert!((1..=3).contains(&times), "asked {times} times");
}
