//! The calls of an account, one by chance, and what may come of them.

use std::collections::BTreeMap;
use std::time::Duration;

use amazon_simulator::{DeviceView, Playback as Plays};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mass_alexa::{Account, Error, ErrorKind, Speech, Transport};

use super::dice::Dice;

/// Trouble of Amazon's, of the network and of devices. Everything else is a fault of ours: above
/// all nobody may be asked to sign in.
const MAY_FAIL: [ErrorKind; 7] = [
    ErrorKind::Throttled,
    ErrorKind::AmazonUnavailable,
    ErrorKind::Network,
    ErrorKind::Timeout,
    ErrorKind::DeviceOffline,
    ErrorKind::NotControllable,
    ErrorKind::Closed,
];

/// A call at a time without any trouble: it works.
pub(super) const CALM: &str = "volume in calm";

/// A call under way, with its name.
pub(super) type Call = (&'static str, BoxFuture<'static, Result<(), Error>>);

/// A call by chance.
pub(super) fn any(account: &Account, devices: &[DeviceView], dice: &mut Dice) -> Call {
    let players =
        |device: &&DeviceView| device.online && ["ECHO", "KNIGHT"].contains(&&*device.family);
    let single: Vec<_> =
        devices.iter().filter(players).filter(|one| one.members.is_empty()).collect();
    let whole: Vec<_> = devices.iter().filter(|device| !device.members.is_empty()).collect();
    let active: Vec<_> = devices.iter().filter(|device| device.playing == Plays::Playing).collect();
    let one = dice.pick(&single).expect("somebody is there").serial.clone();
    let level = u8::try_from(dice.between(1, 100)).unwrap();
    let on = level.is_multiple_of(2);
    let account = account.clone();
    let kind = dice.below(16);
    if let (9..=13, Some(device)) = (kind, dice.pick(&active)) {
        return with_music(account, device.serial.clone(), kind, on);
    }
    match kind {
        0 | 1 => ("volume", call(async move { account.set_volume(&one, level).await })),
        2 => {
            let serial = dice.pick(&whole).map_or(one, |device| device.serial.clone());
            ("volume of a group", call(async move { account.set_volume(&serial, level).await }))
        }
        3 => ("speak", call(async move { account.speak(&one, "The soup is ready.").await })),
        4 => {
            let text = "Dinner".to_owned();
            let speech = Speech { text, volume: Some(level), ..Speech::default() };
            let serials: Vec<_> = single.iter().take(3).map(|one| one.serial.clone()).collect();
            ("announce", call(async move { account.announce_with(&serials, &speech).await }))
        }
        5 => ("sound", call(async move { account.play_sound(&one, "bell_02").await })),
        6 => ("words", call(async move { account.text_command(&one, "what time is it").await })),
        7 => ("do not disturb", call(async move { account.set_do_not_disturb(&one, on).await })),
        8 => ("mute", call(async move { account.set_mute(&one, on).await })),
        9..=11 => ("states", call(async move { account.states(Duration::ZERO).await })),
        12 => ("devices", call(async move { account.devices(true).await })),
        13 => (
            "status",
            async move {
                drop(account.status());
                Ok(())
            }
            .boxed(),
        ),
        14 => ("play", call(async move { account.transport(&one, Transport::Play).await })),
        _ => (
            "check",
            async move {
                let status = account.check().await?;
                assert_ne!(status.signed_in, Some(false), "nobody is signed in any more");
                Ok(())
            }
            .boxed(),
        ),
    }
}

fn with_music(account: Account, serial: String, kind: u32, on: bool) -> Call {
    match kind {
        9 => ("pause", call(async move { account.transport(&serial, Transport::Pause).await })),
        10 => ("next", call(async move { account.transport(&serial, Transport::Next).await })),
        11 => ("seek", call(async move { account.seek(&serial, 20.0).await })),
        12 => ("shuffle", call(async move { account.set_shuffle(&serial, on).await })),
        _ => ("repeat", call(async move { account.set_repeat(&serial, on).await })),
    }
}

fn call<T>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> BoxFuture<'static, Result<(), Error>> {
    async move { work.await.map(drop) }.boxed()
}

/// How calls ended.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub(super) worked: u32,
    pub(super) failed: BTreeMap<(&'static str, &'static str), u32>,
}

impl Outcomes {
    pub(super) fn note(&mut self, name: &'static str, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.worked += 1,
            Err(error) => {
                assert_ne!(name, CALM, "{error} ({:?})", error.causes());
                assert!(MAY_FAIL.contains(&error.kind()), "{name}: {error} ({:?})", error.causes());
                *self.failed.entry((name, error.code().id())).or_default() += 1;
            }
        }
    }

    pub(super) fn failures(&self) -> u32 {
        self.failed.values().sum()
    }
}
