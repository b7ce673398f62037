//! Speech and announcements: heard by everybody, as loud as wanted, and by nobody who rests.

use std::time::Duration;

use amazon_simulator::{DevicePatch, DeviceSeed, Fault, FaultKind, HeardKind, PlayRequest};
use mass_alexa::{Account, CommandReport, Result, Speech, SpeechKind};

use crate::pacing::Pace;
use crate::support::{BEDROOM, BEDROOM_TWO, EVERYWHERE, GARAGE, KITCHEN, STUDIO, World, code_of};
use crate::watch::Eyes;

const SECOND: Duration = Duration::from_secs(1);
const ATTIC: &str = "G0911W0000000008";
const PAIR: &str = "5d1f6a0c3b7e4c2f9a8b7c6d5e4f3a21";
const TELEVISION: &str = "G070VM0000000009";
const PREFERENCES: &str = "/devicesTypes/";
const SEQUENCE: &str = "/api/behaviors/preview";

fn serials(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn volume(level: u8) -> DevicePatch {
    DevicePatch { volume: Some(level), ..DevicePatch::default() }
}

fn loud(text: &str, level: u8) -> Speech {
    Speech { text: text.to_owned(), volume: Some(level), ..Speech::default() }
}

async fn start(is_watched: bool) -> (World, Pace, Account, Option<Eyes>) {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.patch_device(KITCHEN, volume(15));
    world.sim.knobs(|knobs| knobs.sequence_clock = true);
    Eyes::paced(world, is_watched).await
}

async fn announce(
    pace: &Pace,
    account: &Account,
    on: &[&str],
    speech: &Speech,
) -> Result<CommandReport> {
    let (account, on, speech) = (account.clone(), serials(on), speech.clone());
    pace.during(async move { account.announce_with(&on, &speech).await }).await.0
}

#[tokio::test]
async fn s_v1_the_volume_of_an_announcement_is_for_it_alone() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
        let kitchen = || world.device(KITCHEN);
        pace.until(10 * SECOND, SECOND / 10, || !kitchen().heard.is_empty()).await;
        let heard = kitchen().heard[0].clone();
        assert_eq!((heard.volume, heard.kind), (60, HeardKind::Announcement));
        assert_eq!(world.requests(SEQUENCE).len(), 1, "volume and words in one request");
        let took = pace.until(20 * SECOND, SECOND / 10, || kitchen().volume == 15).await;
        let now_ms = world.device(KITCHEN).speaking_until_ms;
        assert!(took >= 2 * SECOND && now_ms >= heard.until_ms, "{took:?}");
        let spoken = Duration::from_millis((heard.until_ms - heard.at_ms) as u64);
        assert!(took + SECOND / 2 >= spoken, "not before it was over: {took:?} {spoken:?}");
        pace.step(20 * SECOND).await;
        assert_eq!(kitchen().volume, 15);
        drop(eyes);
    }
}

#[tokio::test]
async fn s_v1_a_knob_turned_meanwhile_stays_as_it_is() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
        pace.step(SECOND).await;
        assert_eq!(world.device(KITCHEN).volume, 60);
        world.sim.patch_device(KITCHEN, volume(30));
        pace.step(20 * SECOND).await;
        pace.step(20 * SECOND).await;
        assert_eq!(world.device(KITCHEN).volume, 30);
        // A wish of ours is a knob too, even if it is for the same volume.
        announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
        let one = account.clone();
        pace.during(async move { one.set_volume(KITCHEN, 60).await }).await.0.unwrap();
        pace.step(20 * SECOND).await;
        pace.step(20 * SECOND).await;
        assert_eq!(world.device(KITCHEN).volume, 60);
        drop(eyes);
    }
}

#[tokio::test]
async fn s_v1_two_on_top_of_each_other_end_at_the_first_volume_even_if_the_callers_are_gone() {
    let (world, pace, account, eyes) = start(true).await;
    let (one, on) = (account.clone(), serials(&[KITCHEN]));
    let task = tokio::spawn(async move { one.announce_with(&on, &loud("One", 60)).await });
    pace.until(10 * SECOND, SECOND / 10, || !world.requests(SEQUENCE).is_empty()).await;
    task.abort();
    pace.step(SECOND).await;
    announce(&pace, &account, &[KITCHEN], &loud("Two", 70)).await.unwrap();
    pace.step(SECOND).await;
    assert_eq!(world.device(KITCHEN).volume, 70);
    for _ in 0..30 {
        pace.step(SECOND).await;
    }
    assert_eq!(world.device(KITCHEN).volume, 15);
    drop(eyes);
}

