use super::*;
use crate::api::media::{Media, Unit};
use crate::api::readings::{Session, sessions_of};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Two Echos in a group, a third alone, a fourth offline.
fn household() -> Arc<Household> {
    let echo = |serial: &str, online: bool| json!({"serialNumber": serial, "accountName": serial, "deviceFamily": "ECHO", "deviceType": "X", "online": online, "capabilities": ["AUDIO_PLAYER", "VOLUME_SETTING"]});
    let group = json!({"serialNumber": "GRP", "accountName": "GRP", "deviceFamily": "WHA", "deviceType": "A3C9PE6TNYLTCH", "capabilities": ["AUDIO_PLAYER"], "clusterMembers": ["G1", "G2"]});
    let devices = json!({"devices": [echo("G1", true), echo("G2", true), echo("G3", true), echo("G4", false), group]});
    Arc::new(Household::merge(&devices, None, None))
}

fn book() -> Book {
    let mut book = Book::default();
    book.take_devices(&household(), 0.0, 0.5);
    book
}

fn session(id: &str, serials: &[&str], state: &str, title: &str) -> Session {
    let ends: Vec<Value> =
        serials.iter().map(|serial| json!({"id": {"deviceSerialNumber": serial}})).collect();
    let list = json!({"mediaSessionList": [{"taskSessionId": id, "endpointList": ends, "nowPlayingData": {
        "playerState": state, "queueId": format!("q-{id}"), "mediaId": format!("q-{id}:1"),
        "infoText": {"title": title}, "progress": {"mediaProgress": 10_000, "mediaLength": 200_000}}}]});
    sessions_of(&list, Unit::Milliseconds).list.remove(0)
}

fn list(sessions: Vec<Session>) -> readings::Sessions {
    readings::Sessions { list: sessions, unit: Unit::Milliseconds }
}

fn event(serial: &str, kind: EventKind) -> Event {
    Event { serial: Some(serial.to_owned()), at_ms: None, kind }
}

fn plays(state: AudioState) -> EventKind {
    EventKind::Playback { state, media_id: None }
}

fn volume(level: u8) -> EventKind {
    EventKind::Volume { level: Some(level), muted: Some(false) }
}

fn listed(serial: &str, level: Option<u8>) -> Volume {
    Volume { serial: serial.to_owned(), level, muted: Some(false) }
}

fn playback(book: &Book, serial: &str) -> Playback {
    book.state(serial).unwrap().playback
}

#[test]
fn s_g2_leader_and_members_of_a_group_show_what_it_plays() {
    // Named by the group alone, with its members, or by the members alone.
    for serials in [&["GRP"][..], &["GRP", "G1", "G2"], &["G1", "G2"]] {
        let mut book = book();
        book.take_sessions(list(vec![session("a", serials, "PLAYING", "One")]), 1.0, 2.0);
        for serial in ["GRP", "G1", "G2"] {
            let state = book.state(serial).unwrap();
            assert_eq!((state.playback, state.title.as_deref()), (Playback::Playing, Some("One")));
        }
        assert_eq!(playback(&book, "G3"), Playback::Idle);
        let group = book.state("G1").unwrap().group;
        assert_eq!(group.as_deref(), serials.contains(&"GRP").then_some("GRP"));
        assert_eq!(book.state("GRP").unwrap().group, None);
    }
}

#[test]
fn a_member_that_calls_itself_paused_plays_with_its_group() {
    let mut book = book();
    let own = session("own", &["G1"], "PAUSED", "Old");
    book.take_sessions(list(vec![own, session("a", &["GRP"], "PLAYING", "One")]), 1.0, 2.0);
    let state = book.state("G1").unwrap();
    assert_eq!((state.playback, state.title.as_deref()), (Playback::Playing, Some("One")));
    book.apply(&event("GRP", plays(AudioState::Interrupted)), 5.0, 0);
    assert_eq!(
        (playback(&book, "G2"), playback(&book, "GRP")),
        (Playback::Paused, Playback::Paused)
    );
}

