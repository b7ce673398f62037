//! Music on simulated Echos, from the host's order to the sound that comes out of them.

use std::time::Duration;

use amazon_simulator::Button;
use mass_alexa::gateway::{StagePlayback, Wish};

use crate::concert::Concert;
use crate::support::{BEDROOM, BEDROOM_TWO, KITCHEN};

const SECOND: Duration = Duration::from_secs(1);

/// Lets seconds pass.
async fn wait(concert: &Concert, seconds: u32) {
    concert.pace.step_by(seconds * SECOND, SECOND).await;
}

/// What is shown is what is heard, and how far it is.
fn heard(concert: &Concert, serial: &str) -> (String, f64) {
    let audible = concert.audible(serial).unwrap();
    let shown = concert.shown(serial).unwrap();
    assert_eq!(audible.0, shown.0);
    assert!((audible.1 - shown.1).abs() < 2.0, "heard {audible:?}, shown {shown:?}");
    audible
}

fn songs(concert: &Concert, count: usize, seconds: u64) -> Vec<mass_alexa::gateway::Item> {
    (0..count).map(|number| concert.item(&format!("song{number}"), seconds)).collect()
}

#[tokio::test]
async fn an_order_is_heard_and_shown() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 1, 60)).await.unwrap();
    wait(&concert, 10).await;
    let (item, position) = heard(&concert, KITCHEN);
    assert_eq!(item, "song0");
    assert!(position > 7.0, "{position}");
    let view = concert.world.sim.echo(KITCHEN).unwrap();
    assert!(view.answers_refused.is_empty(), "{:?}", view.answers_refused);
    assert!(view.spoken.is_empty(), "{:?}", view.spoken);
    // What is at its end is at its end for the host as well.
    wait(&concert, 60).await;
    assert_eq!(concert.audible(KITCHEN), None);
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Idle);
}

#[tokio::test]
async fn s_p3_next_by_voice_moves_the_queue_of_that_echo_alone() {
    let concert = Concert::start().await;
    for serial in [KITCHEN, BEDROOM, BEDROOM_TWO] {
        concert.play(serial, songs(&concert, 3, 120)).await.unwrap();
    }
    wait(&concert, 20).await;
    concert.world.sim.say(BEDROOM, "next");
    wait(&concert, 5).await;
    assert_eq!(heard(&concert, BEDROOM).0, "song1");
    for serial in [KITCHEN, BEDROOM_TWO] {
        assert_eq!(heard(&concert, serial).0, "song0");
        assert!(concert.host.wishes(serial).is_empty());
    }
    // A button on the screen does the same, and the way back is one, too.
    concert.world.sim.press(BEDROOM, Button::Next);
    wait(&concert, 5).await;
    assert_eq!(heard(&concert, BEDROOM).0, "song2");
    concert.world.sim.say(BEDROOM, "previous");
    wait(&concert, 5).await;
    assert_eq!(heard(&concert, BEDROOM).0, "song1");
    assert_eq!(concert.host.wishes(BEDROOM), [Wish::Next, Wish::Next, Wish::Previous]);
    let pairings = concert.gateway.pairings();
    assert_eq!(pairings.iter().filter(|device| device.serial.is_some()).count(), 3);
}

#[tokio::test]
async fn s_p4_a_pause_by_the_host_is_one_pause_and_comes_back_to_nobody() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 2, 120)).await.unwrap();
    wait(&concert, 20).await;
    concert.world.sim.clear_journal();
    concert.order(KITCHEN, |gateway, _| async move { gateway.pause(KITCHEN).await }).await.unwrap();
    wait(&concert, 30).await;
    assert_eq!(concert.audible(KITCHEN), None);
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Paused);
    assert_eq!(concert.world.sim.count("POST", "/api/behaviors/preview"), 1);
    assert!(concert.host.wishes(KITCHEN).is_empty());
    // By voice nothing is sent at all, and the host is not asked to do anything either.
    concert.world.sim.say(KITCHEN, "resume");
    wait(&concert, 10).await;
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Playing);
    concert.world.sim.say(KITCHEN, "pause");
    wait(&concert, 20).await;
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Paused);
    assert_eq!(concert.world.sim.count("POST", "/api/behaviors/preview"), 1);
    assert!(concert.host.wishes(KITCHEN).is_empty());
}

