//! Two hundred devices, and a hundred thousand events.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use amazon_simulator::{
    DevicePatch, DeviceView, Options, PlayRequest, Playback as Plays, PushDrop, PushFraming,
};
use mass_alexa::{Playback, PlayerState};
use serde_json::json;

use crate::keys::{child, folder_of_child};
use crate::leaping::{DAY, MINUTE};
use crate::pacing::Pace;
use crate::support::World;
use crate::watch::Eyes;

const DEVICES: usize = 200;
const HOURS: u32 = 24;
/// In these hours there is music.
const MUSIC: std::ops::Range<u32> = 1..6;
/// After this hour everything has happened once.
const WARM: u32 = 6;
/// Time passes in such pieces, each of them with so many acts of the household. Each makes one event
/// or more.
const PIECE: Duration = MINUTE;
const ACTS: u32 = 25;
/// Those that play something now and then.
const MUSICAL: usize = 8;
/// Events that are told late at once.
const LATE: usize = 40;
/// In KiB. Both sides are in this process. What grows is a quarter of a mebibyte: the last volumes that
/// the simulator remembers of each device, and what the allocator cannot give back.
const MOST_GROWTH: u64 = 4 * 1_024;

/// Small numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// Whether what is shown is what the household does.
fn is_true(shown: &PlayerState, device: &DeviceView) -> bool {
    let playback = match device.playing {
        Plays::Playing => Playback::Playing,
        Plays::Paused => Playback::Paused,
        Plays::Idle => Playback::Idle,
    };
    let title = device.track.as_ref().map(|track| track.title.as_str());
    shown.volume == Some(device.volume)
        && shown.muted == Some(device.muted)
        && shown.online == device.online
        && shown.do_not_disturb == Some(device.do_not_disturb)
        && shown.playback == playback
        && shown.title.as_deref() == title
}

/// Waits until every one of these devices is shown as it is.
async fn see_all(world: &World, eyes: &mut Eyes, serials: &[String]) {
    let devices = world.sim.devices();
    eyes.until("everything as it is", |eyes| {
        serials.iter().all(|serial| {
            let device = devices.iter().find(|device| device.serial == *serial).unwrap();
            eyes.has(serial, |state| is_true(state, device))
        })
    })
    .await;
}

fn set(world: &World, serial: &str, volume: u8, muted: bool) {
    let patch = DevicePatch { volume: Some(volume), muted: Some(muted), ..DevicePatch::default() };
    world.sim.patch_device(serial, patch);
}

#[tokio::test]
async fn two_hundred_devices_are_right_after_the_start_and_after_each_gap() {
    let world = World::start().await;
    let serials = world.sim.populate(DEVICES);
    for (number, serial) in serials.iter().enumerate() {
        set(&world, serial, u8::try_from(number % 101).unwrap(), number % 7 == 0);
    }
    world.sim.play(&PlayRequest::new(&serials[199], "One"));
    let account = world.signed_in().await;
    let mut eyes = Eyes::open(&account).await;
    see_all(&world, &mut eyes, &serials).await;
    // All of it becomes different while nobody hears it.
    world.sim.knobs(|knobs| knobs.push_events_lost = true);
    for (number, serial) in serials.iter().enumerate() {
        set(&world, serial, u8::try_from(100 - number % 101).unwrap(), number % 5 == 0);
    }
    let idle = DevicePatch { playing: Some(Plays::Paused), ..DevicePatch::default() };
    world.sim.patch_device(&serials[199], idle);
    world.sim.knobs(|knobs| knobs.push_events_lost = false);
    world.sim.clear_journal();
    world.sim.drop_push_streams(PushDrop::End);
    see_all(&world, &mut eyes, &serials).await;
    for list in ["/api/np/list-media-sessions", "/api/devices/deviceType"] {
        assert!(world.requests(list).len() <= 2, "{list}");
    }
    assert!(world.requests("/api/devices-v2").is_empty(), "the devices did not change");
}

/// Where the system tells how much memory a process has.
#[cfg(target_os = "linux")]
#[test]
fn s_i6_memory_stays_flat_over_a_day_with_a_hundred_thousand_events() {
    let folder = tempfile::tempdir().unwrap();
    let test = "scale::in_a_child_that_measures_itself";
    let output = child(test, folder.path()).env("MASS_ALEXA_KEYRING", "off").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{words}");
    assert!(text.contains("1 passed"), "the name of the test is wrong: {text}");
    println!("{text}");
}

/// Memory of this process in KiB.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

/// A day in a house where much happens.
struct House {
    world: World,
    serials: Vec<String>,
    dice: Dice,
    number: u64,
    /// Parts of a stream that tell, late, what the volume of some devices was yesterday.
    late: String,
    late_events: u64,
}

