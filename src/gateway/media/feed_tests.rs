use std::collections::BTreeMap;

use axum::http::StatusCode;
use proptest::prelude::*;

use super::*;
use crate::clock::from_unix;
use crate::gateway::media::share::Limits;

const RING: u64 = 1_000;
const AHEAD: u64 = 200;

fn feed(begin: u64) -> Feed {
    let limits = Limits { ring: RING, together: RING, least: RING, ahead: AHEAD };
    let cue = CueRef { serial: "G1".to_owned(), sequence: 1 };
    Feed::new(cue, begin, Arc::new(Share::new(limits)), at(0))
}

fn at(seconds: u64) -> SystemTime {
    from_unix(1_000 + seconds)
}

fn facts() -> Facts {
    Facts { content_type: "audio/mpeg".to_owned(), duration: None, is_live: false, length: None }
}

fn bytes(from: u64, count: u64) -> Bytes {
    (from..from + count).map(|place| (place % 251) as u8).collect()
}

#[test]
fn it_is_fetched_a_little_ahead_and_no_further() {
    let feed = feed(0);
    let id = feed.sit_down(0, at(0));
    feed.opened(facts());
    feed.push(bytes(0, AHEAD - 1));
    assert_eq!(feed.room(at(0)), Room::Free);
    feed.push(bytes(AHEAD - 1, 1));
    assert!(matches!(feed.room(at(0)), Room::Full(_)));
    assert!(matches!(feed.take(id, Some(1), at(0)), Taken::Bytes(_)));
    assert_eq!(feed.room(at(0)), Room::Free);
    assert_eq!(feed.take(id, Some(1), at(0)), Taken::End);
}

#[test]
fn nobody_for_a_minute_ends_the_connection_but_not_what_was_fetched() {
    let feed = feed(0);
    let id = feed.sit_down(0, at(0));
    feed.opened(facts());
    feed.push(bytes(0, 500));
    feed.stand_up(id, at(10));
    assert_eq!(feed.room(at(69)), Room::Full(Duration::from_secs(1)));
    assert_eq!(feed.room(at(70)), Room::Idle);
    feed.closed(Status::Resting);
    assert!(!feed.is_opening());
    let id = feed.sit_down(100, at(80));
    assert!(feed.is_opening(), "who comes back has it opened again");
    assert_eq!(feed.take(id, None, at(80)), Taken::Bytes(bytes(100, 400)));
    assert_eq!(feed.take(id, None, at(80)), Taken::Later);
    assert_eq!(feed.opened(facts()), 500, "from there on it is wanted");
    // And one who comes in the moment in which it is given up has it opened as well.
    feed.closed(Status::Resting);
    assert!(feed.is_opening());
}

#[test]
fn the_slower_one_is_waited_for_but_not_for_ever() {
    let feed = feed(0);
    let (slow, fast) = (feed.sit_down(0, at(0)), feed.sit_down(0, at(0)));
    feed.opened(facts());
    feed.push(bytes(0, RING));
    while matches!(feed.take(fast, None, at(5)), Taken::Bytes(_)) {}
    assert_eq!(feed.room(at(9)), Room::Full(STUCK));
    assert_eq!(feed.place(slow), Some(0));
    assert_eq!(feed.room(at(10)), Room::Free);
    assert_eq!(feed.take(slow, None, at(10)), Taken::Cut);
    assert_eq!(feed.readers(), 1);
}

#[test]
fn who_waits_for_sound_is_not_slow() {
    let feed = feed(0);
    let (one, other) = (feed.sit_down(0, at(0)), feed.sit_down(0, at(0)));
    assert_eq!(feed.take(one, None, at(20)), Taken::Later);
    assert_eq!(feed.take(other, None, at(21)), Taken::Later);
    assert!(!feed.make_room(at(29)));
    assert!(feed.make_room(at(30)));
    assert_eq!(feed.take(one, None, at(30)), Taken::Cut);
    assert_eq!(feed.take(other, None, at(30)), Taken::Later);
}

#[test]
fn a_failure_is_told_after_the_last_byte_and_ends_with_the_next_one_who_comes() {
    let feed = feed(0);
    let id = feed.sit_down(0, at(0));
    feed.opened(facts());
    feed.push(bytes(0, 100));
    let failure = Failure::new(StatusCode::BAD_GATEWAY, "broke off");
    feed.closed(Status::Failed(failure.clone()));
    assert_eq!(feed.take(id, None, at(0)), Taken::Bytes(bytes(0, 100)));
    assert_eq!(feed.take(id, None, at(0)), Taken::Failed(failure));
    let next = feed.sit_down(100, at(1));
    assert_eq!(feed.take(next, None, at(1)), Taken::Later);
}

#[test]
fn a_place_is_served_where_it_holds_nobody_up() {
    let feed = feed(500);
    feed.opened(facts());
    feed.push(bytes(500, 300));
    for (place, can) in [(499, false), (500, true), (800, true), (90_000, true)] {
        assert_eq!(feed.can_serve(place), can, "{place}");
    }
    feed.sit_down(500, at(0));
    for (place, can) in [(499, false), (800, true), (1_499, true), (1_500, false)] {
        assert_eq!(feed.can_serve(place), can, "{place} beside another");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Push(u64),
    Come(u64),
    Take(usize),
    Go(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..300u64).prop_map(Step::Push),
        1 => (0..2_000u64).prop_map(Step::Come),
        4 => (0..2usize).prop_map(Step::Take),
        1 => (0..2usize).prop_map(Step::Go),
        1 => (0..8u64).prop_map(Step::Pass),
    ]
}

proptest! {
    #[test]
    fn everybody_reads_what_is_there_and_memory_stays_bounded(steps in prop::collection::vec(step(), 0..120)) {
        let feed = feed(0);
        feed.opened(facts());
        let (mut end, mut seconds) = (0, 0);
        let mut places = BTreeMap::new();
        for step in steps {
            match step {
                Step::Push(count) => {
                    if feed.room(at(seconds)) == Room::Free {
                        feed.push(bytes(end, count));
                        end += count;
                    }
                }
                Step::Come(place) => {
                    if places.len() < 2 && feed.can_serve(place) {
                        places.insert(feed.sit_down(place, at(seconds)), place);
                    }
                }
                Step::Take(which) => {
                    let Some((&id, &place)) = places.iter().nth(which) else { continue };
                    match feed.take(id, None, at(seconds)) {
                        Taken::Bytes(found) => {
                            prop_assert_eq!(&found, &bytes(place, found.len() as u64));
                            places.insert(id, place + found.len() as u64);
                        }
                        Taken::Later => prop_assert!(place >= end),
                        Taken::Cut => {
                            places.remove(&id);
                        }
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                Step::Go(which) => {
                    if let Some(id) = places.keys().nth(which).copied() {
                        places.remove(&id);
                        feed.stand_up(id, at(seconds));
                    }
                }
                Step::Pass(time) => seconds += time,
            }
            // One piece may come when there is still a little room.
            prop_assert!(feed.held() < RING + 300, "{} bytes", feed.held());
        }
    }
}
