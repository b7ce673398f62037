//! Where sound comes from: what breaks there, what starts in the middle, what never ends.

use std::time::Duration;

use amazon_simulator::sound::{FRAME_BYTES, FRAME_MS, frames};
use mass_alexa::gateway::media::{FetchKind, NoSource};
use reqwest::StatusCode;
use url::Url;

use crate::media_stage::{ECHO, Stage, bytes_of, quiet, read};
use crate::upstream::Sound;

fn failed(reports: &[(FetchKind, u64, u64)]) -> Vec<String> {
    let sentence = |kind: &FetchKind| match kind {
        FetchKind::UpstreamFailed(sentence) => Some(sentence.clone()),
        _ => None,
    };
    reports.iter().filter_map(|(kind, ..)| sentence(kind)).collect()
}

#[tokio::test]
async fn a_source_that_gives_nothing_is_told_to_the_echo_and_to_the_host() {
    let stage = Stage::start().await;
    let elsewhere = Url::parse("http://127.0.0.1:1/private").unwrap();
    for (sequence, sound, status, sentence) in [
        (1, Sound { status: Some(404), ..Sound::default() }, 404, "is not there (404)"),
        (2, Sound { status: Some(500), ..Sound::default() }, 502, "answered 500"),
        (
            3,
            Sound { moved: Some(elsewhere.clone()), ..Sound::default() },
            502,
            "leads elsewhere, which is not followed",
        ),
        (4, Sound { breaks_after: Some(0), ..Sound::default() }, 502, "broke off"),
    ] {
        stage.play(sequence, "one", sound);
        let answer = stage.get(&stage.address(sequence)).await;
        assert_eq!(answer.status(), status, "{sentence}");
        assert_eq!(bytes_of(answer).await, b"");
        assert_eq!(failed(&stage.reports()).last().unwrap(), sentence);
    }
    stage.change(4, |source| source.url = elsewhere);
    let answer = stage.get(&stage.address(4)).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(failed(&stage.reports()).last().unwrap(), "cannot be reached");
    assert_eq!(stage.media.traffic(ECHO).failures, 5);
    // What the host does not give is no failure of the source.
    stage.cue(5, Err(NoSource::Gone));
    stage.cue(6, Err(NoSource::Busy));
    assert_eq!(stage.get(&stage.address(5)).await.status(), StatusCode::NOT_FOUND);
    let busy = stage.get(&stage.address(6)).await;
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.headers()["retry-after"], "1");
    assert_eq!(stage.reports().len(), 5);
}

#[tokio::test]
async fn a_sound_that_breaks_off_never_looks_whole_and_goes_on_later() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { breaks_after: Some(100_000), ..Sound::default() });
    let mut answer = stage.get(&stage.address(1)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let had = read(&mut answer, 100_000).await;
    assert!(answer.chunk().await.is_err());
    assert_eq!(failed(&stage.reports()), ["broke off"]);
    // The source is well again, and the Echo comes back.
    stage.upstream.add("one", Sound::default());
    let answer = stage.part(&stage.address(1), &format!("bytes={}-", had.len())).await;
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    assert!([had, bytes_of(answer).await].concat() == frames("one", 0, 1_000));
    assert_eq!(stage.upstream.begun("one"), 2);
    // All of it is in the ring now.
    assert!(bytes_of(stage.get(&stage.address(1)).await).await == frames("one", 0, 1_000));
    assert_eq!(stage.upstream.begun("one"), 2);
}

#[tokio::test]
async fn silence_is_told_and_then_ended() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { stalls_after: Some(50_000), ..Sound::default() });
    let mut answer = stage.get(&stage.address(1)).await;
    read(&mut answer, 50_000).await;
    let reader = tokio::spawn(async move { answer.chunk().await });
    let mut waited = Duration::ZERO;
    while !reader.is_finished() {
        quiet(|| stage.reports()).await;
        stage.clock.advance(Duration::from_secs(5));
        waited += Duration::from_secs(5);
        assert!(waited <= Duration::from_secs(40), "{:?}", stage.reports());
    }
    assert!(reader.await.unwrap().is_err());
    let reports = stage.reports();
    assert_eq!(reports[1], (FetchKind::Stalled(Duration::from_secs(5)), 50_000, 0));
    assert_eq!(failed(&reports), ["brings nothing any more"]);
    assert_eq!(reports.len(), 3);
    assert_eq!(stage.media.traffic(ECHO).stalls, 1);
    assert_eq!(stage.upstream.open(), 0, "nobody holds on to it");
}

