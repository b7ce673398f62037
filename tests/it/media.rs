//! Sound through the gateway: what an Echo, a stranger and a slow player get.

use std::time::Duration;

use mass_alexa::gateway::media::{FetchKind, Limits};
use reqwest::StatusCode;

use crate::media_stage::{ECHO, Stage, bytes_of, quiet, read};
use crate::upstream::Sound;
use amazon_simulator::sound::{FRAME_BYTES, frames};

const FRAME: u64 = FRAME_BYTES as u64;

#[tokio::test]
async fn s_x4_what_was_not_signed_here_or_not_for_this_is_refused_without_a_word() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound::default());
    stage.play(2, "two", Sound::default());
    let (one, two) = (stage.address(1), stage.address(2));
    let (said, _) = one.rsplit_once('/').unwrap();
    let part = |address: &str, at: usize| {
        address.rsplit('/').next().unwrap().split('.').nth(at).unwrap().to_owned()
    };
    for address in [
        format!("{said}/{}.{}.mp3", part(&one, 0), part(&two, 1)),
        format!("{said}/{}.mp3", part(&one, 0)),
        format!("{said}/{}..mp3", part(&one, 0)),
        format!("{said}/one.mp3"),
        format!("{}.jpg", one.strip_suffix(".mp3").unwrap()),
        format!("{one}%00"),
    ] {
        let answer = stage.get(&address).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{address}");
        assert_eq!(bytes_of(answer).await, b"");
    }
    // There is nothing to look around in.
    for path in ["/alexa/s/", "/alexa/s", "/alexa/i/", "/alexa/", "/", "/alexa/s/a/b"] {
        let answer = stage.get(&stage.at(path)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(bytes_of(answer).await, b"");
    }
    assert_eq!(stage.upstream.asked().len(), 0);
    assert_eq!(stage.media.strangers(), 6);
    assert_eq!(stage.get(&one).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn s_x4_an_address_that_has_expired_is_refused() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound::default());
    let address = stage.address(1);
    stage.clock.advance(Duration::from_secs(3_599));
    assert_eq!(stage.get(&address).await.status(), StatusCode::OK);
    stage.clock.advance(Duration::from_secs(1));
    let answer = stage.get(&address).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(bytes_of(answer).await, b"");
    assert_eq!(stage.media.traffic(ECHO).refusals, 1);
}

#[tokio::test]
async fn a_sound_is_handed_out_as_it_is_and_counted() {
    let stage = Stage::start().await;
    let tag = [b"ID3\x04\0\0\0\0\0\x64".to_vec(), vec![7; 100]].concat();
    stage.play(1, "one", Sound { tag: tag.clone(), ..Sound::default() });
    let answer = stage.get(&stage.address(1)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let header =
        |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("audio/mpeg"));
    assert_eq!(header("accept-ranges").as_deref(), Some("bytes"));
    assert_eq!(header("content-length"), None, "nobody has told the length");
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    let sound = [tag, frames("one", 0, 1_000)].concat();
    assert!(bytes_of(answer).await == sound);
    let length = sound.len() as u64;
    assert_eq!(stage.reports(), [(FetchKind::Begun, 0, 0), (FetchKind::Ended, length, 0)]);
    let traffic = stage.media.traffic(ECHO);
    assert_eq!((traffic.requests, traffic.ranges, traffic.bytes), (1, 0, length));
    assert_eq!((traffic.stalls, traffic.refusals, traffic.failures), (0, 0, 0));
    let asked = &stage.upstream.asked()[0].headers;
    let mut names: Vec<_> = asked.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["accept", "host", "user-agent"], "as a plain player");
    // Now its length is known, and so are its parts, out of the ring.
    let again = stage.part(&stage.address(1), "bytes=-10").await;
    assert_eq!(again.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        again.headers()["content-range"],
        format!("bytes {}-{}/{length}", length - 10, length - 1)
    );
    assert_eq!(again.headers()["content-length"], "10");
    assert!(bytes_of(again).await == sound[sound.len() - 10..]);
    let beyond = stage.part(&stage.address(1), &format!("bytes={length}-")).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{length}"));
    assert_eq!(stage.upstream.begun("one"), 1);
}

