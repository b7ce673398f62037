//! What a request of the skill says. Read leniently: unknown fields are left alone, numbers may be
//! texts, and whatever may be missing may be null (*documented*; samples disagree in such details).

use std::time::Duration;

use serde_json::Value;

/// One request of Alexa.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// What happened or is wished for.
    pub request: Request,
    /// Name of the request, the same when it is sent again.
    pub request_id: String,
    /// When Alexa made it, in seconds since 1970.
    pub made_at: Option<u64>,
    /// Language of whoever speaks, such as `de-DE`.
    pub locale: Option<String>,
    /// Who enabled the skill, opaque; private.
    pub user_id: Option<String>,
    /// Which device it is about, opaque, another one for each skill and enabling; private.
    pub device_id: Option<String>,
    /// What the player of the device does, told with every request.
    pub player: Option<Player>,
}

/// The kinds of requests, with what they carry.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The skill was opened.
    Launch,
    /// Something was said that the model knows.
    Intent(String),
    /// Something of the player of the device.
    Audio(AudioEvent),
    /// A button on a device or its screen.
    Button(Button),
    /// An answer of ours was refused.
    Exception {
        /// Kind of failure, such as `INVALID_RESPONSE`.
        kind: String,
        /// Amazon's words.
        message: String,
    },
    /// The conversation is over.
    SessionEnded,
    /// Something about the skill itself, such as `AlexaSkillEvent.SkillDisabled`.
    Skill(String),
    /// A kind that this version does not know.
    Unknown(String),
}

/// What the player of the device tells of one thing that it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioEvent {
    /// What.
    pub kind: AudioKind,
    /// Which one: the token that we gave it.
    pub token: String,
    /// Where in its sound.
    pub offset: Duration,
}

/// What can be told.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioKind {
    /// It began, or goes on.
    Started,
    /// It was played to its end.
    Finished,
    /// It was stopped, by us, by a person, or for a moment because somebody speaks.
    Stopped,
    /// The next one can be loaded.
    NearlyFinished,
    /// It could not be played.
    Failed {
        /// Kind of failure, such as `MEDIA_ERROR_INVALID_REQUEST`.
        kind: String,
        /// Amazon's words.
        message: String,
        /// What plays, which may be another one than what failed.
        playing: Option<Player>,
    },
}

/// What the player of the device does.
#[derive(Debug, Clone, PartialEq)]
pub struct Player {
    /// Which one is loaded: the token that we gave it.
    pub token: String,
    /// Where in its sound.
    pub offset: Duration,
    /// `PLAYING`, `PAUSED`, `STOPPED`, `FINISHED`, `BUFFER_UNDERRUN` or `IDLE`.
    pub activity: String,
}

/// A button on a device or its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// The next item.
    Next,
    /// The item before.
    Previous,
    /// Go on.
    Play,
    /// Pause.
    Pause,
}

impl Envelope {
    /// Reads a request; `None` if it is none.
    pub fn read(body: &Value) -> Option<Self> {
        let request = body.get("request")?;
        let kind = text(request, "type")?;
        let system = body.pointer("/context/System");
        let of_system = |path: &str| system?.pointer(path)?.as_str().map(str::to_owned);
        let of_session = |path: &str| body.pointer(path)?.as_str().map(str::to_owned);
        Some(Self {
            request: Request::read(&kind, request),
            request_id: text(request, "requestId").unwrap_or_default(),
            made_at: text(request, "timestamp").and_then(|text| moment(&text)),
            locale: text(request, "locale"),
            user_id: of_system("/user/userId").or_else(|| of_session("/session/user/userId")),
            device_id: of_system("/device/deviceId"),
            player: body.pointer("/context/AudioPlayer").and_then(Player::read),
        })
    }
}

impl Request {
    fn read(kind: &str, request: &Value) -> Self {
        if let Some(name) = kind.strip_prefix("AudioPlayer.") {
            let event = AudioEvent::read(name, request);
            return event.map_or_else(|| Self::Unknown(kind.to_owned()), Self::Audio);
        }
        match kind {
            "LaunchRequest" => Self::Launch,
            "IntentRequest" => {
                let name = request.pointer("/intent/name").and_then(Value::as_str);
                Self::Intent(name.unwrap_or_default().to_owned())
            }
            "SessionEndedRequest" => Self::SessionEnded,
            "PlaybackController.NextCommandIssued" => Self::Button(Button::Next),
            "PlaybackController.PreviousCommandIssued" => Self::Button(Button::Previous),
            "PlaybackController.PlayCommandIssued" => Self::Button(Button::Play),
            "PlaybackController.PauseCommandIssued" => Self::Button(Button::Pause),
            "System.ExceptionEncountered" => {
                let (kind, message) = failure(request);
                Self::Exception { kind, message }
            }
            _ if kind.starts_with("AlexaSkillEvent.") => Self::Skill(kind.to_owned()),
            _ => Self::Unknown(kind.to_owned()),
        }
    }
}

