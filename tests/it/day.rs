//! Whole days in the life of an installation, in seconds: how many requests Amazon gets.

use std::collections::BTreeMap;
use std::time::Duration;

use amazon_simulator::{DevicePatch, PlayRequest};
use mass_alexa::{Account, Playback};

use crate::leaping::{DAY, HOUR, MINUTE};
use crate::pacing::Pace;
use crate::support::{BEDROOM, KITCHEN, STUDIO, World};
use crate::watch::Eyes;

/// In such pieces time passes. They divide the intervals between two lists, with music and without,
/// so that nothing is read later than it would be.
const PIECE: Duration = Duration::from_secs(20);
const LONG_PIECE: Duration = MINUTE;
const LISTS: &str = "GET eu-api-alexa.amazon.de/api";
const STREAM: &str = "GET bob-dispatch-prod-eu.amazon.com/v20160207/directives";

/// An account that is watched from the beginning of a day.
struct Day {
    world: World,
    pace: Pace,
    account: Account,
    eyes: Eyes,
}

impl Day {
    async fn begin() -> Self {
        let world = World::start().await;
        world.signed_in().await.close().await;
        let pace = Pace::brisk(&world);
        let account = pace.account(&world).await;
        world.sim.clear_journal();
        let eyes = Eyes::on(&account);
        Self { world, pace, account, eyes }
    }

    /// Turns a knob, and lets a piece of time pass.
    async fn turn(&self, serial: &str, volume: u8) {
        let patch = DevicePatch { volume: Some(volume), ..DevicePatch::default() };
        self.world.sim.patch_device(serial, patch);
        self.pace.step_by(PIECE, PIECE).await;
    }

    /// Until a volume is known to whoever watches.
    async fn see(&mut self, serial: &str, volume: u8) {
        self.eyes
            .until("the volume", |eyes| eyes.has(serial, |state| state.volume == Some(volume)))
            .await;
    }

    /// What Amazon was asked by endpoint, and how often in all; printed for whoever looks.
    #[allow(clippy::print_stdout)]
    fn end(self, what: &str) -> (BTreeMap<String, u64>, u64) {
        let counts = self.world.sim.request_counts();
        let all = counts.values().sum();
        println!("{what}, {} hours: {all} requests", self.pace.passed().as_secs() / 3_600);
        for (endpoint, count) in &counts {
            println!("{count:>6}  {endpoint}");
        }
        (counts, all)
    }
}

#[tokio::test]
async fn s_s6_a_day_without_music_stays_within_the_request_budget() {
    let mut day = Day::begin().await;
    day.pace.step_by(DAY, LONG_PIECE).await;
    assert_eq!(day.world.sim.counters().push_streams, 1);
    // It was not saved at the expense of the truth.
    day.turn(KITCHEN, 77).await;
    day.see(KITCHEN, 77).await;
    let (counts, all) = day.end("a day without music");
    assert!(all <= 150, "{all} requests");
    // A stream lives for twelve hours.
    assert!(counts[STREAM] <= 3, "{counts:?}");
}

#[tokio::test]
async fn s_s6_a_day_with_music_stays_within_the_request_budget() {
    let mut day = Day::begin().await;
    day.world.sim.knobs(|knobs| knobs.auto_advance = true);
    day.pace.step_by(9 * HOUR, LONG_PIECE).await;
    // Breakfast radio, and later three hundred tracks, each twice as long as it takes to be looked
    // at in between.
    day.world.sim.play(&PlayRequest { duration_s: 0, ..PlayRequest::new(STUDIO, "Radio") });
    day.pace.step_by(HOUR, LONG_PIECE).await;
    day.world.sim.patch_device(
        STUDIO,
        DevicePatch { playing: Some(amazon_simulator::Playback::Idle), ..DevicePatch::default() },
    );
    day.pace.step_by(4 * HOUR, LONG_PIECE).await;
    let queue = (1..300).map(|number| format!("Track {number}")).collect();
    let request = PlayRequest { duration_s: 80, queue, ..PlayRequest::new(KITCHEN, "Track 0") };
    day.world.sim.play(&request);
    for number in 0..20_u8 {
        day.pace.step_by(19 * MINUTE, PIECE).await;
        day.turn(if number % 2 == 0 { KITCHEN } else { BEDROOM }, 10 + number).await;
        // It is told at once; the lists may take until they are due.
        day.see(if number % 2 == 0 { KITCHEN } else { BEDROOM }, 10 + number).await;
    }
    let title = "Track 290";
    assert!(day.world.device(KITCHEN).track.is_some_and(|track| track.title.as_str() >= title));
    let told = day.world.sim.counters().push_events;
    day.pace.step_by(DAY - day.pace.passed(), LONG_PIECE).await;
    day.eyes.until("the end", |eyes| eyes.has(KITCHEN, |s| s.playback == Playback::Idle)).await;
    let (_, all) = day.end("a day with music");
    assert!(told >= 300 * 3, "{told} events");
    assert!(all <= 1_000, "{all} requests");
}

#[tokio::test]
async fn s_s6_a_day_without_events_stays_within_the_request_budget() {
    let mut day = Day::begin().await;
    day.world.sim.knobs(|knobs| knobs.push_refuse = Some(503));
    for hour in 0..24 {
        day.pace.step_by(HOUR - 3 * PIECE, LONG_PIECE).await;
        day.turn(BEDROOM, 10 + hour).await;
        day.pace.step_by(2 * PIECE, PIECE).await;
        day.see(BEDROOM, 10 + hour).await;
    }
    assert!(day.account.links().push.ok == Some(false), "{:?}", day.account.links());
    let (counts, all) = day.end("a day without events");
    let lists = counts.iter().filter(|(name, _)| name.starts_with(LISTS));
    let lists: u64 = lists.map(|(_, count)| count).sum();
    // Two lists a minute, as long as nothing plays.
    assert!(lists <= 3_200, "{lists} lists");
    assert!(counts[STREAM] <= 24 * 7, "{} tries", counts[STREAM]);
    assert!(all <= 3_400, "{all} requests");
}