#[test]
fn a_knob_is_shown_at_once_and_an_older_list_does_not_overrule_it() {
    let mut book = book();
    book.take_volumes(&[listed("G1", Some(20)), listed("G2", Some(41))], 1.0, 2.0);
    assert_eq!(book.state("GRP").unwrap().volume, Some(30));
    let (concerned, _) = book.apply(&event("G1", volume(50)), 100.0, 0);
    assert!(concerned.contains("GRP") && concerned.contains("G1") && !concerned.contains("G3"));
    assert_eq!(book.state("GRP").unwrap().volume, Some(45));
    // Begun before or soon after the event, the list may still show the old value.
    for started in [99.0, 105.0] {
        let effects = book.take_volumes(&[listed("G1", Some(20))], started, started + 1.0);
        assert!(effects.volumes && !effects.is_news);
        assert_eq!(book.state("G1").unwrap().volume, Some(50));
    }
    let effects = book.take_volumes(&[listed("G1", Some(20))], 120.0, 121.0);
    assert!(effects.is_news);
    assert_eq!(book.state("G1").unwrap().volume, Some(20));
}

#[test]
fn s_v6_null_never_overwrites_a_volume() {
    let mut book = book();
    book.take_volumes(&[listed("G1", Some(20))], 1.0, 2.0);
    book.take_volumes(&[listed("G1", None)], 100.0, 101.0);
    book.apply(&event("G1", EventKind::Volume { level: None, muted: Some(true) }), 102.0, 0);
    let state = book.state("G1").unwrap();
    assert_eq!((state.volume, state.volume_at, state.muted), (Some(20), Some(2.0), Some(true)));
}

#[test]
fn events_that_come_late_or_twice_change_nothing() {
    let mut book = book();
    let at = |at_ms: u64, level: u8| Event { at_ms: Some(at_ms), ..event("G1", volume(level)) };
    book.apply(&at(5_000, 40), 10.0, 5_000);
    book.apply(&at(4_000, 10), 11.0, 5_000);
    book.apply(&at(5_000, 40), 12.0, 5_000);
    assert_eq!(book.state("G1").unwrap().volume, Some(40));
}

#[test]
fn a_replay_moves_nothing_that_runs() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    let old = |kind| Event { at_ms: Some(1_000), ..event("G1", kind) };
    let progress = EventKind::Progress { position: Some(1.0), duration: None, media_id: None };
    book.apply(&old(progress), 10.0, 1_000_000);
    let (_, effects) = book.apply(&old(plays(AudioState::Interrupted)), 10.0, 1_000_000);
    let state = book.state("G1").unwrap();
    assert_eq!((state.playback, state.position), (Playback::Playing, Some(10.0)));
    assert!(effects.sessions);
}

#[test]
fn pausing_keeps_the_position_that_was_reached() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    book.apply(&event("G1", plays(AudioState::Interrupted)), 32.0, 0);
    let state = book.state("G1").unwrap();
    assert_eq!(
        (state.playback, state.position, state.updated_at),
        (Playback::Paused, Some(40.0), 32.0)
    );
    book.apply(&event("G1", plays(AudioState::Playing)), 100.0, 0);
    book.apply(&event("G1", plays(AudioState::Finished)), 101.0, 0);
    let state = book.state("G1").unwrap();
    assert_eq!((state.playback, state.position), (Playback::Playing, Some(40.0)));
}