#[tokio::test]
async fn s_v1_the_volume_comes_back_when_the_only_caller_is_gone() {
    let (world, pace, account, eyes) = start(true).await;
    let (on, speech) = (serials(&[KITCHEN]), loud("One", 60));
    let mut speaking = Box::pin(account.announce_with(&on, &speech));
    while world.requests(SEQUENCE).is_empty() {
        tokio::select! {
            biased;
            _ = &mut speaking => panic!("the answer came before the request"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(speaking);
    pace.step(SECOND).await;
    assert_eq!(world.device(KITCHEN).volume, 60);
    for _ in 0..20 {
        pace.step(SECOND).await;
    }
    assert_eq!(world.device(KITCHEN).volume, 15);
    drop(eyes);
}

#[tokio::test]
async fn s_v1_a_speech_that_had_to_wait_is_over_before_its_volume_goes() {
    let (world, pace, account, eyes) = start(true).await;
    // Amazon asks for more patience than the speech takes.
    let fault = Fault::on(SEQUENCE, FaultKind::Status).status(429).times(1);
    world.fault(Fault { headers: [("retry-after".to_owned(), "5".to_owned())].into(), ..fault });
    assert_eq!(code_of(account.play_sound(KITCHEN, "bell_02").await), "throttled");
    let (one, on) = (account.clone(), serials(&[KITCHEN]));
    let speaking = async move { one.speak_with(&on, &loud("x", 60)).await };
    let (report, waited) = pace.during(speaking).await;
    report.unwrap();
    assert!(waited > 4 * SECOND, "{waited:?}");
    let kitchen = || world.device(KITCHEN);
    pace.until(10 * SECOND, SECOND / 10, || !kitchen().heard.is_empty()).await;
    let heard = kitchen().heard[0].clone();
    let took = pace.until(20 * SECOND, SECOND / 10, || kitchen().volume == 15).await;
    let spoken = Duration::from_millis((heard.until_ms - heard.at_ms) as u64);
    assert!(took + SECOND / 2 >= spoken, "not before it was over: {took:?} {spoken:?}");
    assert_eq!(heard.volume, 60);
    drop(eyes);
}

#[tokio::test]
async fn s_v1_a_volume_that_amazon_does_not_take_back_is_not_given_up() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
        world.fault(Fault::on(SEQUENCE, FaultKind::Status).status(503));
        for _ in 0..60 {
            pace.step(SECOND).await;
        }
        assert_eq!(world.device(KITCHEN).volume, 60);
        world.sim.clear_faults();
        for _ in 0..60 {
            pace.step(SECOND).await;
        }
        assert_eq!(world.device(KITCHEN).volume, 15, "watched: {watched}");
        drop(eyes);
    }
}

#[tokio::test]
async fn s_v1_a_restart_makes_up_for_what_was_not_restored() {
    let (world, pace, account, _) = start(false).await;
    announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
    account.close().await;
    for _ in 0..20 {
        pace.step(SECOND).await;
    }
    assert_eq!(world.device(KITCHEN).volume, 60);
    let account = pace.account(&world).await;
    pace.during(async move { account.settle().await }).await;
    assert_eq!(world.device(KITCHEN).volume, 15);
}

#[tokio::test]
async fn s_v3_eight_devices_hear_one_request_and_the_one_that_cannot_is_named() {
    let world = World::start().await;
    for number in 1..=2 {
        let text = format!(
            r#"{{"serial": "G0911W000000010{number}", "type": "A4ZXE0RM7LQ7A", "name": "Extra {number}"}}"#
        );
        world.sim.add_device(serde_json::from_str::<DeviceSeed>(&text).unwrap());
    }
    let account = world.signed_in().await;
    let eight = [KITCHEN, BEDROOM, BEDROOM_TWO, STUDIO, ATTIC, PAIR, "G0911W0000000101", GARAGE];
    account.outline(false).await.unwrap();
    let report = account.announce(&serials(&eight), "House", "Dinner").await.unwrap();
    assert_eq!(report.done.len(), 7);
    assert_eq!(report.skipped, [(GARAGE.to_owned(), "Garage is offline.".to_owned())]);
    assert_eq!(world.requests(SEQUENCE).len(), 1);
    for serial in &report.done {
        assert_eq!(world.device(serial).announced, ["Dinner"], "{serial}");
    }
    // One that cannot say anything at all.
    let report = account.announce(&serials(&[KITCHEN, TELEVISION]), "", "x").await.unwrap();
    assert_eq!((report.done.len(), report.skipped.len()), (1, 1));
    assert!(report.skipped[0].1.contains("Living Room TV"));
    assert_eq!(code_of(account.announce(&serials(&[TELEVISION]), "", "x").await), "not-supported");
    assert_eq!(code_of(account.announce(&[], "", "x").await), "no-such-device");
}

#[tokio::test]
async fn s_v4_where_announcements_are_off_it_is_spoken_and_said_why() {
    let world = World::start().await;
    let account = world.signed_in().await;
    world
        .sim
        .patch_device(STUDIO, DevicePatch { announcements: Some(false), ..DevicePatch::default() });
    let both = serials(&[KITCHEN, STUDIO]);
    for _ in 0..2 {
        let report = account.announce(&both, "House", "Dinner").await.unwrap();
        assert_eq!(report.done.len(), 2);
        let note = report.note.unwrap();
        assert!(note.contains("switched off for Studio") && !note.contains("Kitchen"), "{note}");
    }
    assert_eq!(world.device(STUDIO).spoken, ["Dinner", "Dinner"]);
    assert_eq!(world.device(KITCHEN).announced, ["Dinner", "Dinner"]);
    assert_eq!(world.requests(PREFERENCES).len(), 2, "asked once for each device");
    assert_eq!(world.requests(SEQUENCE).len(), 2);
    // Only announcements have it.
    account.speak(BEDROOM, "x").await.unwrap();
    assert_eq!(world.requests(PREFERENCES).len(), 2);
    // Who cannot be asked takes them.
    world.fault(Fault::on(PREFERENCES, FaultKind::Status).status(503));
    account.announce(&serials(&[BEDROOM]), "", "x").await.unwrap();
    assert_eq!(world.device(BEDROOM).announced, ["x"]);
}

#[tokio::test]
async fn s_v7_who_is_not_to_be_disturbed_is_left_out_if_that_is_wished() {
    for watched in [true, false] {
        let (world, pace, account, eyes) = start(watched).await;
        let rest = DevicePatch { do_not_disturb: Some(true), ..DevicePatch::default() };
        world.sim.patch_device(STUDIO, rest);
        pace.step(SECOND).await;
        let gently =
            Speech { text: "Dinner".into(), respect_do_not_disturb: true, ..Speech::default() };
        let report = announce(&pace, &account, &[EVERYWHERE], &gently).await.unwrap();
        assert_eq!(report.done.len(), 2);
        assert_eq!(
            report.skipped,
            [(STUDIO.to_owned(), "Studio is set to do not disturb.".to_owned())]
        );
        let alone = announce(&pace, &account, &[STUDIO], &gently).await;
        assert_eq!(code_of(alone), "do-not-disturb");
        assert!(world.device(STUDIO).nodes.is_empty());
        let speech = Speech { text: "Fire".into(), ..Speech::default() };
        let one = account.clone();
        let spoken = async move { one.speak_with(&serials(&[STUDIO]), &speech).await };
        pace.during(spoken).await.0.unwrap();
        assert_eq!(world.device(STUDIO).spoken, ["Fire"]);
        drop(eyes);
    }
}

#[tokio::test]
async fn markup_and_recordings_come_out_as_they_are_meant() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let kitchen = serials(&[KITCHEN]);
    let markup = |text: &str| Speech { text: text.into(), ssml: true, ..Speech::default() };
    let said = markup("<speak>Hello <break time='1s'/> &amp; good night</speak>");
    account.speak_with(&kitchen, &said).await.unwrap();
    account.announce_with(&kitchen, &said).await.unwrap();
    let recording = Speech {
        text: "https://example.org/bell.mp3?a=1&b=2".into(),
        kind: SpeechKind::Audio,
        ..Speech::default()
    };
    account.speak_with(&kitchen, &recording).await.unwrap();
    let device = world.device(KITCHEN);
    assert_eq!(device.spoken[0], "Hello <break time='1s'/> &amp; good night");
    assert_eq!(device.announced, ["<speak>Hello <break time='1s'/> &amp; good night</speak>"]);
    assert_eq!(device.spoken[1], "<audio src='https://example.org/bell.mp3?a=1&amp;b=2'/>");
    for bad in ["<speak>x", "a & b", "<b>x</i>"] {
        assert_eq!(code_of(account.speak_with(&kitchen, &markup(bad)).await), "bad-text");
    }
    let http = Speech { text: "http://example.org/a.mp3".into(), ..recording };
    assert_eq!(code_of(account.speak_with(&kitchen, &http).await), "bad-text");
    assert_eq!(world.requests(SEQUENCE).len(), 3);
}

