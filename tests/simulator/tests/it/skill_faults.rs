//! Echos and the cloud when something is not as it should be.

use std::sync::Arc;
use std::time::Duration;

use amazon_simulator::{
    Activity, CertificateOrder, EndpointCertificate, Issuer, SigningChain, SkillPatch, SkillTls,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::skill_double::{BOTH, HOST, SKILL, Stage, answer, nothing, play};
use crate::support::{KITCHEN, STUDIO};

const TROUBLE: &str = "There was a problem with the requested skill's response.";

#[tokio::test]
async fn events_come_late() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| knobs.skill_events_late_s = 5);
    stage.double.answer(|asked| match asked["request"]["type"].as_str() {
        Some("LaunchRequest") => answer(&[play("REPLACE_ALL", "first", 60, None)]),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.audible().is_some()).await;
    stage.pass(4).await;
    assert_eq!(stage.double.kinds(), ["LaunchRequest"]);
    stage.pass(1).await;
    assert_eq!(stage.double.kinds(), ["LaunchRequest", "PlaybackStarted"]);
}

#[tokio::test]
async fn events_come_twice_and_in_the_wrong_order() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| knobs.skill_events_doubled = true);
    stage.playing("first", 5).await;
    let started = stage.double.asked("PlaybackStarted");
    assert_eq!(started.len(), 2);
    let id = |n: usize| started[n].json["request"]["requestId"].clone();
    assert_ne!(id(0), id(1));

    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| knobs.skill_events_swapped = true);
    stage.playing("first", 5).await;
    let kinds = stage.double.kinds();
    assert_eq!(kinds, ["LaunchRequest", "PlaybackNearlyFinished", "PlaybackStarted"]);
    stage.pass(12).await;
    assert_eq!(stage.double.kinds().last().unwrap(), "PlaybackFinished");
}

#[tokio::test]
async fn connections_break_again_and_again() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| {
        knobs.skill_buffer_s = 4;
        knobs.skill_drop_every_s = Some(5);
    });
    stage.playing("first", 40).await;
    stage.pass(20).await;
    stage.simulator.drop_audio(KITCHEN);
    stage.settle().await;
    stage.pass(22).await;
    let echo = stage.echo();
    assert_eq!((echo.activity, echo.stalls), (Activity::Finished, 0), "{echo:?}");
    assert!((6..=10).contains(&echo.connections), "{}", echo.connections);
    assert_eq!(stage.double.asked("PlaybackFinished").len(), 1);
}

#[tokio::test]
async fn without_bytes_the_position_stands_still() {
    let stage = Stage::new().await;
    stage.playing("slow", 10).await;
    stage.pass(5).await;
    let echo = stage.echo();
    assert_eq!((echo.activity, echo.stalls), (Activity::BufferUnderrun, 1));
    let stood = echo.offset;
    assert!(stood < Duration::from_millis(2100), "{stood:?}");
    stage.double.with(|inner| inner.more.notify_one());
    stage.until(|stage| stage.audible().is_some()).await;
    stage.pass(3).await;
    assert_eq!(stage.echo().offset - stood, Duration::from_millis(36 * (3000 / 36)));
    assert_eq!(stage.simulator.counters().skill_stalls, 1);
}

#[tokio::test]
async fn requests_are_odd_or_come_twice_or_are_old() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| {
        knobs.skill_odd_envelopes = true;
        knobs.skill_replay = true;
        knobs.skill_timestamp_off_s = -3600;
        knobs.skill_chain = SigningChain::Expired;
        knobs.skill_fetch_twice = true;
    });
    stage.playing("first", 5).await;
    let launches = stage.double.asked("LaunchRequest");
    assert_eq!(launches.len(), 2);
    assert_eq!(launches[0].body, launches[1].body);
    let header = launches[0].headers["signaturecertchainurl"].to_str().unwrap();
    assert!(header.ends_with("-11.pem"), "{header}");
    let started = &stage.double.asked("PlaybackStarted")[0].json;
    assert_eq!(started["request"]["offsetInMilliseconds"], "0");
    assert_eq!(started["context"]["System"]["unknownThing"], Value::Null);
    let fetched = stage.double.with(|inner| inner.fetched.len());
    assert_eq!(fetched, 2);
    assert_eq!(stage.echo().connections, 1);
}