#[tokio::test]
async fn s_p5_resumes_where_it_was_also_after_a_restart_of_the_host() {
    let mut concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 2, 180)).await.unwrap();
    wait(&concert, 83).await;
    let before = heard(&concert, KITCHEN).1;
    for restarts in [false, true] {
        concert
            .order(KITCHEN, |gateway, _| async move { gateway.pause(KITCHEN).await })
            .await
            .unwrap();
        wait(&concert, 15).await;
        let paused = concert.shown(KITCHEN).unwrap().1;
        if restarts {
            concert.restart().await;
            wait(&concert, 20).await;
            assert_eq!(concert.shown(KITCHEN).unwrap().1, paused);
        } else {
            assert!((paused - before).abs() < 1.5, "{paused} {before}");
        }
        concert
            .order(KITCHEN, |gateway, _| async move { gateway.resume(KITCHEN).await })
            .await
            .unwrap();
        let heard_at = heard(&concert, KITCHEN).1;
        assert!((heard_at - paused).abs() < 1.0, "paused at {paused}, heard {heard_at}");
        wait(&concert, 5).await;
        heard(&concert, KITCHEN);
    }
}

#[tokio::test]
async fn s_p6_twenty_commands_do_not_end_the_music() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 2, 300)).await.unwrap();
    wait(&concert, 5).await;
    for number in 0..20_u8 {
        let account = concert.account.clone();
        let work = async move {
            match number % 4 {
                0 => account.set_volume(KITCHEN, 20 + number).await.map(drop),
                1 => account.speak(KITCHEN, "Dinner").await.map(drop),
                2 => account.set_do_not_disturb(KITCHEN, number % 8 == 2).await.map(drop),
                _ => account.text_command(KITCHEN, "what time is it").await.map(drop),
            }
        };
        concert.pace.during(work).await.0.unwrap();
        wait(&concert, 5).await;
        assert_ne!(concert.playback(KITCHEN), StagePlayback::Idle, "command {number}");
    }
    wait(&concert, 20).await;
    assert_eq!(heard(&concert, KITCHEN).0, "song0");
    assert_eq!(concert.world.sim.echo(KITCHEN).unwrap().sessions_open, 0);
}

#[tokio::test]
async fn s_s5_ten_tracks_with_three_quick_skips_are_shown_as_they_are_heard() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 10, 30)).await.unwrap();
    for second in 0..270 {
        if [40, 42, 44].contains(&second) {
            let index = concert.host.with(KITCHEN, |queue| queue.index);
            concert
                .order(KITCHEN, move |gateway, host| async move {
                    host.play_at(&gateway, KITCHEN, index + 1).await
                })
                .await
                .unwrap();
        }
        wait(&concert, 1).await;
        let Some((audible, _)) = concert.audible(KITCHEN) else { continue };
        let shown = concert.shown(KITCHEN).map(|shown| shown.0);
        assert_eq!(shown.as_ref(), Some(&audible), "second {second}");
    }
    assert!(concert.host.with(KITCHEN, |queue| queue.index) >= 8);
}

#[tokio::test]
async fn an_echo_that_ran_dry_while_the_host_was_away_is_not_said_to_play() {
    let mut concert = Concert::start().await;
    concert.world.sim.knobs(|knobs| knobs.skill_buffer_s = 3);
    concert.play(KITCHEN, songs(&concert, 2, 180)).await.unwrap();
    wait(&concert, 30).await;
    concert.stop().await;
    // What is on its way in the buffers of the system would last for minutes.
    concert.world.sim.drop_audio(KITCHEN);
    wait(&concert, 40).await;
    assert_eq!(concert.audible(KITCHEN), None);
    let dry = concert.world.sim.echo(KITCHEN).unwrap().offset.as_secs_f64();
    concert.begin().await;
    wait(&concert, 30).await;
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Paused);
    concert
        .order(KITCHEN, |gateway, _| async move { gateway.resume(KITCHEN).await })
        .await
        .unwrap();
    wait(&concert, 3).await;
    let after = heard(&concert, KITCHEN).1;
    assert!((after - dry).abs() < 6.0, "it fell silent at {dry} and went on at {after}");
}