#[test]
fn what_was_stopped_is_idle_and_a_stray_word_is_not_believed() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    book.apply(&event("G1", plays(AudioState::Interrupted)), 10.0, 0);
    book.note_stop("G1", Some(10.0));
    assert_eq!(playback(&book, "G1"), Playback::Idle);
    book.apply(&event("G1", plays(AudioState::Playing)), 13.0, 0);
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 14.0, 15.0);
    assert_eq!(playback(&book, "G1"), Playback::Idle);
    book.apply(&event("G1", plays(AudioState::Playing)), 30.0, 0);
    assert_eq!(playback(&book, "G1"), Playback::Playing);
    // Something else began at once: that is believed.
    book.note_stop("G1", Some(40.0));
    let next = EventKind::NowPlaying {
        session: Some("a".into()),
        media: Box::new(Media {
            playback: Playback::Playing,
            title: Some("Two".into()),
            media_id: Some("q-a:2".into()),
            ..Media::default()
        }),
    };
    book.apply(&Event { serial: None, at_ms: None, kind: next }, 42.0, 0);
    assert_eq!(playback(&book, "G1"), Playback::Playing);
}

#[test]
fn what_was_stopped_before_it_was_listed_is_idle_too() {
    let mut book = book();
    book.take_sessions(list(Vec::new()), 1.0, 2.0);
    book.apply(&event("G1", plays(AudioState::Playing)), 10.0, 0);
    book.note_stop("G1", Some(10.5));
    book.take_sessions(list(vec![session("a", &["G1"], "PAUSED", "One")]), 11.0, 11.5);
    assert_eq!(playback(&book, "G1"), Playback::Idle);
    let later = session("b", &["G3"], "PAUSED", "Two");
    book.take_sessions(list(vec![later]), 12.0, 12.5);
    assert_eq!(playback(&book, "G3"), Playback::Paused);
}

#[test]
fn one_list_without_a_session_that_played_proves_nothing() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    let effects = book.take_sessions(list(Vec::new()), 10.0, 11.0);
    assert!(effects.sessions && !effects.is_news);
    assert_eq!(playback(&book, "G1"), Playback::Playing);
    let effects = book.take_sessions(list(Vec::new()), 14.0, 15.0);
    assert!(!effects.sessions && effects.is_news);
    assert_eq!(playback(&book, "G1"), Playback::Idle);
}

#[test]
fn an_event_about_something_unknown_asks_for_lists() {
    let mut book = book();
    assert!(book.apply(&event("NEW", volume(3)), 1.0, 0).1.devices);
    assert!(!book.apply(&event("NEW", volume(3)), 1_000.0, 0).1.devices, "asked for already");
    assert!(book.apply(&event("OTHER", volume(3)), 1_000.0, 0).1.devices);
    let (_, effects) = book.apply(&event("G3", plays(AudioState::Playing)), 2.0, 0);
    assert!(effects.sessions);
    assert_eq!(playback(&book, "G3"), Playback::Playing);
    // The list is not there yet (observed for two seconds): it is read again.
    assert!(book.take_sessions(list(Vec::new()), 1.5, 3.0).sessions);
    assert_eq!(playback(&book, "G3"), Playback::Playing);
    book.take_sessions(list(Vec::new()), 5.0, 6.0);
    assert_eq!(playback(&book, "G3"), Playback::Idle);
}

#[test]
fn going_and_coming_back_is_shown_with_the_reason() {
    let mut book = book();
    assert_eq!(book.state("G4").unwrap().reason.as_deref(), Some("G4 is offline."));
    let connection = |online| EventKind::Connection { online };
    for serial in ["G1", "G2"] {
        book.apply(&event(serial, connection(false)), 10.0, 0);
    }
    let group = book.state("GRP").unwrap();
    assert!(!group.online && group.reason.unwrap().starts_with("All speakers"));
    // A list that was begun before knows less.
    book.take_devices(&household(), 9.0, 10.5);
    assert!(!book.state("G1").unwrap().online);
    let (_, effects) = book.apply(&event("G1", connection(true)), 20.0, 0);
    assert!(effects.volumes && effects.sessions && book.state("GRP").unwrap().online);
    book.apply(&event("G4", volume(3)), 21.0, 0);
    assert!(book.state("G4").unwrap().online, "who speaks is there");
}

