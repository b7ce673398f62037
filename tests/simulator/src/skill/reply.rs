//! Reading what a skill answers, as strictly as the kind of the request asks for.

use serde_json::Value;

use crate::call::text;
use crate::skill::player::Behavior;
use crate::skill::stream::Item;

/// What may be answered (`AudioPlayer` and `PlaybackController` reference, *documented*; which
/// fields count as forbidden is in part our reading).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A launch or an intent: speech, cards, directives.
    Talk,
    /// PlaybackStarted, PlaybackFinished: Stop and ClearQueue.
    Edge,
    /// PlaybackNearlyFinished, PlaybackFailed, buttons: all directives of the audio player.
    Free,
    /// PlaybackStopped, ends of sessions, exceptions, skill events: nothing.
    Nothing,
}

/// The longest answer.
const LIMIT: usize = 120 * 1024;
/// The longest token.
const TOKEN: usize = 1024;

/// A directive for the audio player.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Play(Box<Item>, Behavior),
    Stop,
    Clear { all: bool },
}

/// An answer in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) directives: Vec<Directive>,
    pub(crate) speech: Option<String>,
    /// `shouldEndSession`, where it is said.
    pub(crate) ends_session: Option<bool>,
    pub(crate) attributes: Value,
}

impl Asked {
    pub(crate) fn by(kind: &str) -> Self {
        match kind {
            "LaunchRequest" | "IntentRequest" => Self::Talk,
            "AudioPlayer.PlaybackStarted" | "AudioPlayer.PlaybackFinished" => Self::Edge,
            "AudioPlayer.PlaybackNearlyFinished" | "AudioPlayer.PlaybackFailed" => Self::Free,
            kind if kind.starts_with("PlaybackController.") => Self::Free,
            _ => Self::Nothing,
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub(crate) fn read(asked: Asked, skill: &str, body: &[u8]) -> Result<Reply, String> {
    if body.len() > LIMIT {
        return Err(format!("it has {} bytes", body.len()));
    }
    if asked != Asked::Talk && body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Reply::default());
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("it is no JSON: {error}"))?;
    let Some(whole) = value.as_object() else {
        return Err("it is no object".to_owned());
    };
    if whole.is_empty() && asked != Asked::Talk {
        return Ok(Reply::default());
    }
    if text(&value, "/version").is_empty() {
        return Err("it has no version".to_owned());
    }
    let response = value.get("response").unwrap_or(&Value::Null);
    if !response.is_null() && !response.is_object() {
        return Err("its response is no object".to_owned());
    }
    let has = |name: &str| response.get(name).is_some_and(|v| !v.is_null());
    if asked != Asked::Talk {
        for name in ["outputSpeech", "card", "reprompt", "canFulfillIntent"] {
            if has(name) {
                return Err(format!("{name} is not allowed"));
            }
        }
        if response.get("shouldEndSession") == Some(&Value::Bool(false)) {
            return Err("there is no session to keep open".to_owned());
        }
    }
    let ends_session = match response.get("shouldEndSession") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(ends)) => Some(*ends),
        Some(other) => return Err(format!("shouldEndSession is {other}")),
    };
    let speech = if has("outputSpeech") { Some(speech(response)?) } else { None };
    let directives = directives(asked, skill, response)?;
    let attributes = value.get("sessionAttributes").cloned().unwrap_or_default();
    Ok(Reply { directives, speech, ends_session, attributes })
}

fn speech(response: &Value) -> Result<String, String> {
    let (field, most) = match text(response, "/outputSpeech/type") {
        "PlainText" => ("/outputSpeech/text", 8000),
        "SSML" => ("/outputSpeech/ssml", 8000),
        other => return Err(format!("outputSpeech has the type {other:?}")),
    };
    let said = text(response, field);
    if said.is_empty() || said.chars().count() > most {
        return Err("outputSpeech is empty or too long".to_owned());
    }
    if field.ends_with("ssml") && !(said.starts_with("<speak>") && said.ends_with("</speak>")) {
        return Err("the markup of outputSpeech is no speak element".to_owned());
    }
    Ok(said.to_owned())
}

fn directives(asked: Asked, skill: &str, response: &Value) -> Result<Vec<Directive>, String> {
    let list = match response.get("directives") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err("directives is no list".to_owned()),
    };
    if asked == Asked::Nothing && !list.is_empty() {
        return Err("no directive is allowed".to_owned());
    }
    let mut found = Vec::new();
    for directive in list {
        let kind = text(directive, "/type");
        let read = match kind {
            "AudioPlayer.Play" if asked == Asked::Edge => {
                return Err(format!("{kind} is not allowed"));
            }
            "AudioPlayer.Play" => play(skill, directive)?,
            "AudioPlayer.Stop" => Directive::Stop,
            "AudioPlayer.ClearQueue" => match text(directive, "/clearBehavior") {
                "CLEAR_ALL" => Directive::Clear { all: true },
                "CLEAR_ENQUEUED" => Directive::Clear { all: false },
                other => return Err(format!("clearBehavior is {other:?}")),
            },
            _ if asked == Asked::Talk && kind.contains('.') => continue,
            _ => return Err(format!("the directive {kind:?} is not allowed")),
        };
        found.push(read);
    }
    if found.iter().filter(|one| matches!(one, Directive::Play(..))).count() > 1 {
        return Err("more than one AudioPlayer.Play".to_owned());
    }
    Ok(found)
}

fn play(skill: &str, directive: &Value) -> Result<Directive, String> {
    let behavior = match text(directive, "/playBehavior") {
        "REPLACE_ALL" => Behavior::ReplaceAll,
        "ENQUEUE" => Behavior::Enqueue,
        "REPLACE_ENQUEUED" => Behavior::ReplaceEnqueued,
        other => return Err(format!("playBehavior is {other:?}")),
    };
    let url = text(directive, "/audioItem/stream/url");
    let https = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    if !https || url.len() > 8000 {
        return Err("the address of the stream has to be https, of 8000 characters".to_owned());
    }
    let token = text(directive, "/audioItem/stream/token");
    if token.is_empty() || token.chars().count() > TOKEN {
        return Err(format!("the token has {} characters", token.chars().count()));
    }
    let offset = directive.pointer("/audioItem/stream/offsetInMilliseconds");
    let Some(offset_ms) = offset.and_then(Value::as_u64) else {
        return Err(format!("offsetInMilliseconds is {offset:?}"));
    };
    let expected = directive.pointer("/audioItem/stream/expectedPreviousToken");
    let expected = expected.and_then(Value::as_str).map(str::to_owned);
    if expected.is_some() != (behavior == Behavior::Enqueue) {
        return Err("expectedPreviousToken belongs to ENQUEUE, and to nothing else".to_owned());
    }
    let meta = |name: &str| text(directive, &format!("/audioItem/metadata/{name}")).to_owned();
    for at in ["art", "backgroundImage"] {
        let path = format!("/audioItem/metadata/{at}/sources");
        let sources = directive.pointer(&path).and_then(Value::as_array);
        if sources.into_iter().flatten().any(|s| !text(s, "/url").starts_with("https://")) {
            return Err(format!("{at} has an address that is not https"));
        }
    }
    let art = Some(meta("art/sources/0/url")).filter(|url| !url.is_empty());
    let item = Item {
        skill: skill.to_owned(),
        token: token.to_owned(),
        url: url.to_owned(),
        offset_ms,
        expected,
        title: meta("title"),
        subtitle: meta("subtitle"),
        art,
    };
    Ok(Directive::Play(Box::new(item), behavior))
}