#[tokio::test]
async fn a_seek_is_heard_where_it_leads() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 2, 180)).await.unwrap();
    wait(&concert, 10).await;
    concert.seek(KITCHEN, 100).await;
    wait(&concert, 5).await;
    let (item, position) = concert.audible(KITCHEN).unwrap();
    assert_eq!(item, "song0");
    assert!((position - 105.0).abs() < 3.0, "{position}");
    // The host counts from where it was asked to begin.
    let shown = concert.shown(KITCHEN).unwrap();
    assert!((shown.1 + 100.0 - position).abs() < 2.0, "{shown:?}");
    wait(&concert, 80).await;
    assert_eq!(heard(&concert, KITCHEN).0, "song1");
}

#[tokio::test]
async fn s_k7_s_k8_no_answer_is_refused_and_no_conversation_stays_open() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 4, 40)).await.unwrap();
    for utterance in ["help", "shuffle on", "loop on", "what time is it", "start over", "stop"] {
        wait(&concert, 20).await;
        concert.world.sim.say(KITCHEN, utterance);
    }
    wait(&concert, 60).await;
    let view = concert.world.sim.echo(KITCHEN).unwrap();
    assert!(view.events.len() > 10, "{:?}", view.events);
    assert_eq!(view.answers_refused, Vec::<String>::new());
    assert_eq!((view.sessions_open, view.ignored.len()), (0, 0), "{:?}", view.ignored);
}

#[tokio::test]
async fn an_announcement_comes_in_between_and_the_music_goes_on() {
    let concert = Concert::start().await;
    concert.play(KITCHEN, songs(&concert, 2, 120)).await.unwrap();
    wait(&concert, 30).await;
    let before = heard(&concert, KITCHEN).1;
    let ding = concert.item("ding", 4);
    concert
        .order(KITCHEN, |gateway, _| async move { gateway.announce(KITCHEN, ding).await })
        .await
        .unwrap();
    wait(&concert, 5).await;
    let (item, position) = heard(&concert, KITCHEN);
    assert_eq!(item, "song0");
    assert!((position - before - 5.0).abs() < 3.0, "{position} after {before}");
    wait(&concert, 100).await;
    assert_eq!(heard(&concert, KITCHEN).0, "song1");
}

#[tokio::test]
async fn an_echo_that_does_not_open_the_skill_is_named_within_six_seconds() {
    let concert = Concert::start().await;
    concert.world.sim.patch_skill(
        crate::concert::SKILL,
        amazon_simulator::SkillPatch { is_testing: Some(false), ..Default::default() },
    );
    let item = concert.item("a", 60);
    let work = {
        let gateway = concert.gateway.clone();
        async move { gateway.play(KITCHEN, item).await }
    };
    let (outcome, took) = concert.pace.during(work).await;
    assert_eq!(outcome.unwrap_err().code().id(), "launch-unanswered");
    assert!(took <= 7 * SECOND, "{took:?}");
    assert_eq!(concert.playback(KITCHEN), StagePlayback::Idle);
}

#[tokio::test]
async fn s_k5_a_name_of_ones_own_opens_the_skill_in_the_language_of_the_echo() {
    let concert = Concert::start_as("assistant musical", Some("fr-FR")).await;
    // The silent way is closed, so that the words have to be right.
    concert.world.sim.knobs(|knobs| knobs.skill_launch_ignored = true);
    concert.play(KITCHEN, songs(&concert, 1, 60)).await.unwrap();
    wait(&concert, 5).await;
    assert_eq!(heard(&concert, KITCHEN).0, "song0");
    let said = concert.world.requests("/api/behaviors/preview");
    let words = "ouvre assistant musical";
    assert!(said.iter().any(|entry| format!("{entry:?}").contains(words)), "{said:?}");
}

#[tokio::test]
async fn s_k9_an_echo_that_says_no_is_told_in_another_way_and_then_named() {
    let concert = Concert::start().await;
    let refusal = "Hmm, I'm not sure how to help with that";
    concert.world.sim.knobs(|knobs| knobs.skill_refusal = Some(refusal.to_owned()));
    let item = concert.item("a", 60);
    let gateway = concert.gateway.clone();
    let (outcome, took) =
        concert.pace.during(async move { gateway.play(KITCHEN, item).await }).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.code().id(), "launch-unanswered");
    assert!(error.next_step().contains("Check streaming"));
    assert!(took <= Duration::from_millis(6_500), "{took:?}");
    let spoken = concert.world.sim.echo(KITCHEN).unwrap().spoken;
    assert_eq!(spoken.len(), 2, "once for each way: {spoken:?}");
}
