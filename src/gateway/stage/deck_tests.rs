//! One Echo, without network: events in any order, wishes at any time.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::deck::{Deck, Move, State};
use super::happening::Happening;
use super::numbers::{BEGIN, INTERRUPTION, PAUSE};
use super::record::DeckRecord;
use crate::clock::{from_unix, unix_seconds};
use crate::gateway::event::StagePlayback;
use crate::gateway::item::Item;
use crate::gateway::skill::envelope::AudioKind;

const START: u64 = 1_800_000_000;

fn item(id: &str) -> Item {
    Item {
        id: id.to_owned(),
        url: "http://ma.test/x.mp3".parse().unwrap(),
        title: id.to_owned(),
        artist: None,
        album: None,
        image: None,
        duration: Some(Duration::from_secs(180)),
    }
}

fn at(seconds: f64) -> SystemTime {
    from_unix(START) + Duration::from_secs_f64(seconds)
}

/// A deck on which things happen at seconds after the start.
struct Table {
    deck: Deck,
}

impl Table {
    /// Plays an item since second 0.
    fn playing(id: &str) -> Self {
        let mut deck = Deck::new("G1");
        deck.load(item(id), at(0.0));
        let mut table = Self { deck };
        table.give();
        assert_eq!(table.happen(1, &AudioKind::Started, 0.0, 0.0), Move::Nothing);
        table
    }

    fn give(&mut self) {
        let sequence = self.deck.current().unwrap().sequence;
        self.deck.cue_mut(sequence).unwrap().is_given = true;
    }

    fn happen(&mut self, sequence: u64, kind: &AudioKind, offset: f64, now: f64) -> Move {
        let happening = Happening {
            sequence,
            kind,
            offset: Duration::from_secs_f64(offset),
            made_at: Some(unix_seconds(at(now))),
        };
        self.deck.happen(happening, at(now))
    }

    /// An event that Alexa made at one time and that arrives at another.
    fn late(&mut self, sequence: u64, kind: &AudioKind, offset: f64, made: f64, now: f64) -> Move {
        let happening = Happening {
            sequence,
            kind,
            offset: Duration::from_secs_f64(offset),
            made_at: Some(unix_seconds(at(made))),
        };
        self.deck.happen(happening, at(now))
    }

    fn position(&self, now: f64) -> f64 {
        self.deck.position(at(now)).unwrap().as_secs_f64()
    }

    fn item(&self) -> String {
        self.deck.current().unwrap().item.id.clone()
    }
}

fn failed(kind: &str) -> AudioKind {
    AudioKind::Failed { kind: kind.to_owned(), message: String::new(), playing: None }
}

#[test]
fn what_comes_next_is_handed_out_once_and_becomes_what_plays() {
    let mut table = Table::playing("a");
    assert_eq!(table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0), Move::Wait);
    table.deck.follow(Some(item("b")));
    assert_eq!(table.deck.prepare(), Move::Enqueue { after: 1 });
    assert_eq!(table.happen(1, &AudioKind::NearlyFinished, 101.0, 101.0), Move::Nothing);
    table.happen(1, &AudioKind::Finished, 180.0, 180.0);
    assert_eq!(table.item(), "b");
    table.happen(2, &AudioKind::Started, 0.0, 180.2);
    assert!((table.position(190.2) - 10.0).abs() < 0.3);
    assert_eq!(table.deck.prepare(), Move::Wait, "the one after that is not known yet");
}

#[test]
fn late_doubled_and_swapped_events_change_nothing_that_is_newer() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
    // The next one is heard of before the end of the one before, which comes twice.
    table.late(2, &AudioKind::Started, 0.0, 180.0, 182.0);
    for now in [183.0, 184.0] {
        assert_eq!(table.late(1, &AudioKind::Finished, 180.0, 180.0, now), Move::Nothing);
        assert_eq!(table.late(1, &AudioKind::Stopped, 90.0, 90.0, now), Move::Nothing);
        assert_eq!(table.late(1, &failed("MEDIA_ERROR_UNKNOWN"), 0.0, 90.0, now), Move::Nothing);
    }
    assert_eq!(table.item(), "b");
    assert!((table.position(190.0) - 9.5).abs() < 1.0, "{}", table.position(190.0));
}

#[test]
fn an_end_that_no_event_tells_is_seen_by_what_the_echo_fetches() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
    table.deck.cue_mut(2).unwrap().fetched_at = Some(at(101.0));
    assert_eq!(table.deck.pass(at(180.2)), Move::Nothing);
    assert_eq!(table.item(), "a");
    table.deck.pass(at(181.5));
    assert_eq!(table.item(), "b");
    assert!((table.position(190.0) - 10.0).abs() < 0.5);
}