#[tokio::test]
async fn an_end_before_its_time_is_told() {
    let stage = Stage::start().await;
    for (sequence, seconds) in [(1, 36), (2, 45), (3, 60)] {
        stage.play(sequence, "one", Sound::default());
        stage.change(sequence, |source| source.duration = Some(Duration::from_secs(seconds)));
        assert!(
            bytes_of(stage.get(&stage.address(sequence)).await).await == frames("one", 0, 1_000)
        );
    }
    let ends: Vec<_> =
        stage.reports().into_iter().filter(|(kind, ..)| *kind != FetchKind::Begun).collect();
    assert_eq!(ends[0].0, FetchKind::Ended);
    assert_eq!(ends[1].0, FetchKind::Ended, "times are rounded, or wrong by a little");
    assert_eq!(ends[2].0, FetchKind::EndedEarly(Duration::from_secs(24)));
}

#[tokio::test]
async fn s_p5_a_start_in_the_middle_is_exact_to_the_frame() {
    let stage = Stage::start().await;
    let tag = [b"ID3\x04\0\0\0\0\0\x64".to_vec(), vec![0xff; 100]].concat();
    for (sequence, ms, first) in [(1, 83_000, 2_305), (2, 36, 1), (3, 35, 0)] {
        stage.play(sequence, "one", Sound { frames: 5_000, tag: tag.clone(), ..Sound::default() });
        stage.change(sequence, |source| {
            source.start = Duration::from_millis(ms);
            source.duration = Some(Duration::from_millis(5_000 * FRAME_MS));
        });
        let answer = stage.get(&stage.address(sequence)).await;
        let whole = frames("one", first, 5_000 - first);
        let mut had = bytes_of(answer).await;
        assert!(had == whole, "{ms} ms");
        // Coming back counts from there, in a ring that is there and in a new one alike.
        had = bytes_of(stage.part(&stage.address(sequence), "bytes=1000-").await).await;
        assert!(had == whole[1_000..]);
    }
    assert!(stage.reports().iter().all(|(kind, ..)| !matches!(kind, FetchKind::EndedEarly(_))));
}

#[tokio::test]
async fn a_place_is_named_by_time_and_rate_where_the_length_is_not_told() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { frames: 40_000, ..Sound::default() });
    stage.change(1, |source| source.duration = Some(Duration::from_secs(1_440)));
    let answer = stage.part(&stage.address(1), "bytes=500000-").await;
    assert_eq!(answer.headers()["content-range"], "bytes 500000-5759999/*");
    assert!(!answer.headers().contains_key("content-length"), "rounded times promise nothing");
}

#[tokio::test]
async fn what_is_no_mp3_plays_from_its_beginning_only() {
    let stage = Stage::start().await;
    let body = Some(vec![0x12; 200_000]);
    let sound = Sound { body, content_type: "audio/aac; x=y", ..Sound::default() };
    stage.play(1, "one", sound.clone());
    let answer = stage.get(&stage.address(1)).await;
    assert_eq!(answer.headers()["content-type"], "audio/aac");
    assert!(bytes_of(answer).await == vec![0x12; 200_000]);
    stage.play(2, "one", sound);
    stage.change(2, |source| source.start = Duration::from_secs(1));
    assert_eq!(stage.get(&stage.address(2)).await.status(), StatusCode::BAD_GATEWAY);
    // Nor is there anything after the end.
    stage.play(3, "two", Sound::default());
    stage.change(3, |source| source.start = Duration::from_secs(100));
    assert_eq!(stage.get(&stage.address(3)).await.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(
        failed(&stage.reports()).last().unwrap(),
        "ends before the place where it should start"
    );
}

#[tokio::test]
async fn a_live_sound_has_no_parts_and_goes_on_where_it_was() {
    let stage = Stage::start().await;
    stage.play(1, "radio", Sound { frames: 1_000_000, ..Sound::default() });
    stage.change(1, |source| source.live = true);
    let answer = stage.part(&stage.address(1), "bytes=5000-").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["accept-ranges"], "none");
    let mut answer = answer;
    let had = read(&mut answer, 200_000).await;
    assert!(had == frames("radio", 0, 20_000)[..had.len()], "from its beginning");
    drop(answer);
    stage.until(|reports| matches!(reports.last(), Some((FetchKind::Dropped, ..)))).await;
    let handed_out = stage.media.traffic(ECHO).bytes as usize;
    let mut answer = stage.part(&stage.address(1), "bytes=77-").await;
    let more = read(&mut answer, 100_000).await;
    assert!(more == frames("radio", 0, 200_000)[handed_out..handed_out + more.len()]);
    assert_eq!(stage.upstream.begun("radio"), 1);
}

