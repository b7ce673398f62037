//! The Echos among the rest of the world: time, bytes, and what their players ask for.

use std::sync::Arc;

use tokio::sync::Notify;
use url::Url;

use crate::skill::carrier::{Job, Road};
use crate::skill::echo::Echo;
use crate::skill::envelope;
use crate::skill::outbox::Outgoing;
use crate::skill::player::{Effect, Manner};
use crate::skill::stream::Ending;
use crate::skill::views::PictureView;
use crate::state::State;

/// How a connection for audio goes on.
#[derive(Debug)]
pub(crate) enum Flow {
    /// More, please.
    More,
    /// Not before there is room.
    Full(Arc<Notify>),
    /// Nobody wants it any more.
    Gone,
}

impl State {
    /// The Echo of a device.
    pub(crate) fn echo(&mut self, serial: &str) -> Option<&mut Echo> {
        if !self.skill.echos.contains_key(serial) {
            self.household.find(serial).filter(|d| d.can("AUDIO_PLAYER") && !d.is_group())?;
            let token = self.mint("Atza|skill");
            self.skill.echos.insert(serial.to_owned(), Echo::new(serial, token));
        }
        self.skill.echos.get_mut(serial)
    }

    fn manner(&self) -> Manner {
        Manner {
            drop_every_s: self.knobs.skill_drop_every_s,
            preload_fails: self.knobs.skill_preload_fails,
            media_errors: self.knobs.skill_media_errors.clone(),
        }
    }

    /// Lets time pass for all Echos.
    pub(crate) fn skill_time_passed(&mut self) {
        let serials: Vec<String> = self.skill.echos.keys().cloned().collect();
        for serial in serials {
            self.skill_pass(&serial);
        }
    }

    pub(crate) fn skill_pass(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        let (manner, limit_us) = (self.manner(), self.buffer_us());
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let effects = echo.player.pass(&manner, now_ms);
        for stream in echo.player.current.iter().chain(&echo.player.queue) {
            if stream.buffered_us < limit_us {
                stream.room.notify_one();
            }
        }
        self.skill_effects(serial, effects);
        self.skill_overdue(serial, now_ms);
        self.skill_pump(serial);
    }

    fn buffer_us(&self) -> u64 {
        self.knobs.skill_buffer_s.saturating_mul(1_000_000)
    }

