//! An Echo that opens a skill and plays what it answers.

use std::time::Duration;

use amazon_simulator::{Activity, SignOrder};
use serde_json::{Value, json};

use crate::skill_double::{SKILL, Stage, answer, nothing, play};
use crate::support::KITCHEN;

#[tokio::test]
async fn a_launch_leads_to_sound_and_every_event() {
    let stage = Stage::new().await;
    stage.playing("first", 30).await;
    let echo = stage.echo();
    assert_eq!(echo.activity, Activity::Playing);
    assert_eq!(echo.token.as_deref(), Some("first"));
    assert_eq!(echo.title.as_deref(), Some("Title of first"));
    let audible = stage.audible().unwrap();
    assert_eq!((audible.item.as_str(), audible.frame), ("first", 0));
    // More is fetched than is heard, and not all at once.
    assert!((80_000..100_000).contains(&echo.bytes), "{}", echo.bytes);
    stage.pass(10).await;
    let audible = stage.audible().unwrap();
    assert_eq!(audible.position, Duration::from_millis(36 * (10_000 / 36)));
    stage.pass(21).await;
    assert_eq!(stage.audible(), None);
    let echo = stage.echo();
    assert_eq!(echo.activity, Activity::Finished);
    assert_eq!((echo.connections, echo.stalls, echo.bytes), (1, 0, 834 * 144));
    assert_eq!(
        stage.double.kinds(),
        ["LaunchRequest", "PlaybackStarted", "PlaybackNearlyFinished", "PlaybackFinished"]
    );
    assert!(echo.answers_refused.is_empty(), "{:?}", echo.answers_refused);
    assert_eq!(echo.sessions_open, 0);
    let finished = stage.double.asked("PlaybackFinished").remove(0).json;
    assert_eq!(finished["request"]["offsetInMilliseconds"], 834 * 36);
    assert_eq!(finished["request"]["token"], "first");
    assert!(finished.get("session").is_none());
}

#[tokio::test]
async fn a_request_is_signed_and_says_where_it_comes_from() {
    let stage = Stage::new().await;
    stage.playing("first", 5).await;
    let launch = stage.double.asked("LaunchRequest").remove(0);
    let header = |name: &str| launch.headers[name].to_str().unwrap().to_owned();
    assert_eq!(
        header("signaturecertchainurl"),
        "https://s3.amazonaws.com/echo.api/echo-api-cert-10.pem"
    );
    assert_eq!(header("content-type"), "application/json; charset=utf-8");
    let signed = stage.simulator.sign(&launch.body, &SignOrder::default());
    let signature = signed.iter().find(|(name, _)| name == "Signature-256").unwrap();
    assert_eq!(header("signature-256"), signature.1);
    let json = &launch.json;
    for path in ["/session", "/context/System"] {
        assert_eq!(json.pointer(path).unwrap()["application"]["applicationId"], SKILL);
    }
    assert_eq!(json["session"]["new"], true);
    assert_eq!(json["request"]["locale"], "de-DE");
    let device = json["context"]["System"]["device"]["deviceId"].as_str().unwrap();
    assert!(device.starts_with("amzn1.ask.device."));
    assert_eq!(stage.echo().device_id.as_deref(), Some(device));
    assert_eq!(json["context"]["System"]["apiEndpoint"], "https://api.eu.amazonalexa.com");
    assert!(stage.simulator.account().secrets.iter().any(|secret| secret == device));
    assert_eq!(json["context"]["AudioPlayer"]["playerActivity"], "IDLE");
    let started = &stage.double.asked("PlaybackStarted").remove(0).json;
    assert_eq!(started["context"]["AudioPlayer"]["playerActivity"], "PLAYING");
}

#[tokio::test]
async fn the_next_item_follows_without_a_gap() {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "one", 10, None)]),
        "AudioPlayer.PlaybackNearlyFinished" if asked["request"]["token"] == "one" => {
            answer(&[play("ENQUEUE", "two", 10, Some("one"))])
        }
        "AudioPlayer.PlaybackNearlyFinished" => {
            answer(&[play("ENQUEUE", "three", 10, Some("one"))])
        }
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.echo().queue == ["two"]).await;
    stage.settle().await;
    for second in 1..20 {
        stage.pass(1).await;
        let audible = stage.audible().unwrap();
        let wanted = if second <= 10 { "one" } else { "two" };
        assert_eq!(audible.item, wanted, "{second}");
    }
    stage.pass(3).await;
    let echo = stage.echo();
    assert_eq!(echo.activity, Activity::Finished);
    assert_eq!(echo.ignored.len(), 1, "{:?}", echo.ignored);
    let kinds = stage.double.kinds();
    let of = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!((of("PlaybackStarted"), of("PlaybackFinished")), (2, 2));
    assert_eq!(echo.stalls, 0);
}

