//! One Echo, as far as skills are concerned.

use std::time::Duration;

use crate::skill::envelope::Session;
use crate::skill::outbox::{Lane, Way};
use crate::skill::player::Player;
use crate::skill::views::{Activity, EchoView, PictureView, SentEvent};

/// An Echo.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) serial: String,
    pub(crate) player: Player,
    pub(crate) events_way: Way,
    pub(crate) talk_way: Way,
    pub(crate) session: Option<Session>,
    /// The skill that was opened last.
    pub(crate) opened: Option<String>,
    /// Its id towards that skill.
    pub(crate) device_id: Option<String>,
    pub(crate) access_token: String,
    /// Token of what the app was told of last.
    pub(crate) shown: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) connections: u64,
    pub(crate) stalls: u64,
    pub(crate) spoken: Vec<String>,
    pub(crate) events: Vec<SentEvent>,
    pub(crate) answers_refused: Vec<String>,
    pub(crate) ignored: Vec<String>,
    pub(crate) pictures: Vec<PictureView>,
}

impl Echo {
    pub(crate) fn new(serial: &str, access_token: String) -> Self {
        Self {
            serial: serial.to_owned(),
            player: Player::default(),
            events_way: Way::default(),
            talk_way: Way::default(),
            session: None,
            opened: None,
            device_id: None,
            access_token,
            shown: None,
            bytes: 0,
            connections: 0,
            stalls: 0,
            spoken: Vec::new(),
            events: Vec::new(),
            answers_refused: Vec::new(),
            ignored: Vec::new(),
            pictures: Vec::new(),
        }
    }

    pub(crate) fn way(&mut self, lane: Lane) -> &mut Way {
        match lane {
            Lane::Events => &mut self.events_way,
            Lane::Talk => &mut self.talk_way,
        }
    }

    /// What comes out now.
    pub(crate) fn audible(&self) -> Option<crate::Audible> {
        let stream = self.player.current.as_ref()?;
        (self.player.activity == Activity::Playing).then(|| {
            let (item, frame, position) = stream.audible();
            crate::Audible { item, frame, position }
        })
    }

    pub(crate) fn view(&self) -> EchoView {
        let current = self.player.current.as_ref();
        EchoView {
            serial: self.serial.clone(),
            activity: self.player.activity,
            token: current.map(|stream| stream.item.token.clone()),
            title: current.map(|stream| stream.item.title.clone()),
            audible: self.audible(),
            offset: Duration::from_millis(current.map_or(0, |stream| stream.offset_ms())),
            url: current.map(|stream| stream.item.url.clone()),
            queue: self.player.queue.iter().map(|stream| stream.item.token.clone()).collect(),
            buffered: Duration::from_micros(current.map_or(0, |stream| stream.buffered_us)),
            bytes: self.bytes,
            connections: self.connections,
            stalls: self.stalls,
            sessions_open: u64::from(self.session.is_some()),
            spoken: self.spoken.clone(),
            events: self.events.clone(),
            answers_refused: self.answers_refused.clone(),
            ignored: self.ignored.clone(),
            pictures: self.pictures.clone(),
            device_id: self.device_id.clone(),
        }
    }
}