#[test]
fn somebody_who_speaks_is_no_pause() {
    let mut table = Table::playing("a");
    table.happen(1, &AudioKind::Stopped, 30.0, 30.0);
    assert_eq!(table.deck.shown().playback, StagePlayback::Playing);
    assert!((table.position(35.0) - 30.0).abs() < 0.01);
    table.happen(1, &AudioKind::Started, 30.0, 36.0);
    assert!((table.position(40.0) - 34.0).abs() < 0.3);
    table.happen(1, &AudioKind::Stopped, 40.0, 46.0);
    table.deck.pass(at(46.0) + INTERRUPTION);
    assert_eq!(table.deck.shown().playback, StagePlayback::Paused);
}

#[test]
fn a_pause_holds_its_place_and_goes_on_from_there() {
    let mut table = Table::playing("a");
    assert!(table.deck.pause(at(83.0)));
    table.happen(1, &AudioKind::Stopped, 83.0, 83.2);
    assert_eq!(table.deck.shown().playback, StagePlayback::Paused);
    assert!(!table.deck.pause(at(84.0)), "twice is once");
    let sequence = table.deck.resume(at(600.0)).unwrap();
    assert_eq!(table.deck.cue_of(sequence).unwrap().base, Duration::from_secs(83));
    table.give();
    // The Echo counts from the beginning of the stream that it got.
    table.happen(sequence, &AudioKind::Started, 0.0, 601.0);
    assert!((table.position(602.0) - 84.0).abs() < 0.3);
}

#[test]
fn s_p5_a_pause_outlives_a_restart() {
    let mut table = Table::playing("a");
    table.deck.pause(at(83.0));
    table.happen(1, &AudioKind::Stopped, 83.0, 83.2);
    let kept = serde_json::to_string(&DeckRecord::of(&table.deck)).unwrap();
    let record: DeckRecord = serde_json::from_str(&kept).unwrap();
    let mut deck = record.deck("G1", at(900.0));
    assert_eq!(deck.shown().position, Some(83.0));
    let sequence = deck.resume(at(901.0)).unwrap();
    assert_eq!(sequence, 2, "numbers are never given twice");
    assert!(deck.cue_of(sequence).unwrap().is_stale, "its address is of before");
}

#[test]
fn what_plays_on_during_a_restart_is_known_after_it() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
    let record = DeckRecord::of(&table.deck);
    let mut table = Table { deck: record.deck("G1", at(120.0)) };
    assert!((table.position(130.0) - 130.0).abs() < 0.3);
    table.happen(2, &AudioKind::Started, 0.0, 180.0);
    assert_eq!(table.item(), "b");
}

#[test]
fn an_echo_that_ran_dry_during_a_restart_is_paused_where_it_was_and_one_that_was_heard_is_not() {
    for is_heard in [false, true] {
        let table = Table::playing("a");
        let record = DeckRecord::of(&table.deck);
        let mut table = Table { deck: record.deck("G1", at(30.0)) };
        if is_heard {
            table.happen(1, &AudioKind::Started, 31.0, 31.0);
        }
        assert_eq!(table.deck.is_unheard(), !is_heard);
        table.deck.lose(None, Duration::from_secs(30), at(50.0));
        let shown = table.deck.shown();
        if is_heard {
            assert_eq!(shown.playback, StagePlayback::Playing);
        } else {
            assert_eq!((shown.playback, shown.position), (StagePlayback::Paused, Some(30.0)));
            // Amazon was wrong about it.
            table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
            assert!((table.position(110.0) - 110.0).abs() < 0.5);
        }
    }
}

#[test]
fn a_failure_is_tried_again_then_left_out_then_given_up() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    let failure = failed("MEDIA_ERROR_INVALID_REQUEST");
    assert_eq!(table.happen(1, &failure, 0.0, 50.0), Move::Play);
    assert_eq!((table.item(), table.deck.current().unwrap().base.as_secs()), ("a".to_owned(), 0));
    table.give();
    assert_eq!(table.happen(2, &failure, 0.0, 52.0), Move::Play);
    assert_eq!(table.item(), "b");
    table.give();
    assert!(matches!(table.happen(3, &failure, 0.0, 54.0), Move::GiveUp(_)));
    let shown = table.deck.shown();
    assert_eq!(shown.playback, StagePlayback::Idle);
    assert!(shown.reason.unwrap().contains("MEDIA_ERROR_INVALID_REQUEST"));
}