#[tokio::test]
async fn a_source_nobody_listens_to_is_let_go_and_found_again() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { frames: 200_000, ..Sound::default() });
    let mut answer = stage.get(&stage.address(1)).await;
    let had = read(&mut answer, 300_000).await;
    drop(answer);
    stage.until(|reports| matches!(reports.last(), Some((FetchKind::Dropped, ..)))).await;
    quiet(|| stage.upstream.sent()).await;
    stage.clock.advance(Duration::from_secs(59));
    quiet(|| stage.upstream.open()).await;
    assert_eq!(stage.upstream.open(), 1);
    stage.clock.advance(Duration::from_secs(2));
    quiet(|| stage.upstream.open()).await;
    assert_eq!(stage.upstream.open(), 0);
    assert_eq!(stage.media.load().0, 1, "what was fetched is kept");
    // After minutes, the first bytes are there at once, and the rest comes over a new connection.
    stage.clock.advance(Duration::from_secs(300));
    let answer = stage.part(&stage.address(1), &format!("bytes={}-", had.len())).await;
    assert!(bytes_of(answer).await == frames("one", 0, 200_000)[had.len()..]);
    assert_eq!(stage.upstream.begun("one"), 2);
    stage.clock.advance(Duration::from_secs(601));
    quiet(|| stage.media.load().0).await;
    assert_eq!(stage.media.load(), (0, 0), "in the end it is forgotten");
}

#[tokio::test]
async fn old_sounds_make_room_for_new_ones() {
    let stage = Stage::start().await;
    for sequence in 1..=6 {
        stage.play(sequence, &format!("item{sequence}"), Sound::default());
        bytes_of(stage.get(&stage.address(sequence)).await).await;
        quiet(|| stage.media.load()).await;
    }
    assert_eq!(stage.media.load(), (2, 2 * 1_000 * FRAME_BYTES as u64));
}

#[tokio::test]
async fn the_end_of_the_gateway_ends_everything() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { frames: 1_000_000, ..Sound::default() });
    let mut answer = stage.get(&stage.address(1)).await;
    read(&mut answer, 10_000).await;
    stage.media.close().await;
    while let Ok(part) = answer.chunk().await {
        assert!(part.is_some(), "it was told that this is all");
    }
    quiet(|| stage.upstream.open()).await;
    assert_eq!(stage.upstream.open(), 0);
    assert_eq!(stage.media.load(), (0, 0));
    let late = stage.get(&stage.address(1)).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn s_x3_no_address_stands_in_the_log() {
    let stage = Stage::start().await;
    stage.play(1, "secretitem", Sound::default());
    let address = stage.address(1);
    bytes_of(stage.get(&address).await).await;
    stage.play(2, "secretitem", Sound { status: Some(500), ..Sound::default() });
    stage.get(&stage.address(2)).await;
    let log = std::fs::read(crate::support::log_file()).unwrap();
    let signed = address.rsplit('/').next().unwrap().strip_suffix(".mp3").unwrap();
    let (what, signature) = signed.split_once('.').unwrap();
    for secret in [what, signature, "session-secret", "secretitem", ECHO] {
        let is_there = log.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!is_there || secret == ECHO, "{secret} stands in the log");
    }
}