#[tokio::test]
async fn a_long_text_is_said_in_parts_of_one_request() {
    let (world, pace, account, _) = start(false).await;
    let sentence = format!("{}. ", "word ".repeat(40).trim());
    let long = sentence.repeat(3);
    let one = account.clone();
    let text = long.clone();
    pace.during(async move { one.speak(KITCHEN, &text).await }).await.0.unwrap();
    let speech = Speech { text: long, ..Speech::default() };
    announce(&pace, &account, &[STUDIO], &speech).await.unwrap();
    for _ in 0..60 {
        pace.step(SECOND).await;
    }
    let kitchen = world.device(KITCHEN);
    assert_eq!(kitchen.spoken.len(), 3);
    let spans: Vec<_> = kitchen.heard.iter().map(|one| (one.at_ms, one.until_ms)).collect();
    assert!(spans.windows(2).all(|pair| pair[1].0 >= pair[0].1), "one after the other: {spans:?}");
    let studio = world.device(STUDIO);
    assert_eq!((studio.announced.len(), studio.spoken.len()), (1, 2), "one chime");
    assert_eq!(world.requests(SEQUENCE).len(), 2);
    assert_eq!(code_of(account.speak(KITCHEN, &"x".repeat(1_001)).await), "bad-text");
}

#[tokio::test]
async fn what_is_said_is_not_cut_off_by_a_stop_of_before() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    pace.step(5 * SECOND).await;
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
    });
    let one = account.clone();
    let stop = tokio::spawn(async move { one.stop(KITCHEN).await });
    pace.step(SECOND).await;
    let one = account.clone();
    pace.during(async move { one.speak(KITCHEN, "Hello").await }).await.0.unwrap();
    pace.step(20 * SECOND).await;
    assert_eq!(stop.await.unwrap().unwrap().confirmed, None);
    assert_eq!(world.device(KITCHEN).nodes, ["Alexa.DeviceControls.Stop", "Alexa.Speak"]);
    drop(eyes);
}