    /// Carries out what the player asks for.
    pub(crate) fn skill_effects(&mut self, serial: &str, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Event(event) => {
                    let request = envelope::event(&event, &self.locale_of(serial));
                    let late_ms = i64::try_from(self.knobs.skill_events_late_s).unwrap_or(0) * 1000;
                    let outgoing = Outgoing {
                        skill: event.skill,
                        request,
                        player: Some(event.context),
                        at_ms: event.at_ms,
                        due_ms: event.at_ms + late_ms,
                        session: None,
                    };
                    let swaps = self.knobs.skill_events_swapped;
                    let doubles = self.knobs.skill_events_doubled;
                    if let Some(echo) = self.skill.echos.get_mut(serial) {
                        let way = &mut echo.events_way;
                        if doubles {
                            let mut twin = outgoing.clone();
                            let id = envelope::request_id();
                            twin.request.insert("requestId".to_owned(), id.into());
                            way.put(twin, swaps);
                        }
                        way.put(outgoing, swaps);
                    }
                }
                Effect::Fetch { no, connection, url, from, stop } => {
                    self.counters.skill_fetches += 1;
                    if let Some(echo) = self.skill.echos.get_mut(serial) {
                        echo.connections += 1;
                    }
                    let online = self.is_online(serial);
                    let url = Url::parse(&url).ok().filter(|_| online);
                    let road = url.and_then(|url| self.road(url));
                    let Some(road) = road else {
                        let ending = Ending::Unreachable("the address leads nowhere".to_owned());
                        self.skill_fetched(serial, no, connection, ending);
                        continue;
                    };
                    if self.knobs.skill_fetch_twice {
                        self.skill.job(Job::Probe { road: road.clone() });
                    }
                    let serial = serial.to_owned();
                    self.skill.job(Job::Fetch { serial, no, connection, road, from, stop });
                }
                Effect::Shown => self.skill_shown(serial),
                Effect::Ignored(why) => {
                    if let Some(echo) = self.skill.echos.get_mut(serial) {
                        echo.ignored.push(why);
                    }
                }
                Effect::Stalled => {
                    self.counters.skill_stalls += 1;
                    if let Some(echo) = self.skill.echos.get_mut(serial) {
                        echo.stalls += 1;
                    }
                }
            }
        }
    }

    /// Where an address leads.
    pub(crate) fn road(&self, url: Url) -> Option<Road> {
        let host = url.host_str()?.to_ascii_lowercase();
        let to = self.skill.cloud.names.get(&host).copied();
        let to = to.or_else(|| {
            crate::sites::classify(&host).and(self.skill.here).filter(|_| !self.missing(&host))
        });
        let tls = self.skill.trust.as_ref()?.config(self.knobs.skill_tls);
        Some(Road { url, to, tls, certificate: None })
    }

    pub(crate) fn has_screen(&self, serial: &str) -> bool {
        self.household.find(serial).is_some_and(|device| device.can("DISPLAY_POWER_TOGGLE"))
    }

    pub(crate) fn is_online(&self, serial: &str) -> bool {
        self.household.find(serial).is_some_and(|device| device.seed.online)
    }

    /// The locale of a device.
    pub(crate) fn locale_of(&self, serial: &str) -> String {
        let site = crate::sites::site(&self.knobs.home_site).map_or("en-US", |site| site.locale);
        self.knobs.skill_locales.get(serial).map_or_else(|| site.to_owned(), Clone::clone)
    }

    /// Bytes of a stream came.
    pub(crate) fn skill_bytes(
        &mut self,
        serial: &str,
        no: u64,
        connection: u64,
        bytes: &[u8],
    ) -> Flow {
        let limit_us = self.buffer_us();
        let Some(echo) = self.skill.echos.get_mut(serial) else { return Flow::Gone };
        if !bytes.is_empty() {
            let count = u64::try_from(bytes.len()).unwrap_or(0);
            echo.bytes += count;
            self.counters.skill_bytes += count;
            if !echo.player.bytes(no, connection, bytes) {
                return Flow::Gone;
            }
            if echo.player.activity != crate::Activity::Playing {
                self.skill_pass(serial);
            }
        }
        let Some(echo) = self.skill.echos.get_mut(serial) else { return Flow::Gone };
        match echo.player.fed_by(no, connection) {
            None => Flow::Gone,
            Some(stream) if stream.buffered_us < limit_us => Flow::More,
            Some(stream) => Flow::Full(Arc::clone(&stream.room)),
        }
    }

    /// A server sends a stream from its beginning although asked for the rest.
    pub(crate) fn skill_again(&mut self, serial: &str, no: u64, connection: u64) {
        let echo = self.skill.echos.get_mut(serial);
        if let Some(stream) = echo.and_then(|echo| echo.player.fed_by(no, connection)) {
            stream.again = stream.received;
        }
    }

    /// A picture came for a screen, or did not.
    pub(crate) fn skill_picture(
        &mut self,
        serial: &str,
        url: &str,
        picture: Result<(u16, String, usize), String>,
    ) {
        self.counters.skill_pictures += 1;
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let (status, kind, bytes, problem) = match picture {
            Ok((status, kind, bytes)) => (Some(status), kind, bytes, None),
            Err(why) => (None, String::new(), 0, Some(why)),
        };
        let url = url.to_owned();
        echo.pictures.push(PictureView { url, status, kind, bytes, problem });
    }

    /// A screen shows the picture of something new.
    pub(crate) fn skill_show(&mut self, serial: &str, url: &str) {
        if !self.has_screen(serial) {
            return;
        }
        if let Some(road) = Url::parse(url).ok().and_then(|url| self.road(url)) {
            self.skill.job(Job::Picture { serial: serial.to_owned(), road });
        }
    }

    /// A connection for a stream ended.
    pub(crate) fn skill_fetched(&mut self, serial: &str, no: u64, connection: u64, ending: Ending) {
        let now_ms = self.clock.now_ms();
        self.counters.skill_fetches_ended += 1;
        if let Some(echo) = self.skill.echos.get_mut(serial) {
            echo.player.ended(no, connection, ending, now_ms);
        }
        self.skill_pass(serial);
    }
}