#[tokio::test]
async fn a_spoken_stop_comes_as_a_pause() {
    let stage = Stage::new().await;
    stage.playing("first", 60).await;
    stage.pass(5).await;
    stage.simulator.say(KITCHEN, "stop");
    stage.settle().await;
    let intent = &stage.double.asked("IntentRequest").remove(0).json["request"]["intent"]["name"];
    assert_eq!(intent, &Value::from("AMAZON.PauseIntent"));
    let stopped = stage.double.asked("PlaybackStopped");
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].json["request"]["offsetInMilliseconds"], 138 * 36);
    assert_eq!(stage.echo().activity, Activity::Stopped);
    stage.pass(10).await;
    assert_eq!(stage.audible(), None);
}

#[tokio::test]
async fn a_voice_for_alexa_interrupts_and_it_goes_on_by_itself() {
    let stage = Stage::new().await;
    stage.playing("first", 60).await;
    stage.pass(5).await;
    stage.simulator.say(KITCHEN, "what time is it");
    stage.settle().await;
    assert_eq!(stage.audible(), None);
    stage.pass(2).await;
    assert_eq!(stage.audible(), None);
    stage.pass(3).await;
    let audible = stage.audible().unwrap();
    assert!(audible.position <= Duration::from_secs(6), "{audible:?}");
    let kinds = stage.double.kinds();
    assert_eq!(
        kinds[1..],
        ["PlaybackStarted", "PlaybackStopped", "PlaybackStarted"].map(str::to_owned)
    );
    let again = stage.double.asked("PlaybackStarted").remove(1).json;
    assert_eq!(again["request"]["token"], "first");
    assert_eq!(again["request"]["offsetInMilliseconds"], 138 * 36);
}

#[tokio::test]
async fn a_broken_connection_is_taken_up_where_it_broke() {
    for chunked in [false, true] {
        let stage = Stage::new().await;
        stage.double.with(|inner| {
            inner.breaks.extend([10_000, 3_333]);
            inner.chunked = chunked;
        });
        stage.playing("first", 20).await;
        stage.pass(22).await;
        let echo = stage.echo();
        assert_eq!(echo.activity, Activity::Finished, "{echo:?}");
        assert_eq!((echo.stalls, echo.bytes), (0, 556 * 144));
        let fetched = stage.double.with(|inner| inner.fetched.clone());
        let ranges: Vec<&str> = fetched.iter().map(|(_, range)| range.as_str()).collect();
        assert_eq!(ranges, ["", "bytes=10000-", "bytes=13333-"]);
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_told() {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "gone", 10, None)]),
        "AudioPlayer.PlaybackFailed" => answer(&[play("REPLACE_ALL", "two", 10, None)]),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.double.kinds().contains(&"PlaybackStarted".to_owned())).await;
    let failed = stage.double.asked("PlaybackFailed").remove(0).json;
    assert_eq!(failed["request"]["error"]["type"], "MEDIA_ERROR_INVALID_REQUEST");
    assert_eq!(failed["request"]["token"], "gone");
    assert_eq!(stage.echo().token.as_deref(), Some("two"));
}

#[tokio::test]
async fn wrong_answers_are_refused() {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "one", 10, None)]),
        "AudioPlayer.PlaybackStarted" => answer(&[play("REPLACE_ALL", "two", 10, None)]),
        "AudioPlayer.PlaybackNearlyFinished" => json!({ "version": "1.0", "response": {
            "outputSpeech": { "type": "PlainText", "text": "Next!" } } }),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.double.asked("ExceptionEncountered").len() == 2).await;
    let echo = stage.echo();
    assert_eq!(echo.answers_refused.len(), 2, "{:?}", echo.answers_refused);
    assert_eq!(echo.token.as_deref(), Some("one"));
    let exception = stage.double.asked("ExceptionEncountered").remove(0).json;
    assert_eq!(exception["request"]["error"]["type"], "INVALID_RESPONSE");
}
