//! What the app sees of the sound of skills.

use crate::control::ProviderKind;
use crate::household::media::{Media, Track};
use crate::household::views::Playback;
use crate::push::events::{self, Queue};
use crate::skill::views::Activity;
use crate::state::{State, random_uuid};

impl State {
    /// Brings what the app sees in line with the player of an Echo. The length of it is not known
    /// (our reading), and seek, shuffle and repeat are hidden (field reports).
    pub(crate) fn skill_shown(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let Some(stream) = &echo.player.current else { return };
        let playing = match echo.player.activity {
            Activity::Playing | Activity::BufferUnderrun => Playback::Playing,
            Activity::Paused | Activity::Stopped => Playback::Paused,
            Activity::Idle | Activity::Finished => Playback::Idle,
        };
        let offset_ms = i64::try_from(stream.offset_ms()).unwrap_or(0);
        let token = stream.item.token.clone();
        let (title, subtitle) = (stream.item.title.clone(), stream.item.subtitle.clone());
        let skill = stream.item.skill.clone();
        let art = stream.item.art.clone();
        let is_same = echo.shown.as_ref() == Some(&token);
        echo.shown = Some(token.clone());
        let provider = self.skill.cloud.skills.get(&skill).map(|skill| skill.name.clone());
        let Some(device) = self.household.find_mut(serial) else { return };
        let is_ours = device.media.as_ref().is_some_and(|media| media.kind == ProviderKind::Skill);
        if playing == Playback::Idle {
            echo.shown = None;
            if is_ours && device.playing != Playback::Idle {
                events::audio_player(self, serial, "FINISHED");
                self.unload(serial);
            }
            return;
        }
        if is_same && is_ours {
            if let Some(media) = &mut device.media {
                media.seek(offset_ms, now_ms);
            }
            device.playing = playing;
            return self.tell_playback(serial);
        }
        if playing == Playback::Paused {
            return;
        }
        let shows = art.clone();
        let before = device.media.take();
        let was_ours = before.filter(|media| media.kind == ProviderKind::Skill);
        let (artist, album) = subtitle.split_once(" - ").unwrap_or((subtitle.as_str(), ""));
        let track =
            Track { title, artist: artist.to_owned(), album: album.to_owned(), duration_s: 0 };
        let is_new = was_ours.is_none();
        device.media = Some(Media {
            kind: ProviderKind::Skill,
            queue_id: random_uuid(),
            content_id: token,
            session_id: was_ours.map_or_else(
                || format!("amzn1.echo-api.session.{}", random_uuid()),
                |media| media.session_id,
            ),
            tracks: vec![track],
            index: 0,
            provider: provider.unwrap_or_default(),
            shuffle: false,
            repeat: false,
            position_ms: offset_ms,
            since_ms: now_ms,
            art,
        });
        device.playing = playing;
        if let Some(url) = shows {
            self.skill_show(serial, &url);
        }
        events::queue(self, serial, Queue::New);
        if is_new {
            events::content_focus(self, serial);
        }
        self.tell_playback(serial);
        events::sessions_updated(self);
    }

    /// Something else takes the sound of an Echo, or its stop was ordered.
    pub(crate) fn skill_silenced(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        if !echo.player.is_active() {
            return;
        }
        let effects = echo.player.stop(now_ms);
        self.skill_effects(serial, effects);
        self.skill_pump(serial);
    }
}
