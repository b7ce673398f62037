//! Buttons when Amazon takes ways away, loses commands or plays what it does not own.

use std::time::Duration;

use amazon_simulator::{Fault, FaultKind, PlayRequest, Playback, ProviderKind};
use mass_alexa::{Account, CommandReport, Result, Settings, Transport};

use crate::leaping::DAY;
use crate::pacing::Pace;
use crate::support::{BEDROOM, EVERYWHERE, KITCHEN, World, code_of};
use crate::watch::Eyes;

const SECOND: Duration = Duration::from_secs(1);
const COMMAND: &str = "/api/np/command";
const SESSION: &str = "/api/np/control-media-session";
const SEQUENCE: &str = "/api/behaviors/preview";

/// A world in which one track plays in the kitchen, and its account on a clock that is moved.
async fn playing(settings: &Settings) -> (World, Pace, Account) {
    let world = World::start().await;
    world.signed_in().await.close().await;
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    let pace = Pace::new(&world);
    let settings = Settings {
        connect_to: world.settings().connect_to,
        extra_ca: world.settings().extra_ca,
        ..settings.clone()
    };
    let account = pace.account_with(&world, &settings).await;
    account.outline(false).await.unwrap();
    world.sim.clear_journal();
    (world, pace, account)
}

/// Presses a button while time passes, and gives what became of it with the time that it took.
async fn press(
    pace: &Pace,
    account: &Account,
    button: Transport,
) -> (Result<CommandReport>, Duration) {
    let account = account.clone();
    pace.during(async move { account.transport(KITCHEN, button).await }).await
}

fn asked(world: &World, path: &str) -> usize {
    world.requests(path).len()
}

#[tokio::test]
async fn s_p2_a_pause_finds_another_way_within_three_seconds_and_remembers_it() {
    // With the usual politeness: that takes its time too.
    let (world, pace, account) = playing(&Settings::default()).await;
    world.fault(Fault::on(COMMAND, FaultKind::SignInRedirect));
    let (report, took) = press(&pace, &account, Transport::Pause).await;
    assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert!(took <= 3 * SECOND, "{took:?}");
    assert_eq!(asked(&world, SESSION), 1);
    world.sim.clear_journal();
    world.sim.play(&PlayRequest::new(KITCHEN, "Two"));
    pace.step(10 * SECOND).await;
    let (report, took) = press(&pace, &account, Transport::Pause).await;
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert!(took <= SECOND, "{took:?}");
    assert_eq!((asked(&world, COMMAND), asked(&world, SESSION)), (0, 1), "straight to what worked");
    // It is kept with the session, and the better way is tried again after a day.
    account.close().await;
    let account = pace.account(&world).await;
    account.outline(false).await.unwrap();
    world.sim.play(&PlayRequest::new(KITCHEN, "Three"));
    press(&pace, &account, Transport::Pause).await.0.unwrap();
    assert_eq!(asked(&world, COMMAND), 0);
    world.sim.clear_faults();
    pace.step(DAY).await;
    world.sim.play(&PlayRequest::new(KITCHEN, "Four"));
    press(&pace, &account, Transport::Pause).await.0.unwrap();
    assert_eq!(asked(&world, COMMAND), 1);
    assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
}

#[tokio::test]
async fn s_p2_every_way_is_tried_down_to_a_spoken_word() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    let ways = [COMMAND, SESSION];
    let faults =
        [Fault::on(COMMAND, FaultKind::Status).status(404), Fault::on(SESSION, FaultKind::Html)];
    for (number, fault) in faults.into_iter().enumerate() {
        world.fault(fault);
        world.sim.play(&PlayRequest::new(KITCHEN, &format!("Song {number}")));
        let (report, _) = press(&pace, &account, Transport::Pause).await;
        assert_eq!(report.unwrap().confirmed, Some(true), "{}", ways[number]);
        assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
    }
    assert_eq!(world.device(KITCHEN).nodes.last().unwrap(), "Alexa.DeviceControls.Stop");
    // What goes neither to the player nor to its session is said.
    let (report, _) = press(&pace, &account, Transport::Play).await;
    assert_eq!(world.device(KITCHEN).text_commands, ["weiter"]);
    drop(report);
}