#[tokio::test]
async fn who_only_looks_starts_nothing() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound::default());
    let answer = stage.head(&stage.address(1)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "audio/mpeg");
    assert_eq!(answer.headers()["accept-ranges"], "bytes");
    assert!(!answer.headers().contains_key("content-length"));
    assert_eq!(stage.upstream.begun("one"), 0);
    assert_eq!(stage.upstream.asked().len(), 1);
    let whole = bytes_of(stage.get(&stage.address(1)).await).await;
    let answer = stage.head(&stage.address(1)).await;
    assert_eq!(answer.headers()["content-length"], whole.len().to_string());
    assert_eq!(stage.upstream.asked().len(), 2, "what is known need not be asked");
    stage.play(2, "two", Sound { status: Some(404), ..Sound::default() });
    assert_eq!(stage.head(&stage.address(2)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(stage.head(&stage.address(3)).await.status(), StatusCode::NOT_FOUND);
    let forged = stage.address(1).replace(".mp3", "A.mp3");
    assert_eq!(stage.head(&forged).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_comes_back_goes_on_where_it_was_out_of_the_ring() {
    let stage = Stage::start().await;
    let sound = Sound { frames: 40_000, ..Sound::default() };
    stage.play(1, "one", sound);
    let expected = frames("one", 0, 40_000);
    let mut first = stage.get(&stage.address(1)).await;
    let had = read(&mut first, 3_000_000).await;
    drop(first);
    assert!(had == expected[..had.len()]);
    stage.until(|reports| matches!(reports.last(), Some((FetchKind::Dropped, _, 0)))).await;
    for back in [0, 700_001] {
        let from = had.len() - back;
        let answer = stage.part(&stage.address(1), &format!("bytes={from}-")).await;
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        let range = answer.headers()["content-range"].to_str().unwrap().to_owned();
        assert!(range.starts_with(&format!("bytes {from}-")) && range.ends_with("/*"), "{range}");
        assert!(!answer.headers().contains_key("content-length"));
        if back > 0 {
            assert!(bytes_of(answer).await == expected[from..]);
        } else {
            drop(answer);
        }
    }
    assert_eq!(stage.upstream.begun("one"), 1, "one connection for all of it");
    assert_eq!(stage.media.traffic(ECHO).ranges, 2);
}

#[tokio::test]
async fn a_place_that_the_ring_has_lost_is_fetched_anew() {
    let stage = Stage::small().await;
    stage.play(1, "one", Sound { frames: 20_000, ..Sound::default() });
    let expected = frames("one", 0, 20_000);
    let mut first = stage.get(&stage.address(1)).await;
    read(&mut first, 2_000_000).await;
    let answer = stage.part(&stage.address(1), "bytes=1000-").await;
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    drop(first);
    assert!(bytes_of(answer).await == expected[1_000..]);
    assert_eq!(stage.upstream.begun("one"), 2);
    // And a place that has not come yet.
    stage.play(2, "two", Sound { frames: 20_000, ..Sound::default() });
    let answer = stage.part(&stage.address(2), "bytes=1500001-1500010").await;
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(answer.headers()["content-range"], "bytes 1500001-1500010/*");
    assert!(bytes_of(answer).await == frames("two", 0, 20_000)[1_500_001..=1_500_010]);
    let answer = stage.part(&stage.address(2), "bytes=99999999-").await;
    assert_eq!(answer.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(answer.headers()["content-range"], format!("bytes */{}", 20_000 * FRAME));
}

#[tokio::test]
async fn two_may_read_at_once_and_a_third_may_not() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { frames: 40_000, ..Sound::default() });
    let expected = frames("one", 0, 40_000);
    let address = stage.address(1);
    let mut first = stage.get(&address).await;
    let had = read(&mut first, 100_000).await;
    let second = stage.get(&address).await;
    let third = stage.get(&address).await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(bytes_of(third).await, b"");
    assert_eq!(stage.media.traffic(ECHO).refusals, 1);
    let (first, second) = tokio::join!(bytes_of(first), bytes_of(second));
    assert!([had, first].concat() == expected && second == expected);
    assert_eq!(stage.upstream.begun("one"), 1);
    assert_eq!(stage.get(&address).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn one_who_is_stuck_makes_room_and_holds_nobody_up() {
    // Enough that both find their beginning in one ring.
    let limits = Limits { ring: 3_000_000, together: 6_000_000, least: 0, ahead: 50_000 };
    let stage = Stage::with(limits).await;
    stage.play(1, "one", Sound { frames: 100_000, ..Sound::default() });
    let address = stage.address(1);
    let mut stuck = stage.get(&address).await;
    read(&mut stuck, 1_000).await;
    let other = tokio::spawn(bytes_of(stage.get(&address).await));
    quiet(|| stage.upstream.sent()).await;
    assert_eq!(stage.upstream.begun("one"), 1);
    assert!(!other.is_finished(), "the ring is full, because the first may still come");
    let third = stage.get(&address).await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    while !other.is_finished() {
        stage.clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(other.await.unwrap() == frames("one", 0, 100_000));
    // What the first one had coming was on its way already; then it is cut, not ended.
    while let Some(part) = stuck.chunk().await.transpose() {
        if part.is_err() {
            return;
        }
    }
    panic!("the stuck one was told that this is all");
}

#[tokio::test]
async fn who_reads_slowly_takes_no_memory() {
    let stage = Stage::small().await;
    for sequence in 1..=2 {
        stage.play(sequence, "one", Sound { frames: 100_000, ..Sound::default() });
    }
    let mut slow = stage.get(&stage.address(1)).await;
    read(&mut slow, 1_000).await;
    quiet(|| stage.upstream.sent()).await;
    let (sounds, held) = stage.media.load();
    assert_eq!(sounds, 1);
    assert!(held < 400_000, "{held}");
    assert!(stage.upstream.sent() < 12_000_000, "it is fetched as it is taken");
    let rest = 100_000 * FRAME - 1_000;
    assert!(bytes_of(slow).await.len() as u64 <= rest);
    assert!(stage.media.load().1 < 400_000);
}

#[tokio::test]
async fn a_length_that_the_source_promises_is_passed_on_and_kept() {
    let stage = Stage::start().await;
    stage.play(1, "one", Sound { tells_length: true, ..Sound::default() });
    let answer = stage.get(&stage.address(1)).await;
    assert_eq!(answer.headers()["content-length"], (1_000 * FRAME).to_string());
    assert!(bytes_of(answer).await == frames("one", 0, 1_000));
    assert!(matches!(stage.reports().last(), Some((FetchKind::Ended, 144_000, 0))));
    let broken = Sound { tells_length: true, breaks_after: Some(100_000), ..Sound::default() };
    stage.play(2, "two", broken);
    let answer = stage.get(&stage.address(2)).await;
    assert!(answer.bytes().await.is_err(), "it must not look whole");
}
