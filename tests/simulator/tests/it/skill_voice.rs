//! What people say to an Echo that plays the sound of a skill.

use std::time::Duration;

use amazon_simulator::{Activity, DevicePatch, SkillLocale, SkillPatch};
use serde_json::json;

use crate::skill_double::{SKILL, Stage, answer, nothing, play};
use crate::support::KITCHEN;

#[tokio::test]
async fn playback_words_reach_the_skill_that_played_last() {
    let stage = Stage::new().await;
    let volume = stage.simulator.device(KITCHEN).unwrap().volume;
    stage.simulator.say(KITCHEN, "next");
    stage.settle().await;
    assert!(stage.double.kinds().is_empty());
    stage.double.answer(|asked| match asked["request"]["type"].as_str() {
        Some("LaunchRequest") => answer(&[play("REPLACE_ALL", "first", 90, None)]),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.audible().is_some()).await;
    stage.settle().await;
    let words = [
        ("Alexa, next!", "AMAZON.NextIntent"),
        ("previous", "AMAZON.PreviousIntent"),
        ("resume", "AMAZON.ResumeIntent"),
        ("start over", "AMAZON.StartOverIntent"),
        ("shuffle on", "AMAZON.ShuffleOnIntent"),
        ("shuffle off", "AMAZON.ShuffleOffIntent"),
        ("loop on", "AMAZON.LoopOnIntent"),
        ("loop off", "AMAZON.LoopOffIntent"),
        ("repeat", "AMAZON.RepeatIntent"),
        ("cancel", "AMAZON.CancelIntent"),
        ("pause", "AMAZON.PauseIntent"),
        ("stop", "AMAZON.PauseIntent"),
    ];
    for (said, _) in words {
        stage.simulator.say(KITCHEN, said);
        stage.settle().await;
    }
    let intents = stage.double.asked("IntentRequest");
    let names: Vec<&str> =
        intents.iter().map(|one| one.json["request"]["intent"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, words.map(|(_, intent)| intent));
    // Nothing was done about them, so it goes on.
    stage.pass(3).await;
    assert!(stage.audible().is_some());
    assert_eq!(stage.simulator.device(KITCHEN).unwrap().volume, volume);
    stage.simulator.say(KITCHEN, "ask music assistant to play audio");
    assert_eq!(stage.echo().spoken.len(), 1);
}

#[tokio::test]
async fn a_skill_is_opened_in_the_language_of_the_house_and_asks_back() {
    let stage = Stage::new().await;
    let intents = [("PlayAudio".to_owned(), vec!["spiel etwas".to_owned()])].into();
    let model = SkillLocale {
        invocation_name: "Mein Musikzimmer".to_owned(),
        intents,
        ..SkillLocale::default()
    };
    let locales = Some([("de-DE".to_owned(), model)].into());
    stage.simulator.patch_skill(SKILL, SkillPatch { locales, ..SkillPatch::default() });
    stage.double.answer(|_| {
        json!({ "version": "1.0", "sessionAttributes": { "step": 1 }, "response": {
            "outputSpeech": { "type": "SSML", "ssml": "<speak>Was denn?</speak>" },
            "shouldEndSession": false,
        } })
    });
    stage.simulator.say(KITCHEN, "öffne mein musikzimmer");
    stage.until(|stage| stage.echo().sessions_open == 1).await;
    stage.settle().await;
    for said in ["help", "spiel etwas", "blau", "stop"] {
        stage.simulator.say(KITCHEN, said);
        stage.settle().await;
    }
    let intents = stage.double.asked("IntentRequest");
    let names: Vec<&str> =
        intents.iter().map(|one| one.json["request"]["intent"]["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["AMAZON.HelpIntent", "PlayAudio", "AMAZON.FallbackIntent", "AMAZON.StopIntent"]
    );
    let session = &intents[0].json["session"];
    assert_eq!((&session["new"], &session["attributes"]["step"]), (&false.into(), &1.into()));
    assert_eq!(stage.echo().spoken.len(), 5);
}

#[tokio::test]
async fn an_interruption_may_cost_the_connection_and_a_lost_network_the_sound() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| {
        knobs.skill_interruption_drops = true;
        knobs.skill_buffer_s = 4;
    });
    stage.playing("first", 60).await;
    stage.pass(5).await;
    stage.simulator.say(KITCHEN, "what time is it");
    stage.settle().await;
    stage.pass(10).await;
    let echo = stage.echo();
    assert_eq!((echo.activity, echo.connections, echo.stalls), (Activity::Playing, 2, 0));
    let range = stage.double.with(|inner| inner.fetched[1].1.clone());
    assert!(range.starts_with("bytes="), "{range}");
    assert!(echo.offset < Duration::from_millis(11_100), "{:?}", echo.offset);

    let online = |online| DevicePatch { online: Some(online), ..DevicePatch::default() };
    stage.simulator.patch_device(KITCHEN, online(false));
    let before = stage.double.kinds().len();
    stage.pass(12).await;
    let echo = stage.echo();
    assert_ne!(echo.activity, Activity::Playing);
    assert_eq!(stage.double.kinds().len(), before);
    stage.simulator.patch_device(KITCHEN, online(true));
    stage.open();
    stage.until(|stage| stage.audible().is_some()).await;
}