#[tokio::test]
async fn s_p2_no_other_way_is_tried_when_it_would_not_help() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    for (fault, code) in [
        (Fault::on(COMMAND, FaultKind::Status).status(429), "throttled"),
        (Fault::on(COMMAND, FaultKind::Close), "unreachable"),
        (
            Fault::on(COMMAND, FaultKind::Status)
                .status(400)
                .body(r#"{"message":"Device is not connected"}"#),
            "device-offline",
        ),
    ] {
        world.fault(fault);
        let (report, _) = press(&pace, &account, Transport::Pause).await;
        assert_eq!(code_of(report), code);
        assert_eq!(asked(&world, SESSION) + asked(&world, SEQUENCE), 0, "{code}");
        world.sim.clear_faults();
        pace.step(60 * SECOND).await;
    }
}

#[tokio::test]
async fn s_p1_where_nothing_plays_stop_and_pause_succeed_and_say_so() {
    let world = World::start().await;
    let account = world.signed_in().await;
    let report = account.stop(BEDROOM).await.unwrap();
    assert_eq!((report.done, report.confirmed), (vec![BEDROOM.to_owned()], Some(true)));
    let report = account.transport(BEDROOM, Transport::Pause).await.unwrap();
    assert!(report.note.unwrap().contains("nothing to pause on Bedroom"));
    world.sim.play(&PlayRequest::new(KITCHEN, "One"));
    world.sim.knobs(|knobs| knobs.queue_expired = true);
    account.transport(KITCHEN, Transport::Pause).await.unwrap();
    account.stop(KITCHEN).await.unwrap();
    assert_ne!(world.device(KITCHEN).playing, Playback::Playing);
}