#[test]
fn s_d8_a_device_is_gone_after_the_second_list_without_it() {
    let mut book = book();
    let echo =
        json!({"serialNumber": "G1", "deviceFamily": "ECHO", "capabilities": ["AUDIO_PLAYER"]});
    let short = Arc::new(Household::merge(&json!({"devices": [echo]}), None, None));
    book.take_devices(&short, 10.0, 11.0);
    assert!(book.misses_devices() && book.state("G3").is_some());
    book.take_devices(&short, 40.0, 41.0);
    assert!(!book.misses_devices() && book.state("G3").is_none() && book.state("G1").is_some());
}

#[test]
fn the_order_of_a_queue_and_do_not_disturb_come_from_events() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    let queue = EventKind::Queue { shuffle: Some(true), repeat: None, is_new: false };
    assert!(!book.apply(&event("G1", queue), 3.0, 0).1.sessions);
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 4.0, 5.0);
    assert_eq!(book.state("G1").unwrap().shuffle, Some(true));
    book.apply(&event("G1", EventKind::DoNotDisturb { enabled: true }), 6.0, 0);
    book.take_do_not_disturb(&[("G1".into(), false), ("G3".into(), false)], 5.5, 6.5);
    let dnd = |serial: &str| book.state(serial).unwrap().do_not_disturb;
    assert_eq!((dnd("G1"), dnd("G3"), dnd("GRP")), (Some(true), Some(false), None));
}

/// An event that Amazon stamped at so many milliseconds.
fn stamped_at(at_ms: u64, serial: &str, kind: EventKind) -> Event {
    Event { at_ms: Some(at_ms), ..event(serial, kind) }
}

#[test]
fn lists_are_believed_and_not_read_over_and_over_when_the_clock_was_put_back() {
    let mut book = book();
    let playing = || list(vec![session("a", &["G1"], "PLAYING", "One")]);
    book.take_sessions(playing(), 10_000.0, 10_001.0);
    book.apply(&event("G1", plays(AudioState::Interrupted)), 10_002.0, 0);
    book.apply(&event("G1", volume(50)), 10_002.0, 0);
    book.apply(&event("G1", EventKind::Connection { online: false }), 10_002.0, 0);
    book.apply(&event("G1", EventKind::DoNotDisturb { enabled: true }), 10_002.0, 0);
    book.apply(&event("G3", plays(AudioState::Playing)), 10_002.0, 0);
    // Two and a half hours earlier by the clock, everything is read again.
    let effects = book.take_sessions(playing(), 1_000.0, 1_001.0);
    assert!(!effects.sessions);
    assert!(!book.take_volumes(&[listed("G1", Some(20))], 1_000.0, 1_001.0).volumes);
    book.take_devices(&household(), 1_000.0, 1_001.0);
    book.take_do_not_disturb(&[("G1".into(), false)], 1_000.0, 1_001.0);
    let state = book.state("G1").unwrap();
    assert_eq!((state.playback, state.updated_at), (Playback::Playing, 1_001.0));
    assert_eq!((state.volume, state.do_not_disturb), (Some(20), Some(false)));
    assert!(state.online);
    assert_eq!(playback(&book, "G3"), Playback::Idle);
}

#[test]
fn an_unknown_serial_in_every_list_of_sessions_asks_for_devices_once() {
    let mut book = book();
    let elsewhere = || list(vec![session("a", &["FIRETV", "CAR"], "PLAYING", "Film")]);
    let asked = (0..60_u32).filter(|minute| {
        let now = f64::from(*minute) * 60.0;
        book.take_sessions(elsewhere(), now, now + 0.5).devices
    });
    assert_eq!(asked.count(), 1);
}

