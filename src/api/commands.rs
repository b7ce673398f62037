//! Commands to devices. Groups are expanded here: Amazon ignores several commands to a group
//! without a word (*observed*), so they go to the members.

use std::sync::Arc;

use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::devices::{Device, DeviceKind, Feature};
use super::household::Household;
use super::sequence::{self, Target};
use crate::error::{Error, ErrorKind, Result, code};
use crate::net::Body;
use crate::session::{Call, Live};

/// Texts longer than this are cut by Amazon (*observed*: 250 in one client).
pub const LONGEST_TEXT: usize = 250;

/// A volume as callers give it.
///
/// # Errors
/// `bad-volume` unless it is 0 to 100.
pub fn volume_of(level: i64) -> Result<u8> {
    let volume = u8::try_from(level).ok().filter(|volume| *volume <= 100);
    volume.ok_or_else(|| Error::new(code::BAD_VOLUME, format!("{level} is no volume.")))
}

/// What became of a command. A success means that Amazon took it, not yet that it was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CommandReport {
    /// Serials of the devices it was sent to.
    pub done: Vec<String>,
    /// Serials left out, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// What else a person should know.
    pub note: Option<String>,
}

/// The buttons of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Resume.
    Play,
    /// Pause.
    Pause,
    /// Next item.
    Next,
    /// Previous item.
    Previous,
}

impl Transport {
    /// What a device must be able to do for this button.
    pub fn feature(self) -> Feature {
        match self {
            Self::Play => Feature::Play,
            Self::Pause => Feature::Pause,
            Self::Next => Feature::Next,
            Self::Previous => Feature::Previous,
        }
    }

    fn wire(self) -> &'static str {
        match self {
            Self::Play => "PlayCommand",
            Self::Pause => "PauseCommand",
            Self::Next => "NextCommand",
            Self::Previous => "PreviousCommand",
        }
    }
}

/// Sends commands for one account.
#[derive(Debug)]
pub struct Commander<'a> {
    /// The session.
    pub live: &'a Live,
    /// The devices.
    pub household: Arc<Household>,
    /// Customer id of the account.
    pub customer: String,
    /// Locale of the account.
    pub locale: String,
}

