//! What every request says about itself.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::instant;
use super::reason::Reason;
use crate::clock::unix_seconds;

/// How far the time of a request may be from ours, both ways (*documented*: 150 s).
const TOLERANCE: Duration = Duration::from_secs(150);
/// How late an event about the skill itself may be (*documented*: an hour).
const LATE_EVENT: Duration = Duration::from_secs(3_600);
const EVENTS: &str = "AlexaSkillEvent.";
/// Longest id of a request (*chosen*; real ones have about 60 characters).
const LONGEST_ID: usize = 256;

/// A body that is JSON and has what every request has.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The whole of it.
    pub content: Value,
    /// Its id. An id that comes again is the same request.
    pub id: String,
    /// When it was sent, by Amazon's clock.
    pub sent: SystemTime,
    /// How late it may come.
    lateness: Duration,
}

impl Message {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Reason::NotJson`], also for JSON without type, id or time.
    pub fn read(body: &[u8]) -> Result<Self, Reason> {
        let content: Value = serde_json::from_slice(body).map_err(|_| Reason::NotJson)?;
        let text = |pointer| content.pointer(pointer).and_then(Value::as_str);
        let kind = text("/request/type").ok_or(Reason::NotJson)?;
        let id = text("/request/requestId")
            .filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
            .ok_or(Reason::NotJson)?
            .to_owned();
        let sent = text("/request/timestamp").and_then(instant::parse).ok_or(Reason::NotJson)?;
        let lateness = if kind.starts_with(EVENTS) { LATE_EVENT } else { TOLERANCE };
        Ok(Self { content, id, sent, lateness })
    }

    /// Whether it comes in time.
    ///
    /// # Errors
    /// [`Reason::TooOld`].
    pub fn check_time(&self, now: SystemTime) -> Result<(), Reason> {
        let is_in_time = match now.duration_since(self.sent) {
            Ok(age) => age <= self.lateness,
            Err(ahead) => ahead.duration() <= TOLERANCE,
        };
        if is_in_time {
            return Ok(());
        }
        let whole = |time| unix_seconds(time).cast_signed();
        Err(Reason::TooOld { seconds: whole(now) - whole(self.sent) })
    }

    /// Until when its time passes.
    pub fn good_until(&self) -> SystemTime {
        self.sent.checked_add(self.lateness).unwrap_or(self.sent)
    }

    /// Whether it is for this skill, wherever it names one. Every skill's requests are signed by
    /// the same key, so this is as much a part of the proof as the signature.
    ///
    /// # Errors
    /// [`Reason::OtherSkill`].
    pub fn check_skill(&self, skill_id: Option<&str>) -> Result<(), Reason> {
        let skill_id = skill_id.filter(|id| !id.is_empty()).ok_or(Reason::OtherSkill)?;
        let is_ours = |value: Option<&Value>| {
            let id = value.and_then(|value| value.pointer("/application/applicationId"));
            id.and_then(Value::as_str) == Some(skill_id)
        };
        let session = self.content.get("session").filter(|session| !session.is_null());
        let fits = is_ours(self.content.pointer("/context/System"))
            && session.is_none_or(|session| is_ours(Some(session)));
        if fits { Ok(()) } else { Err(Reason::OtherSkill) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_unix;
    use serde_json::json;

    /// 2026-11-22T03:00:00Z.
    const THEN: u64 = 1_795_316_400;

    fn body(kind: &str, timestamp: &Value) -> Value {
        json!({
            "version": "1.0",
            "session": {"application": {"applicationId": "amzn1.ask.skill.one"}},
            "context": {"System": {"application": {"applicationId": "amzn1.ask.skill.one"}}},
            "request": {"type": kind, "requestId": "amzn1.echo-api.request.1", "timestamp": timestamp},
        })
    }

    fn read(value: &Value) -> Result<Message, Reason> {
        Message::read(value.to_string().as_bytes())
    }

    #[test]
    fn the_window_is_open_both_ways() {
        let message = read(&body("LaunchRequest", &json!("2026-11-22T03:00:00Z"))).unwrap();
        for (now, verdict) in [
            (THEN, Ok(())),
            (THEN + 150, Ok(())),
            (THEN - 150, Ok(())),
            (THEN + 151, Err(Reason::TooOld { seconds: 151 })),
            (THEN - 151, Err(Reason::TooOld { seconds: -151 })),
            (0, Err(Reason::TooOld { seconds: -1_795_316_400 })),
        ] {
            assert_eq!(message.check_time(from_unix(now)), verdict, "{now}");
        }
        assert_eq!(message.good_until(), from_unix(THEN + 150));
    }

    #[test]
    fn events_about_the_skill_may_be_an_hour_late_but_not_early() {
        let event = "AlexaSkillEvent.SkillEnabled";
        let message = read(&body(event, &json!("2026-11-22T03:00:00Z"))).unwrap();
        assert_eq!(message.check_time(from_unix(THEN + 3_600)), Ok(()));
        assert!(message.check_time(from_unix(THEN + 3_601)).is_err());
        assert_eq!(message.check_time(from_unix(THEN - 150)), Ok(()));
        assert!(message.check_time(from_unix(THEN - 151)).is_err());
        // Only the beginning of the type counts.
        let other = read(&body("X.AlexaSkillEvent.", &json!("2026-11-22T03:00:00Z"))).unwrap();
        assert!(other.check_time(from_unix(THEN + 151)).is_err());
    }

    #[test]
    fn what_lacks_something_is_no_request() {
        let good = body("LaunchRequest", &json!("2026-11-22T03:00:00Z"));
        for (pointer, value) in [
            ("/request", json!(null)),
            ("/request/type", json!(null)),
            ("/request/requestId", json!(null)),
            ("/request/requestId", json!("")),
            ("/request/requestId", json!("x".repeat(LONGEST_ID + 1))),
            ("/request/requestId", json!(7)),
            ("/request/timestamp", json!(null)),
            ("/request/timestamp", json!("yesterday")),
            ("/request/timestamp", json!(["2026-11-22T03:00:00Z"])),
        ] {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert_eq!(read(&changed), Err(Reason::NotJson), "{changed}");
        }
        for text in ["", "null", "[]", "7", "{", "\u{feff}{}", "{\"request\":{}} x"] {
            assert_eq!(Message::read(text.as_bytes()), Err(Reason::NotJson), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Message::read(deep.as_bytes()), Err(Reason::NotJson));
        assert_eq!(Message::read(&[0xff, 0xfe]), Err(Reason::NotJson));
    }

    #[test]
    fn s_x4_every_place_has_to_name_our_skill() {
        let ours = Some("amzn1.ask.skill.one");
        let good = body("LaunchRequest", &json!("2026-11-22T03:00:00Z"));
        assert_eq!(read(&good).unwrap().check_skill(ours), Ok(()));
        for id in [None, Some(""), Some("amzn1.ask.skill.other"), Some("AMZN1.ASK.SKILL.ONE")] {
            assert_eq!(read(&good).unwrap().check_skill(id), Err(Reason::OtherSkill), "{id:?}");
        }
        for session in [json!(null), good["session"].clone()] {
            let mut changed = good.clone();
            changed["session"] = session;
            assert_eq!(read(&changed).unwrap().check_skill(ours), Ok(()), "{changed}");
        }
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove("session");
        assert_eq!(read(&without).unwrap().check_skill(ours), Ok(()));
        for (pointer, value) in [
            ("/session/application/applicationId", json!("amzn1.ask.skill.other")),
            ("/session/application", json!(null)),
            ("/session", json!({})),
            ("/session", json!("amzn1.ask.skill.one")),
            ("/context/System/application/applicationId", json!("amzn1.ask.skill.other")),
            ("/context/System/application/applicationId", json!(["amzn1.ask.skill.one"])),
            ("/context/System", json!(null)),
            ("/context", json!(null)),
        ] {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert_eq!(
                read(&changed).unwrap().check_skill(ours),
                Err(Reason::OtherSkill),
                "{changed}"
            );
        }
    }
}