#[test]
fn a_preload_that_fails_leaves_what_plays_in_peace() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
    assert_eq!(
        table.happen(2, &failed("MEDIA_ERROR_SERVICE_UNAVAILABLE"), 0.0, 101.0),
        Move::Nothing
    );
    assert_eq!(table.item(), "a");
    assert_eq!(table.happen(1, &AudioKind::Finished, 180.0, 180.0), Move::Launch);
    assert_eq!(table.item(), "b");
}

#[test]
fn a_changed_queue_counts_until_the_echo_has_fetched() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    table.happen(1, &AudioKind::NearlyFinished, 100.0, 100.0);
    table.deck.follow(Some(item("c")));
    assert_eq!(table.deck.cue_of(2).unwrap().item.id, "c", "bound when it is fetched");
    table.deck.cue_mut(2).unwrap().fetched_at = Some(at(120.0));
    table.deck.follow(Some(item("d")));
    assert_eq!(table.happen(2, &AudioKind::Started, 0.0, 180.0), Move::Launch);
    assert_eq!(table.item(), "d");
}

#[test]
fn an_announcement_comes_in_between() {
    let mut table = Table::playing("a");
    table.deck.follow(Some(item("b")));
    let announcement = table.deck.announce(item("ding"), at(60.0));
    table.give();
    table.happen(1, &AudioKind::Stopped, 60.5, 60.6);
    table.happen(announcement, &AudioKind::Started, 0.0, 61.0);
    let shown = table.deck.shown();
    assert_eq!((shown.item.as_deref(), shown.position), (Some("a"), Some(60.5)));
    let step = table.happen(announcement, &AudioKind::NearlyFinished, 1.0, 62.0);
    assert_eq!(step, Move::Enqueue { after: announcement });
    table.happen(announcement + 1, &AudioKind::Started, 0.0, 66.1);
    assert_eq!(table.item(), "a");
    assert!((table.position(70.1) - 64.5).abs() < 0.3);
    assert_eq!(table.deck.prepare(), Move::Enqueue { after: announcement + 1 });
    assert_eq!(table.deck.enqueued().unwrap().item.id, "b");
}

#[test]
fn what_never_begins_is_tried_again_and_then_given_up() {
    let mut table = Table::playing("a");
    table.deck.load(item("b"), at(10.0));
    table.give();
    let mut now = 10.0;
    let steps: Vec<_> = (0..3)
        .map(|_| {
            now += BEGIN.as_secs_f64();
            let step = table.deck.pass(at(now));
            if step == Move::Launch {
                table.give();
            }
            step
        })
        .collect();
    assert_eq!(steps[..2], [Move::Launch, Move::Launch]);
    assert!(matches!(steps[2], Move::GiveUp(_)));
}

#[test]
fn a_long_pause_is_an_end() {
    let mut table = Table::playing("a");
    table.deck.pause(at(10.0));
    table.happen(1, &AudioKind::Stopped, 10.0, 10.0);
    table.deck.pass(at(10.0) + PAUSE + Duration::from_secs(1));
    assert_eq!(table.deck.state(), State::Idle);
}

proptest! {
    /// Whatever arrives in whatever order, numbers only grow, nothing panics, and what was stopped
    /// stays silent.
    #[test]
    fn no_sequence_of_events_revives_what_was_stopped(
        events in prop::collection::vec((0_u64..8, 0_usize..5, 0.0..200.0, 0.0..400.0, 0_usize..6), 0..60),
    ) {
        let mut table = Table::playing("a");
        let mut last = 1;
        for (sequence, kind, offset, made, wish) in events {
            let kinds = [
                AudioKind::Started, AudioKind::Stopped, AudioKind::Finished,
                AudioKind::NearlyFinished, failed("X"),
            ];
            match wish {
                0 => table.deck.follow(Some(item("n"))),
                1 => { table.deck.pause(at(made)); }
                2 => { table.deck.announce(item("ding"), at(made)); }
                3 => { table.deck.pass(at(made)); }
                _ => {}
            }
            table.late(sequence, &kinds[kind], offset, made, made + 1.0);
            if let Some(cue) = table.deck.current() {
                last = last.max(cue.sequence);
                prop_assert!(table.deck.enqueued().is_none_or(|next| next.sequence > cue.sequence));
            }
            let record = DeckRecord::of(&table.deck);
            let text = serde_json::to_string(&record).unwrap();
            prop_assert_eq!(serde_json::from_str::<DeckRecord>(&text).unwrap(), record);
        }
        table.deck.stop();
        for sequence in 0..=last + 2 {
            table.happen(sequence, &AudioKind::Started, 1.0, 500.0);
            prop_assert_eq!(table.deck.state(), State::Idle);
        }
    }
}