#[test]
fn a_stamp_from_the_far_future_does_not_make_a_device_deaf() {
    let mut book = book();
    book.apply(&stamped_at(u64::MAX, "G1", volume(10)), 10.0, 1_000_000);
    book.apply(&stamped_at(1_000_500, "G1", volume(40)), 11.0, 1_001_000);
    assert_eq!(book.state("G1").unwrap().volume, Some(40));
}

#[test]
fn a_session_that_just_spoke_is_not_gone_because_of_older_lists() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    book.take_sessions(list(Vec::new()), 10.0, 11.0);
    book.apply(&event("G1", plays(AudioState::Playing)), 12.5, 0);
    let effects = book.take_sessions(list(Vec::new()), 12.0, 13.0);
    assert!(effects.sessions && !effects.is_news);
    assert_eq!(playback(&book, "G1"), Playback::Playing);
    for started in [16.0, 20.0] {
        book.take_sessions(list(Vec::new()), started, started + 1.0);
    }
    assert_eq!(playback(&book, "G1"), Playback::Idle);
}

#[test]
fn what_plays_now_is_not_overruled_by_what_was_said_before() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["G1"], "PLAYING", "One")]), 1.0, 2.0);
    let now_playing = |at_ms: u64, title: &str| {
        let media = Media { title: Some(title.into()), ..Media::default() };
        let kind = EventKind::NowPlaying { session: Some("a".into()), media: Box::new(media) };
        Event { serial: None, at_ms: Some(at_ms), kind }
    };
    book.apply(&now_playing(900_000, "Three"), 10.0, 900_000);
    let (_, effects) = book.apply(&now_playing(899_000, "Two"), 10.1, 900_000);
    assert!(!effects.sessions);
    assert_eq!(book.state("G1").unwrap().title.as_deref(), Some("Three"));
}

#[test]
fn what_is_told_again_does_not_overrule_a_list_that_was_read_since() {
    let mut book = book();
    let now = 100_000.0;
    let replay = |kind| stamped_at(1_000_000, "G1", kind);
    book.take_volumes(&[listed("G1", Some(20))], now - 60.0, now - 59.0);
    book.take_devices(&household(), now - 60.0, now - 59.0);
    book.take_do_not_disturb(&[("G1".into(), false)], now - 60.0, now - 59.0);
    // Of ten minutes ago.
    book.apply(&replay(volume(70)), now, 1_600_000);
    book.apply(&replay(EventKind::Connection { online: false }), now, 1_600_000);
    book.apply(&replay(EventKind::DoNotDisturb { enabled: true }), now, 1_600_000);
    let state = book.state("G1").unwrap();
    assert_eq!((state.volume, state.volume_at), (Some(20), Some(now - 59.0)));
    assert_eq!((state.online, state.do_not_disturb), (true, Some(false)));
    // Where nothing was read, it is better than nothing, and the next list is better still.
    book.apply(&stamped_at(1_000_000, "G3", volume(70)), now, 1_600_000);
    assert_eq!(book.state("G3").unwrap().volume_at, Some(now - 600.0));
    book.take_volumes(&[listed("G3", Some(30))], now, now + 1.0);
    assert_eq!(book.state("G3").unwrap().volume, Some(30));
}

#[test]
fn a_list_that_was_begun_before_somebody_spoke_does_not_take_them_off() {
    let mut book = book();
    book.apply(&event("G4", volume(3)), 21.0, 0);
    book.take_devices(&household(), 20.0, 22.0);
    assert!(book.state("G4").unwrap().online);
    book.take_devices(&household(), 30.0, 31.0);
    assert!(!book.state("G4").unwrap().online);
}

#[test]
fn what_a_member_tells_of_a_session_concerns_all_who_hear_it() {
    let mut book = book();
    book.take_sessions(list(vec![session("a", &["GRP"], "PLAYING", "One")]), 1.0, 2.0);
    let (concerned, _) = book.apply(&event("G1", plays(AudioState::Interrupted)), 5.0, 0);
    assert!(["GRP", "G1", "G2"].iter().all(|serial| concerned.contains(*serial)));
    assert_eq!(playback(&book, "G2"), Playback::Paused);
}