#[tokio::test]
async fn who_is_muted_during_a_speech_comes_back_as_loud_as_before_it() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.knobs(|knobs| knobs.mute_flag = false);
    announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
    for muted in [true, false] {
        let one = account.clone();
        pace.during(async move { one.set_mute(KITCHEN, muted).await }).await.0.unwrap();
        pace.step(20 * SECOND).await;
        assert_eq!(world.device(KITCHEN).volume, if muted { 0 } else { 15 });
    }
    drop(eyes);
}

#[tokio::test]
async fn s_v1_the_volume_comes_back_even_if_nobody_told_that_it_went_up() {
    let (world, pace, account, eyes) = start(true).await;
    world.sim.knobs(|knobs| knobs.push_events_lost = true);
    announce(&pace, &account, &[KITCHEN], &loud("Dinner is ready", 60)).await.unwrap();
    pace.step(SECOND).await;
    assert_eq!(world.device(KITCHEN).volume, 60);
    for _ in 0..20 {
        pace.step(SECOND).await;
    }
    assert_eq!(world.device(KITCHEN).volume, 15);
    drop(eyes);
}

#[tokio::test]
async fn s_v3_those_that_are_there_do_not_wait_for_news_of_one_that_is_not() {
    let (world, pace, account, _) = start(false).await;
    pace.step(60 * SECOND).await;
    world.fault(Fault::on("/api/devices-v2/device", FaultKind::Status).status(503));
    let speech = Speech { text: "Dinner".to_owned(), ..Speech::default() };
    let report = announce(&pace, &account, &[KITCHEN, GARAGE], &speech).await.unwrap();
    assert_eq!(report.done, [KITCHEN]);
    assert_eq!(report.skipped, [(GARAGE.to_owned(), "Garage is offline.".to_owned())]);
}

#[tokio::test]
async fn s_v4_who_could_not_be_asked_once_is_asked_again_soon() {
    let (world, pace, account, _) = start(false).await;
    let off = DevicePatch { announcements: Some(false), ..DevicePatch::default() };
    world.sim.patch_device(STUDIO, off);
    world.fault(Fault::on(PREFERENCES, FaultKind::Status).status(503));
    let speech = Speech { text: "Dinner".to_owned(), ..Speech::default() };
    let report = announce(&pace, &account, &[STUDIO], &speech).await.unwrap();
    assert_eq!(report.note, None);
    world.sim.clear_faults();
    world.sim.clear_journal();
    announce(&pace, &account, &[STUDIO], &speech).await.unwrap();
    assert!(world.requests(PREFERENCES).is_empty(), "not at once");
    pace.step(900 * SECOND).await;
    let report = announce(&pace, &account, &[STUDIO], &speech).await.unwrap();
    assert!(report.note.unwrap().contains("switched off for Studio"));
}
