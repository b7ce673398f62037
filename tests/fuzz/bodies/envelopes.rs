//! Whatever is signed as a skill request: it is read as what it says, and nothing is answered that
//! Amazon would refuse.

use mass_alexa::gateway::skill::envelope::{AudioKind, Envelope, Request};
use mass_alexa::gateway::skill::reply::{Allowed, Directive, Reply};
use mass_alexa::gateway::skill::verify::Message;
use serde_json::Value;

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) kind: &'static str,
    /// Whether the verifier takes it for a request as well.
    pub(crate) is_message: bool,
    pub(crate) has_player: bool,
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let message = Message::read(data).ok();
    let Ok(body) = serde_json::from_slice::<Value>(data) else {
        assert!(message.is_none());
        return Outcome::default();
    };
    let Some(envelope) = Envelope::read(&body) else {
        assert!(message.is_none(), "a message that is no envelope");
        return Outcome::default();
    };
    if let Some(message) = &message {
        assert_eq!(message.id, envelope.request_id);
        if let Some(made_at) = envelope.made_at {
            assert_eq!(mass_alexa::clock::unix_seconds(message.sent), made_at);
        }
    }
    check_replies(&envelope);
    let kind = kind(&envelope.request);
    Outcome { kind, is_message: message.is_some(), has_player: envelope.player.is_some() }
}

/// Which answers Amazon takes to which kinds of requests (*documented*).
fn check_replies(envelope: &Envelope) {
    let allowed = Allowed::to(envelope);
    let is_spoken = matches!(envelope.request, Request::Launch | Request::Intent(_));
    let may_stop = is_spoken
        || matches!(&envelope.request, Request::Button(_))
        || matches!(&envelope.request, Request::Audio(event) if event.kind != AudioKind::Stopped);
    for (reply, may) in [
        (Reply::Nothing, true),
        (Reply::Say("x"), is_spoken),
        (Reply::Do(Directive::Stop), may_stop),
    ] {
        assert_eq!(allowed.covers(&reply), may, "{reply:?} to {:?}", envelope.request);
        let answer = reply.json(allowed);
        let response = &answer["response"];
        assert_eq!(answer["version"], "1.0");
        assert!(may || *response == Reply::Nothing.json(Allowed::Nothing)["response"]);
        assert!(is_spoken || response.get("outputSpeech").is_none());
    }
}

fn kind(request: &Request) -> &'static str {
    match request {
        Request::Launch => "launch",
        Request::Intent(_) => "intent",
        Request::Audio(event) => match &event.kind {
            AudioKind::Started => "started",
            AudioKind::Finished => "finished",
            AudioKind::Stopped => "stopped",
            AudioKind::NearlyFinished => "nearly-finished",
            AudioKind::Failed { .. } => "failed",
        },
        Request::Button(_) => "button",
        Request::Exception { .. } => "exception",
        Request::SessionEnded => "ended",
        Request::Skill(_) => "skill",
        Request::Unknown(_) => "unknown",
    }
}