#[tokio::test]
async fn what_is_fetched_ahead_fails_and_what_plays_goes_on() {
    let stage = Stage::new().await;
    stage.simulator.knobs(|knobs| knobs.skill_media_errors = vec!["Title of two".to_owned()]);
    stage.double.answer(|asked| match asked["request"]["type"].as_str().unwrap() {
        "LaunchRequest" => answer(&[play("REPLACE_ALL", "one", 10, None)]),
        "AudioPlayer.PlaybackNearlyFinished" => answer(&[play("ENQUEUE", "two", 10, Some("one"))]),
        "AudioPlayer.PlaybackFailed" => answer(&[play("ENQUEUE", "three", 10, Some("one"))]),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.echo().queue == ["three"]).await;
    let failed = stage.double.asked("PlaybackFailed").remove(0).json;
    assert_eq!(failed["request"]["token"], "two");
    assert_eq!(failed["request"]["currentPlaybackState"]["token"], "one");
    assert_eq!(failed["request"]["currentPlaybackState"]["playerActivity"], "PLAYING");
    stage.settle().await;
    stage.pass(12).await;
    assert_eq!(stage.audible().unwrap().item, "three");
}

#[tokio::test]
async fn a_skill_that_cannot_be_opened_gets_no_request() {
    let stage = Stage::new().await;
    let patches = [
        SkillPatch { is_testing: Some(false), ..SkillPatch::default() },
        SkillPatch { is_testing: Some(true), enabled_for: Some(vec![]), ..SkillPatch::default() },
    ];
    for (n, patch) in patches.into_iter().enumerate() {
        assert!(stage.simulator.patch_skill(SKILL, patch));
        stage.open();
        assert_eq!(stage.echo().spoken.len(), n + 1);
    }
    let customer = stage.simulator.account().customer_id;
    let patch = SkillPatch { enabled_for: Some(vec![customer]), ..SkillPatch::default() };
    stage.simulator.patch_skill(SKILL, patch);
    stage.simulator.knobs(|knobs| {
        knobs.skill_locales.insert(KITCHEN.to_owned(), "fr-FR".to_owned());
    });
    stage.open();
    stage.simulator.knobs(|knobs| {
        knobs.skill_locales.clear();
        knobs.skill_refusal = Some("I'm not sure how to help with that.".to_owned());
    });
    stage.open();
    stage.simulator.knobs(|knobs| knobs.skill_refusal = None);
    stage.simulator.say(KITCHEN, "open the other thing");
    stage.settle().await;
    assert_eq!(stage.echo().spoken.len(), 5, "{:?}", stage.echo().spoken);
    stage.until(|stage| stage.double.kinds().len() == 2).await;
    let mut kinds = stage.double.kinds();
    kinds.sort();
    assert_eq!(kinds, ["SkillDisabled", "SkillEnabled"]);
    assert!(stage.double.asked("SkillEnabled")[0].json["context"].get("AudioPlayer").is_none());
    stage.open();
    stage.until(|stage| stage.double.kinds().len() == 3).await;
}

#[tokio::test]
async fn endpoints_that_alexa_does_not_reach() {
    let only13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
    let good = CertificateOrder::new(&[HOST]);
    let mut expired = good.clone();
    expired.days = (-90, -1);
    let mut foreign = good.clone();
    foreign.issuer = Issuer::Foreign;
    let wildcard = CertificateOrder::new(&["*.example.org"]);
    let other = CertificateOrder::new(&["other.example.org"]);
    let cases =
        [(&good, only13), (&expired, BOTH), (&foreign, BOTH), (&wildcard, BOTH), (&other, BOTH)];
    for (order, versions) in cases {
        let stage = Stage::with(order, versions).await;
        stage.open();
        stage.until(|stage| stage.echo().spoken == [TROUBLE]).await;
        assert!(stage.double.kinds().is_empty());
        let problem = stage.echo().events[0].problem.clone().unwrap();
        assert!(problem.starts_with("no TLS"), "{problem}");
    }
    let stage = Stage::with(&good, only13).await;
    stage.simulator.knobs(|knobs| knobs.skill_tls = SkillTls::Both);
    stage.playing("first", 5).await;
    let stage = Stage::with(&wildcard, BOTH).await;
    let certificate = Some(EndpointCertificate::Wildcard);
    stage.simulator.patch_skill(SKILL, SkillPatch { certificate, ..SkillPatch::default() });
    stage.playing("first", 5).await;
}

#[tokio::test]
async fn a_certificate_of_its_own_is_good_for_requests_and_not_for_sound() {
    let mut own = CertificateOrder::new(&[HOST]);
    own.issuer = Issuer::Own;
    let stage = Stage::with(&own, BOTH).await;
    let certificate = Some(EndpointCertificate::SelfSigned);
    stage.simulator.patch_skill(SKILL, SkillPatch { certificate, ..SkillPatch::default() });
    stage.double.answer(|asked| match asked["request"]["type"].as_str() {
        Some("LaunchRequest") => answer(&[play("REPLACE_ALL", "first", 5, None)]),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.double.kinds().contains(&"LaunchRequest".to_owned())).await;
    stage.settle().await;
    stage.pass(2).await;
    stage.until(|stage| !stage.double.asked("PlaybackFailed").is_empty()).await;
    let failed = stage.double.asked("PlaybackFailed").remove(0).json;
    assert_eq!(failed["request"]["error"]["type"], "MEDIA_ERROR_SERVICE_UNAVAILABLE");
}

#[tokio::test]
async fn an_answer_has_eight_seconds() {
    let stage = Stage::new().await;
    let waits = Arc::new(Notify::new());
    stage.double.with(|inner| inner.waits = Some(Arc::clone(&waits)));
    stage.open();
    stage.until(|stage| !stage.double.kinds().is_empty()).await;
    stage.pass(7).await;
    assert!(stage.echo().spoken.is_empty());
    stage.pass(1).await;
    assert_eq!(stage.echo().spoken, [TROUBLE]);
    stage.double.with(|inner| inner.waits = None);
    waits.notify_waiters();
}

#[tokio::test]
async fn a_session_that_stays_open_keeps_the_sound_silent() {
    let stage = Stage::new().await;
    stage.double.answer(|asked| match asked["request"]["type"].as_str() {
        Some("LaunchRequest") => json!({ "version": "1.0", "response": {
            "directives": [play("REPLACE_ALL", "first", 60, None)], "shouldEndSession": false,
        } }),
        _ => nothing(),
    });
    stage.open();
    stage.until(|stage| stage.echo().bytes > 0).await;
    stage.settle().await;
    stage.pass(5).await;
    assert_eq!((stage.echo().sessions_open, stage.audible()), (1, None));
    stage.pass(5).await;
    assert_eq!(stage.echo().sessions_open, 0);
    assert_eq!(stage.double.asked("SessionEndedRequest").len(), 1);
    assert!(stage.audible().is_some());
    // A screen fetches the picture, and keeps a session open about which nothing is said.
    stage.double.answer(|asked| {
        let mut directive = play("REPLACE_ALL", "first", 60, None);
        let url = format!("https://{HOST}/picture");
        directive["audioItem"]["metadata"]["art"] = json!({ "sources": [{ "url": url }] });
        match asked["request"]["type"].as_str() {
            Some("LaunchRequest") => {
                json!({ "version": "1.0", "response": { "directives": [directive] } })
            }
            _ => nothing(),
        }
    });
    stage.simulator.say(STUDIO, "open music assistant");
    stage.settle().await;
    assert_eq!(stage.simulator.echo(STUDIO).unwrap().sessions_open, 1);
    stage.pass(12).await;
    let pictures = stage.simulator.echo(STUDIO).unwrap().pictures;
    assert_eq!((pictures.len(), pictures[0].status), (1, Some(404)), "{pictures:?}");
}