impl AudioEvent {
    fn read(name: &str, request: &Value) -> Option<Self> {
        let kind = match name {
            "PlaybackStarted" => AudioKind::Started,
            "PlaybackFinished" => AudioKind::Finished,
            "PlaybackStopped" => AudioKind::Stopped,
            "PlaybackNearlyFinished" => AudioKind::NearlyFinished,
            "PlaybackFailed" => {
                let (kind, message) = failure(request);
                let playing = request.get("currentPlaybackState").and_then(Player::read);
                AudioKind::Failed { kind, message, playing }
            }
            _ => return None,
        };
        Some(Self { kind, token: text(request, "token")?, offset: offset(request) })
    }
}

impl Player {
    fn read(context: &Value) -> Option<Self> {
        let activity = text(context, "playerActivity").unwrap_or_default();
        Some(Self { token: text(context, "token")?, offset: offset(context), activity })
    }
}

fn failure(request: &Value) -> (String, String) {
    let of = |name| request.get("error").and_then(|error| text(error, name)).unwrap_or_default();
    (of("type"), of("message"))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn offset(value: &Value) -> Duration {
    let milliseconds = match value.get("offsetInMilliseconds") {
        Some(Value::Number(number)) => {
            number.as_u64().or_else(|| number.as_f64().map(|float| float.max(0.0) as u64))
        }
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Duration::from_millis(milliseconds.unwrap_or(0))
}

/// A time as Alexa writes it, `2026-11-21T14:05:00Z` or with fractions, in seconds since 1970; the
/// older form in milliseconds is understood as well.
pub fn moment(text: &str) -> Option<u64> {
    if let Ok(milliseconds) = text.parse::<u64>() {
        return Some(milliseconds / 1_000);
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let rest = text.get(19..)?;
    let ends_well = rest.ends_with('Z') || rest.ends_with("+00:00");
    if !ends_well || !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day > 31 {
        return None;
    }
    // Days since 1970 of a civil date: years begin in March, so that the leap day is the last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
    let since = days.checked_sub(719_469)?;
    Some(((since * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(request: Value) -> Envelope {
        let context = json!({"System": {"user": {"userId": "U"}, "device": {"deviceId": "D"}},
            "AudioPlayer": {"token": "t", "offsetInMilliseconds": "1500", "playerActivity": null}});
        Envelope::read(&json!({"request": request, "context": context, "news": [1]})).unwrap()
    }

    #[test]
    fn times_are_read_in_every_form() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment("2000-02-29T00:00:00Z"), Some(951_782_400));
        assert_eq!(moment("2026-11-22T03:04:05.678Z"), Some(1_795_316_645));
        assert_eq!(moment("2026-12-31T23:59:59+00:00"), Some(1_798_761_599));
        assert_eq!(moment("1795316645678"), Some(1_795_316_645));
        for odd in
            ["", "2026-13-01T00:00:00Z", "2026-11-22T03:04:05", "2026-11-22T03:04:05+02:00", "x"]
        {
            assert_eq!(moment(odd), None, "{odd}");
        }
    }

    #[test]
    fn numbers_may_be_texts_and_anything_may_be_missing() {
        let envelope = read(json!({"type": "LaunchRequest"}));
        assert_eq!(envelope.request, Request::Launch);
        assert_eq!(envelope.player.unwrap().offset, Duration::from_millis(1_500));
        assert_eq!((envelope.made_at, envelope.locale), (None, None));
        assert_eq!(Envelope::read(&json!({"request": {}})), None);
        assert_eq!(Envelope::read(&json!([])), None);
    }

    #[test]
    fn a_failure_tells_what_failed_and_what_plays() {
        let envelope = read(json!({"type": "AudioPlayer.PlaybackFailed", "token": "next",
            "error": {"type": "MEDIA_ERROR_INVALID_REQUEST", "message": "404"},
            "currentPlaybackState": {"token": "now", "offsetInMilliseconds": 10.7,
                "playerActivity": "PLAYING"}}));
        let Request::Audio(AudioEvent {
            kind: AudioKind::Failed { kind, playing, .. }, token, ..
        }) = envelope.request
        else {
            panic!("no failure");
        };
        assert_eq!((kind.as_str(), token.as_str()), ("MEDIA_ERROR_INVALID_REQUEST", "next"));
        let playing = playing.unwrap();
        assert_eq!((playing.token.as_str(), playing.offset), ("now", Duration::from_millis(10)));
    }

    #[test]
    fn what_is_not_known_is_named() {
        for kind in ["AudioPlayer.PlaybackDreamed", "Display.ElementSelected", ""] {
            assert_eq!(read(json!({"type": kind})).request, Request::Unknown(kind.to_owned()));
        }
        let disabled = "AlexaSkillEvent.SkillDisabled";
        assert_eq!(read(json!({"type": disabled})).request, Request::Skill(disabled.to_owned()));
    }
}
