//! Hours of music on four Echos, with everything that happens in a house, on a simulated clock: what
//! the host shows is what is heard, at every second.

#![allow(clippy::print_stdout, reason = "how far it was apart is worth knowing")]

use std::collections::BTreeMap;
use std::time::Duration;

use amazon_simulator::Activity;
use mass_alexa::gateway::StagePlayback;

use crate::concert::Concert;
use crate::support::{BEDROOM, BEDROOM_TWO, KITCHEN, STUDIO};

const ECHOS: [&str; 4] = [KITCHEN, BEDROOM, BEDROOM_TWO, STUDIO];
const SECOND: Duration = Duration::from_secs(1);
/// The host may show something else than what is heard for so many seconds in a row.
const ALLOWED: u32 = 2;

/// How long what is shown has differed from what is heard, for each Echo.
#[derive(Default)]
struct Watcher {
    differs: BTreeMap<&'static str, u32>,
    compared: u64,
    worst: u32,
}

impl Watcher {
    fn look(&mut self, concert: &Concert, second: u64) {
        for serial in ECHOS {
            let Some((audible, _)) = concert.audible(serial) else {
                self.differs.remove(serial);
                continue;
            };
            self.compared += 1;
            let shown = concert.shown(serial).map(|(item, _)| item);
            if shown.as_ref() == Some(&audible) {
                self.differs.remove(serial);
                continue;
            }
            let differs = self.differs.entry(serial).or_default();
            *differs += 1;
            self.worst = self.worst.max(*differs);
            assert!(
                *differs <= ALLOWED,
                "second {second}, {serial}: heard {audible}, shown {shown:?}; {:?}",
                concert.world.sim.echo(serial).map(|echo| (echo.activity, echo.token))
            );
        }
    }
}

#[tokio::test]
async fn an_hour_on_four_echos_is_shown_as_it_is_heard() {
    play_on(1).await;
}

/// `make soak`.
#[tokio::test]
#[ignore = "takes a minute"]
async fn three_hours_on_four_echos_are_shown_as_they_are_heard() {
    play_on(3).await;
}

async fn play_on(hours: u64) {
    let mut concert = Concert::start().await;
    concert.world.sim.knobs(|knobs| {
        knobs.skill_events_doubled = true;
        knobs.skill_interruption_drops = true;
    });
    for (number, serial) in ECHOS.into_iter().enumerate() {
        let seconds = 150 + 17 * number as u64;
        let items = (0..80).map(|item| concert.item(&format!("{number}-{item}"), seconds));
        let items = items.collect();
        concert.play(serial, items).await.unwrap();
    }
    let mut watcher = Watcher::default();
    for second in 0..hours * 3_600 {
        happen(&mut concert, second).await;
        concert.pace.step_by(SECOND, SECOND).await;
        watcher.look(&concert, second);
    }
    println!("{} comparisons, at worst {} seconds apart", watcher.compared, watcher.worst);
    assert!(watcher.compared > hours * 3_600 * 4 * 9 / 10, "{}", watcher.compared);
    for serial in ECHOS {
        let view = concert.world.sim.echo(serial).unwrap();
        assert_eq!(view.answers_refused, Vec::<String>::new(), "{serial}");
        assert_eq!(view.activity, Activity::Playing, "{serial}");
        assert_eq!(view.sessions_open, 0);
    }
}

/// What happens at a second of the story.
async fn happen(concert: &mut Concert, second: u64) {
    let serial = ECHOS[usize::try_from(second / 60 % 4).unwrap()];
    match second % 900 {
        // Somebody asks for the time; the music goes on afterwards.
        60 => {
            concert.world.sim.say(serial, "what time is it");
        }
        180 => concert.world.sim.drop_audio(serial),
        240 => {
            concert.world.sim.say(serial, "next");
        }
        // Pause and resume from the host.
        300 => {
            concert
                .order(serial, move |gateway, _| async move { gateway.pause(serial).await })
                .await
                .unwrap();
        }
        320 => {
            let serial = ECHOS[usize::try_from(300 / 60 % 4).unwrap()];
            let serial = if concert.playback(serial) == StagePlayback::Paused {
                serial
            } else {
                paused(concert)
            };
            concert
                .order(serial, move |gateway, _| async move { gateway.resume(serial).await })
                .await
                .unwrap();
        }
        // A skip in the host.
        420 => {
            let index = concert.host.with(serial, |queue| queue.index);
            concert
                .order(serial, move |gateway, host| async move {
                    host.play_at(&gateway, serial, index + 1).await
                })
                .await
                .unwrap();
        }
        480 => concert.seek(serial, 60).await,
        // Pause and resume by voice.
        540 => {
            concert.world.sim.say(serial, "pause");
        }
        560 => {
            concert.world.sim.say(paused(concert), "resume");
        }
        // News that comes late, and in the wrong order.
        600 => concert.world.sim.knobs(|knobs| knobs.skill_events_late_s = 3),
        700 => concert.world.sim.knobs(|knobs| {
            knobs.skill_events_late_s = 0;
            knobs.skill_events_swapped = true;
        }),
        800 => concert.world.sim.knobs(|knobs| knobs.skill_events_swapped = false),
        _ => {}
    }
    // The host is started anew once in an hour.
    if second % 3_600 == 1_000 {
        concert.restart().await;
    }
}

fn paused(concert: &Concert) -> &'static str {
    let is_paused = |serial: &&str| concert.playback(serial) == StagePlayback::Paused;
    ECHOS.into_iter().find(is_paused).expect("one of them is paused")
}