#[tokio::test]
async fn s_p1_what_amazons_player_does_not_own_is_silenced_in_another_way() {
    for kind in [ProviderKind::External, ProviderKind::Skill] {
        for pauses in [true, false] {
            let world = World::start().await;
            let account = world.signed_in().await;
            world
                .sim
                .play(&PlayRequest { provider_kind: kind, ..PlayRequest::new(KITCHEN, "One") });
            let report = if pauses {
                account.transport(KITCHEN, Transport::Pause).await
            } else {
                account.stop(KITCHEN).await
            };
            assert_eq!(report.unwrap().confirmed, Some(true), "{kind:?}");
            assert_ne!(world.device(KITCHEN).playing, Playback::Playing, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_pause_is_sent_again_and_a_lost_next_is_not() {
    for watched in [false, true] {
        let (world, pace, account) = playing(&World::start().await.settings()).await;
        let eyes = watched.then(|| Eyes::on(&account));
        pace.step(10 * SECOND).await;
        world.sim.clear_journal();
        world.sim.knobs(|knobs| {
            knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
        });
        let (report, took) = press(&pace, &account, Transport::Pause).await;
        assert_eq!(report.unwrap().confirmed, Some(true), "watched: {watched}");
        assert!(took <= 5 * SECOND, "{took:?}");
        assert_eq!(asked(&world, COMMAND), 2);
        assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
        world.sim.play(&PlayRequest::new(KITCHEN, "Two"));
        pace.step(10 * SECOND).await;
        world.sim.clear_journal();
        world.sim.knobs(|knobs| {
            knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
        });
        let (report, _) = press(&pace, &account, Transport::Next).await;
        let error = report.unwrap_err();
        assert_eq!(error.code().id(), "not-confirmed");
        assert!(error.message().contains("Kitchen"), "{error}");
        assert_eq!(asked(&world, COMMAND), 1);
        let lists = asked(&world, "/api/np/list-media-sessions");
        assert!(lists <= if watched { 2 } else { 4 }, "{lists} lists");
        drop(eyes);
    }
}

#[tokio::test]
async fn with_events_a_command_is_confirmed_at_once_and_without_a_list() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    let eyes = Eyes::on(&account);
    pace.step(10 * SECOND).await;
    world.sim.knobs(|knobs| knobs.command_delay_ms = 1_600);
    world.sim.clear_journal();
    let (report, took) = press(&pace, &account, Transport::Pause).await;
    assert_eq!(report.unwrap().confirmed, Some(true));
    assert!((SECOND..2 * SECOND).contains(&took), "{took:?}");
    assert_eq!((asked(&world, COMMAND), asked(&world, "/api/np/list")), (1, 0));
    for (button, path) in [(Transport::Next, COMMAND), (Transport::Previous, COMMAND)] {
        world.sim.knobs(|knobs| knobs.command_delay_ms = 160);
        pace.step(5 * SECOND).await;
        world.sim.clear_journal();
        let (report, _) = press(&pace, &account, button).await;
        assert_eq!(report.unwrap().confirmed, Some(true), "{button:?}");
        assert_eq!(asked(&world, path), 1);
    }
    drop(eyes);
}

#[tokio::test]
async fn a_newer_command_ends_the_efforts_for_an_older_one() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
    });
    let stopping = account.clone();
    let stop = tokio::spawn(async move { stopping.stop(KITCHEN).await });
    pace.step(SECOND).await;
    assert!(!stop.is_finished(), "the stop was lost and is going to be sent again");
    let (played, _) = press(&pace, &account, Transport::Play).await;
    assert_eq!(played.unwrap().confirmed, Some(true));
    pace.step(20 * SECOND).await;
    let report = stop.await.unwrap().unwrap();
    assert_eq!(report.confirmed, None);
    assert_eq!(world.device(KITCHEN).playing, Playback::Playing, "no stop killed the new music");
    assert_eq!(asked(&world, SEQUENCE), 1);
    // Of another device it ends nothing.
    world.sim.play(&PlayRequest::new(BEDROOM, "Two"));
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
    });
    let stopping = account.clone();
    let stop = tokio::spawn(async move { stopping.stop(KITCHEN).await });
    pace.step(SECOND).await;
    let one = account.clone();
    pace.during(async move { one.transport(BEDROOM, Transport::Pause).await }).await.0.unwrap();
    pace.until(5 * SECOND, SECOND / 10, || stop.is_finished()).await;
    assert_eq!(stop.await.unwrap().unwrap().confirmed, Some(true));
    assert_eq!(world.device(KITCHEN).playing, Playback::Paused);
}

#[tokio::test]
async fn an_outage_in_which_everything_is_taken_and_nothing_done_is_noticed() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    world.sim.knobs(|knobs| {
        knobs.ignore_sequences = true;
        knobs.drop_commands.insert(KITCHEN.to_owned(), 100);
    });
    let one = account.clone();
    let (report, took) = pace.during(async move { one.stop(KITCHEN).await }).await;
    let error = report.unwrap_err();
    assert_eq!(error.code().id(), "not-confirmed");
    assert!(error.message().contains("Kitchen"));
    assert!(took <= 10 * SECOND, "{took:?}");
    assert!(world.sim.journal().len() <= 13, "{}", world.sim.journal().len());
}

#[tokio::test]
async fn what_was_stopped_here_is_idle_and_what_was_paused_is_paused() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    let shown = async |account: &Account| {
        let one = account.clone();
        let (states, _) = pace.during(async move { one.states(Duration::ZERO).await }).await;
        states.unwrap().into_iter().find(|state| state.serial == KITCHEN).unwrap().playback
    };
    for (stops, expected) in [(false, "paused"), (true, "idle")] {
        world.sim.play(&PlayRequest::new(KITCHEN, "One"));
        pace.step(SECOND).await;
        let one = account.clone();
        pace.during(async move {
            if stops {
                one.stop(KITCHEN).await
            } else {
                one.transport(KITCHEN, Transport::Pause).await
            }
        })
        .await
        .0
        .unwrap();
        assert_eq!(shown(&account).await.name(), expected);
    }
    press(&pace, &account, Transport::Play).await.0.unwrap();
    assert_eq!(shown(&account).await.name(), "playing");
}