impl House {
    fn new(world: World, serials: Vec<String>) -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let at = start - DAY;
        let part = |serial: &String| {
            let id = json!({"deviceSerialNumber": serial, "deviceType": "A3RMGO6LYLH7YN"});
            let payload = json!({"dopplerId": id, "volumeSetting": 101, "isMuted": true});
            let metadata = json!({"command": "PUSH_VOLUME_CHANGE", "payload": payload.to_string(),
                "timeStamp": u64::try_from(at.as_millis()).unwrap()});
            let update = json!({"route": "EventBus:tcomm::message",
                "resourceId": "PUSH_VOLUME_CHANGE", "resourceMetadata": metadata.to_string()});
            let directive =
                json!({"directive": {"header": {}, "payload": {"renderingUpdates": [update]}}});
            format!(
                "\r\nContent-Type: application/json\r\n\r\n{directive}\r\n--------simulator0123"
            )
        };
        let late: String = serials.iter().take(LATE).map(part).collect();
        Self { world, serials, dice: Dice(0x5eed), number: 0, late, late_events: 0 }
    }

    /// Something happens.
    fn act(&mut self, with_music: bool) {
        self.number += 1;
        let sim = &self.world.sim;
        let any = self.serials[self.dice.below(DEVICES)].clone();
        let musical = self.serials[self.dice.below(MUSICAL)].clone();
        let level = u8::try_from(self.dice.below(101)).unwrap();
        let is_even = level % 2 == 0;
        match self.dice.below(100) {
            0..12 if with_music => {
                let word = if is_even { Plays::Playing } else { Plays::Paused };
                let patch = DevicePatch { playing: Some(word), ..DevicePatch::default() };
                sim.patch_device(&musical, patch);
            }
            12..15 if with_music => {
                let title = format!("Title {}", self.number);
                sim.play(&PlayRequest::new(&musical, &title));
            }
            15..20 => {
                let on = Some(is_even);
                let patch = DevicePatch { do_not_disturb: on, ..DevicePatch::default() };
                sim.patch_device(&any, patch);
            }
            20..26 => {
                // Every one has a name of its own, and of its own length.
                let name = format!("PUSH_{}_{}", self.number, "X".repeat(usize::from(level)));
                sim.push(&name, json!({"dopplerId": {"deviceSerialNumber": any}}));
            }
            26..29 => {
                let patch = DevicePatch { say: Some("hello".into()), ..DevicePatch::default() };
                sim.patch_device(&any, patch);
            }
            29..31 => {
                sim.push_raw(self.late.clone());
                self.late_events += u64::try_from(LATE).unwrap();
            }
            _ => set(&self.world, &any, level, level % 9 == 0),
        }
    }

    fn end_music(&self) {
        for serial in &self.serials[..MUSICAL] {
            let patch = DevicePatch { playing: Some(Plays::Paused), ..DevicePatch::default() };
            self.world.sim.patch_device(serial, patch);
        }
    }
}

#[tokio::test]
#[ignore = "runs in a child of another test"]
async fn in_a_child_that_measures_itself() {
    if folder_of_child().is_none() {
        return;
    }
    let world = World::unlogged(Options::default()).await;
    let serials = world.sim.populate(DEVICES);
    world.signed_in().await.close().await;
    world.sim.knobs(|knobs| knobs.push_duplicates = true);
    let pace = Pace::brisk(&world);
    let account = pace.account(&world).await;
    let mut eyes = Eyes::open(&account).await;
    let mut house = House::new(world, serials);
    let (began, mut warm) = (Instant::now(), 0);
    for hour in 0..HOURS {
        let framing = if hour % 2 == 0 { PushFraming::Usual } else { PushFraming::Joined };
        house.world.sim.knobs(|knobs| knobs.push_framing = framing);
        for _ in 0..60 {
            for _ in 0..ACTS {
                house.act(MUSIC.contains(&hour));
            }
            pace.step_by(PIECE, PIECE).await;
        }
        if hour + 1 == MUSIC.end {
            house.end_music();
        }
        house.world.sim.clear_journal();
        if hour == WARM {
            // The greatest answers there are, otherwise asked for once a day.
            account.devices(true).await.unwrap();
            warm = resident();
        }
    }
    // What the last events leave open is read.
    pace.step_by(5 * PIECE, PIECE / 3).await;
    see_all(&house.world, &mut eyes, &house.serials).await;
    let (took, end) = (began.elapsed().as_secs_f64(), resident());
    let counters = house.world.sim.counters();
    let events = 2 * counters.push_events + house.late_events;
    println!(
        "{events} events and {} requests in {took:.1} s; {warm} KiB after {WARM} hours, {end} KiB \
         at the end",
        counters.requests,
    );
    assert!(events >= 100_000, "{events}");
    assert_eq!(counters.push_streams, 1);
    assert!(end < warm + MOST_GROWTH, "it grew from {warm} to {end} KiB");
}