impl Commander<'_> {
    /// Presses a button of Amazon's own player: of the device, or of the group it plays in. Pausing
    /// what Amazon's player does not own, such as a skill, stops it; where nothing is heard that is
    /// no failure.
    ///
    /// # Errors
    /// `nothing-playing`, `device-offline` and those of the session.
    pub async fn transport(
        &self,
        device: &Arc<Device>,
        button: Transport,
    ) -> Result<CommandReport> {
        require_online(device)?;
        let mut players = vec![Arc::clone(device)];
        players.extend(self.household.parents(device).into_iter().filter(|group| group.online));
        for player in &players {
            match self.press(player, button).await {
                Ok(()) => {
                    let note = (player.serial != device.serial)
                        .then(|| format!("{} plays in {}.", device.name, player.name));
                    return Ok(CommandReport {
                        done: vec![player.serial.clone()],
                        note,
                        ..CommandReport::default()
                    });
                }
                Err(error) if error.kind() == ErrorKind::NotControllable => {}
                Err(error) if error.kind() == ErrorKind::DeviceOffline => {
                    return Err(offline(&player.name));
                }
                Err(error) => return Err(error),
            }
        }
        if button == Transport::Pause {
            let mut report = self.stop(device).await?;
            report.note =
                Some(format!("Alexa had nothing to pause on {}, so it was stopped.", device.name));
            return Ok(report);
        }
        Err(Error::new(
            code::NOTHING_PLAYING,
            format!("Nothing is loaded on {} that Alexa could control.", device.name),
        ))
    }

    async fn press(&self, device: &Device, button: Transport) -> Result<()> {
        let path = format!("/api/np/command?{}", device.query());
        let body = json!({"type": button.wire(), "contentFocusClientId": null});
        self.live.call(Call::command(Method::POST, path, Body::json(&body))).await.map(drop)
    }

    /// Stops whatever is heard, on each member of a group.
    ///
    /// # Errors
    /// `device-offline` and those of the session.
    pub async fn stop(&self, device: &Arc<Device>) -> Result<CommandReport> {
        self.each(device, self.household.speakers(device), true, |target| target.stop()).await
    }

    /// Sets the volume, on each member of a group.
    ///
    /// # Errors
    /// `bad-volume`, `device-offline` and those of the session.
    pub async fn volume(&self, device: &Arc<Device>, level: u8) -> Result<CommandReport> {
        if level > 100 {
            return Err(Error::new(code::BAD_VOLUME, format!("{level} is no volume.")));
        }
        self.each(device, self.household.speakers(device), true, |target| target.volume(level))
            .await
    }

    /// Sets a volume of its own on each of several devices, in one request.
    ///
    /// # Errors
    /// `device-offline` when none is online, and those of the session.
    pub async fn volumes(&self, levels: &[(Arc<Device>, u8)]) -> Result<CommandReport> {
        let devices: Vec<_> = levels.iter().map(|(device, _)| Arc::clone(device)).collect();
        let (online, skipped) = split(devices)?;
        let level = |device: &Device| {
            levels.iter().find(|(d, _)| d.serial == device.serial).map_or(0, |(_, l)| *l)
        };
        let nodes = online.iter().map(|device| self.target(device).volume(level(device))).collect();
        self.run(nodes, online, skipped, true).await
    }

    /// Says a text, on each member of a group.
    ///
    /// # Errors
    /// `bad-text`, `device-offline` and those of the session.
    pub async fn speak(&self, device: &Arc<Device>, text: &str) -> Result<CommandReport> {
        let text = checked(text)?;
        self.each(device, self.household.listeners(device), false, |target| target.speak(text))
            .await
    }

    /// Plays one of Amazon's sounds, on each member of a group.
    ///
    /// # Errors
    /// `bad-text`, `device-offline` and those of the session.
    pub async fn sound(&self, device: &Arc<Device>, id: &str) -> Result<CommandReport> {
        let id = checked(id)?;
        self.each(device, self.household.listeners(device), false, |target| target.sound(id)).await
    }

    /// Takes a text as if it had been spoken to the device; for a group, to its first member that
    /// is online, because groups do not listen.
    ///
    /// # Errors
    /// `bad-text`, `device-offline` and those of the session.
    pub async fn text_command(&self, device: &Arc<Device>, text: &str) -> Result<CommandReport> {
        let text = checked(text)?;
        if device.kind != DeviceKind::Group {
            return self.single(device, |target| target.text_command(text)).await;
        }
        let listener = self.household.listeners(device).into_iter().find(|member| member.online);
        let listener = listener.ok_or_else(|| offline(&device.name))?;
        let mut report = self.single(&listener, |target| target.text_command(text)).await?;
        report.note = Some(format!("Groups do not listen, so it was told to {}.", listener.name));
        Ok(report)
    }

    /// Announces a text on all of these devices and the members of groups, in one request.
    ///
    /// # Errors
    /// `bad-text`, `no-such-device` for an empty list, `device-offline` and those of the session.
    pub async fn announce(
        &self,
        devices: &[Arc<Device>],
        title: &str,
        text: &str,
    ) -> Result<CommandReport> {
        let text = checked(text)?;
        let mut all: Vec<Arc<Device>> = Vec::new();
        for device in devices {
            for device in self.household.listeners(device) {
                if !all.iter().any(|other| other.serial == device.serial) {
                    all.push(device);
                }
            }
        }
        // A pair and its halves in one list would be heard twice.
        let halves: Vec<_> = all
            .iter()
            .filter(|device| device.kind == DeviceKind::Pair)
            .flat_map(|pair| pair.members.clone())
            .collect();
        all.retain(|device| !halves.contains(&device.serial));
        let (online, skipped) = split(all)?;
        let targets: Vec<_> = online.iter().map(|device| self.target(device)).collect();
        let node = sequence::announce(&targets, title, text);
        self.run(vec![node], online, skipped, false).await
    }

    async fn single(
        &self,
        device: &Arc<Device>,
        node: impl Fn(Target<'_>) -> Value,
    ) -> Result<CommandReport> {
        require_online(device)?;
        self.run(vec![node(self.target(device))], vec![Arc::clone(device)], Vec::new(), false).await
    }

    async fn each(
        &self,
        device: &Arc<Device>,
        devices: Vec<Arc<Device>>,
        is_repeatable: bool,
        node: impl Fn(Target<'_>) -> Value,
    ) -> Result<CommandReport> {
        let (online, skipped) = split(devices).map_err(|error| match error.kind() {
            ErrorKind::DeviceOffline | ErrorKind::NotFound => offline(&device.name),
            _ => error,
        })?;
        let nodes = online.iter().map(|member| node(self.target(member))).collect();
        self.run(nodes, online, skipped, is_repeatable).await
    }

    async fn run(
        &self,
        nodes: Vec<Value>,
        devices: Vec<Arc<Device>>,
        skipped: Vec<(String, String)>,
        is_repeatable: bool,
    ) -> Result<CommandReport> {
        let body = Body::json(&sequence::body(nodes));
        let call = Call::command(Method::POST, sequence::PREVIEW, body);
        self.live.call(if is_repeatable { call.repeatable() } else { call }).await?;
        let done = devices.iter().map(|device| device.serial.clone()).collect();
        Ok(CommandReport { done, skipped, note: None })
    }

    fn target<'b>(&'b self, device: &'b Device) -> Target<'b> {
        Target { device, customer: &self.customer, locale: &self.locale }
    }
}

type Split = (Vec<Arc<Device>>, Vec<(String, String)>);

/// Parts those online from those that are not; none online is an error.
fn split(devices: Vec<Arc<Device>>) -> Result<Split> {
    let Some(first) = devices.first().map(|device| device.name.clone()) else {
        return Err(Error::new(code::NO_SUCH_DEVICE, "There is no device to send this to."));
    };
    let (online, offline_ones): (Vec<_>, Vec<_>) =
        devices.into_iter().partition(|device| device.online);
    if online.is_empty() {
        return Err(offline(&first));
    }
    let skipped = offline_ones
        .iter()
        .map(|device| (device.serial.clone(), format!("{} is offline.", device.name)))
        .collect();
    Ok((online, skipped))
}

fn require_online(device: &Device) -> Result<()> {
    if device.online { Ok(()) } else { Err(offline(&device.name)) }
}

fn offline(name: &str) -> Error {
    Error::new(code::DEVICE_OFFLINE, format!("{name} is offline."))
}

fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    let length = text.chars().count();
    if text.is_empty() {
        return Err(Error::new(code::BAD_TEXT, "The text is empty."));
    }
    if length > LONGEST_TEXT {
        return Err(Error::new(
            code::BAD_TEXT,
            format!("The text has {length} characters; Alexa takes {LONGEST_TEXT}."),
        )
        .with_next_step("Make it shorter, or send it in parts."));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked_before_anything_is_sent() {
        assert_eq!(checked("  hello ").unwrap(), "hello");
        assert_eq!(checked(" \n").unwrap_err().code(), code::BAD_TEXT);
        assert!(checked(&"\u{e4}".repeat(250)).is_ok());
        assert!(checked(&"x".repeat(251)).unwrap_err().message().contains("251"));
    }

    #[test]
    fn offline_members_are_skipped_by_name() {
        let entry = |serial: &str, online: bool| json!({"serialNumber": serial, "accountName": format!("Echo {serial}"), "online": online, "deviceFamily": "ECHO"});
        let home = Household::merge(
            &json!({"devices": [entry("A", true), entry("B", false)]}),
            None,
            None,
        );
        let (online, skipped) = split(home.all().cloned().collect()).unwrap();
        assert_eq!(online.len(), 1);
        assert_eq!(skipped, [("B".to_owned(), "Echo B is offline.".to_owned())]);
        assert_eq!(
            split(vec![Arc::clone(home.get("B").unwrap())]).unwrap_err().code(),
            code::DEVICE_OFFLINE
        );
        assert_eq!(split(Vec::new()).unwrap_err().code(), code::NO_SUCH_DEVICE);
    }
}