#[tokio::test]
async fn a_seek_that_is_ignored_once_is_sent_again() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    world.sim.knobs(|knobs| knobs.seek_needs_two = true);
    for target in [90.0, 12.4] {
        let one = account.clone();
        let (report, _) = pace.during(async move { one.seek(KITCHEN, target).await }).await;
        assert_eq!(report.unwrap().confirmed, Some(true));
        let position = world.device(KITCHEN).track.unwrap().position_s as f64;
        assert!((position - target).abs() <= 5.0, "{position}");
    }
    assert_eq!(code_of(account.seek(KITCHEN, -1.0).await), "bad-setting");
    assert_eq!(code_of(account.seek(KITCHEN, f64::NAN).await), "bad-setting");
    let one = account.clone();
    let (report, _) = pace.during(async move { one.seek(BEDROOM, 3.0).await }).await;
    assert_eq!(code_of(report), "nothing-playing");
}

#[tokio::test]
async fn s_p7_shuffle_and_repeat_are_seen_by_events() {
    let (_world, pace, account) = playing(&World::start().await.settings()).await;
    let eyes = Eyes::on(&account);
    pace.step(10 * SECOND).await;
    let state = || async {
        account
            .states(Duration::from_secs(60))
            .await
            .unwrap()
            .into_iter()
            .find(|s| s.serial == KITCHEN)
            .unwrap()
    };
    for on in [true, false] {
        let one = account.clone();
        let (reports, _) = pace
            .during(async move {
                (one.set_shuffle(KITCHEN, on).await, one.set_repeat(KITCHEN, on).await)
            })
            .await;
        assert_eq!(reports.0.unwrap().confirmed, Some(true));
        assert_eq!(reports.1.unwrap().confirmed, Some(true));
        let state = state().await;
        assert_eq!((state.shuffle, state.repeat), (Some(on), Some(on)));
    }
    drop(eyes);
    // Without events nobody knows: lists tell it wrong.
    pace.step(SECOND).await;
    let one = account.clone();
    let (report, _) = pace.during(async move { one.set_shuffle(KITCHEN, true).await }).await;
    assert_eq!(report.unwrap().confirmed, None);
    assert_eq!(code_of(account.set_shuffle(EVERYWHERE, true).await), "nothing-playing");
}

#[tokio::test]
async fn do_not_disturb_is_switched_and_seen() {
    let world = World::start().await;
    let account = world.signed_in().await;
    for on in [true, false] {
        assert_eq!(account.set_do_not_disturb(KITCHEN, on).await.unwrap().confirmed, Some(true));
        assert_eq!(world.device(KITCHEN).do_not_disturb, on);
        let state = account.states(Duration::ZERO).await.unwrap();
        let shown = state.iter().find(|state| state.serial == KITCHEN).unwrap().do_not_disturb;
        assert_eq!(shown, Some(on));
    }
    assert_eq!(code_of(account.set_do_not_disturb(EVERYWHERE, true).await), "not-supported");
}

#[tokio::test]
async fn a_stop_that_was_lost_does_not_end_the_sound_that_came_after_it() {
    let (world, pace, account) = playing(&World::start().await.settings()).await;
    world.sim.knobs(|knobs| {
        knobs.drop_commands.insert(KITCHEN.to_owned(), 1);
    });
    let one = account.clone();
    let stopping = tokio::spawn(async move { one.stop(KITCHEN).await });
    pace.until(SECOND, SECOND / 10, || asked(&world, SEQUENCE) == 1).await;
    account.play_sound(KITCHEN, "bell_02").await.unwrap();
    for _ in 0..100 {
        pace.step(SECOND / 10).await;
    }
    assert_eq!(stopping.await.unwrap().unwrap().confirmed, None);
    assert_eq!(asked(&world, SEQUENCE), 2, "the stop is not sent again");
}