#[test]
fn a_member_that_cannot_be_reached_says_nothing_of_the_groups_volume() {
    let mut book = book();
    book.take_volumes(&[listed("G1", Some(20)), listed("G2", Some(60))], 1.0, 2.0);
    book.apply(&event("G2", EventKind::Connection { online: false }), 3.0, 0);
    assert_eq!(book.state("GRP").unwrap().volume, Some(20));
    let mute = EventKind::Volume { level: None, muted: Some(true) };
    book.apply(&event("G1", mute), 4.0, 0);
    assert_eq!(book.state("GRP").unwrap().muted, Some(true));
    book.apply(&event("G1", EventKind::Connection { online: false }), 5.0, 0);
    assert_eq!(book.state("GRP").unwrap().volume, Some(40), "better than nothing");
}

fn any_kind() -> impl Strategy<Value = EventKind> {
    let state = prop::sample::select(vec![
        AudioState::Playing,
        AudioState::Interrupted,
        AudioState::Finished,
        AudioState::Other,
    ]);
    prop_oneof![
        (prop::option::of(0..=100_u8), prop::option::of(any::<bool>()))
            .prop_map(|(level, muted)| EventKind::Volume { level, muted }),
        (state, prop::option::of("q-[ab]:[0-9]"))
            .prop_map(|(state, media_id)| EventKind::Playback { state, media_id }),
        (prop::option::of(0.0..1e9_f64), prop::option::of(0.0..1e9_f64)).prop_map(|(p, d)| {
            EventKind::Progress { position: p, duration: d, media_id: None }
        }),
        any::<bool>().prop_map(|online| EventKind::Connection { online }),
        any::<bool>().prop_map(|enabled| EventKind::DoNotDisturb { enabled }),
        Just(EventKind::SessionsChanged),
        prop::option::of("[ab]").prop_map(|session| EventKind::NowPlaying {
            session,
            media: Box::new(Media { title: Some("T".into()), ..Media::default() }),
        }),
    ]
}

proptest! {
    /// Whatever is said in whatever order: a volume that was known stays known, a group agrees with
    /// its members, and a list after everything tells the truth.
    #[test]
    fn no_order_of_statements_makes_the_book_lie(
        events in prop::collection::vec((prop::sample::select(vec!["G1", "G2", "G3", "G4", "GRP", "X"]), any_kind(), 0.0..20.0_f64), 0..40)
    ) {
        let mut book = book();
        book.take_volumes(&[listed("G1", Some(20)), listed("G2", Some(40))], 1.0, 2.0);
        book.take_sessions(list(vec![session("a", &["GRP"], "PLAYING", "One")]), 1.0, 2.0);
        let mut now = 3.0;
        for (serial, kind, wait) in events {
            now += wait;
            book.apply(&event(serial, kind), now, 0);
            let states: BTreeMap<_, _> = book.states().map(|state| (state.serial.clone(), state)).collect();
            prop_assert!(states["G1"].volume.is_some() && states["GRP"].volume.is_some());
            prop_assert_eq!(states["GRP"].online, states["G1"].online || states["G2"].online);
            for state in states.values() {
                prop_assert_eq!(state.online, state.reason.is_none());
                prop_assert!(state.position.is_none_or(|position| position >= 0.0));
            }
        }
        let truth = list(vec![session("z", &["G3"], "PLAYING", "Last")]);
        for _ in 0..2 {
            now += 60.0;
            book.take_sessions(truth.clone(), now, now + 0.5);
        }
        prop_assert_eq!(playback(&book, "G3"), Playback::Playing);
        prop_assert_eq!(playback(&book, "GRP"), Playback::Idle);
        book.take_volumes(&[listed("G1", Some(7))], now, now + 0.5);
        prop_assert_eq!(book.state("G1").unwrap().volume, Some(7));
    }
}
