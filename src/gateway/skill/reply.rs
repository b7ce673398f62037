//! What may be answered to which request (*documented*, skill reference of Amazon). A speech in an
//! answer to an audio event makes Amazon refuse the whole answer, so what is not allowed is not sent.

use serde_json::{Value, json};
use url::Url;

use super::envelope::{AudioKind, Envelope, Request};
use crate::gateway::item::Item;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing to say and nothing to do.
    Nothing,
    /// Something to do, in silence.
    Do(Directive),
    /// Something to say, after which the conversation is over.
    Say(&'static str),
}

/// What the player of a device is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Directive {
    /// Play this now, instead of everything else.
    Play(Box<Piece>),
    /// Play this after what plays.
    Enqueue {
        /// What.
        piece: Box<Piece>,
        /// Token of what plays: if it is another by then, the device ignores the directive.
        after: String,
    },
    /// Stop.
    Stop,
    /// Forget what should be played after what plays.
    ClearEnqueued,
}

/// Something to play.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Where the device gets it.
    pub url: Url,
    /// What the device calls it in its events; at most 1,024 characters.
    pub token: String,
    /// Title, as shown on screens.
    pub title: String,
    /// Performer and album, as shown on screens.
    pub subtitle: String,
    /// Where the device gets the picture.
    pub art: Option<Url>,
}

impl Piece {
    /// With the words of an item.
    pub fn new(item: &Item, url: Url, token: String, art: Option<Url>) -> Self {
        let of: Vec<_> = [&item.artist, &item.album].into_iter().flatten().cloned().collect();
        Self { url, token, title: item.title.clone(), subtitle: of.join(" - "), art }
    }

    fn item(&self, after: Option<&str>) -> Value {
        let mut stream = json!({
            "url": self.url.as_str(), "token": self.token, "offsetInMilliseconds": 0,
        });
        if let (Some(after), Some(stream)) = (after, stream.as_object_mut()) {
            stream.insert("expectedPreviousToken".to_owned(), Value::from(after));
        }
        let mut metadata = json!({"title": self.title, "subtitle": self.subtitle});
        if let (Some(art), Some(metadata)) = (&self.art, metadata.as_object_mut()) {
            let image = json!({"sources": [{"url": art.as_str()}]});
            metadata.insert("art".to_owned(), image.clone());
            metadata.insert("backgroundImage".to_owned(), image);
        }
        json!({"stream": stream, "metadata": metadata})
    }
}

impl Directive {
    fn json(&self) -> Value {
        match self {
            Self::Play(piece) => json!({
                "type": "AudioPlayer.Play", "playBehavior": "REPLACE_ALL",
                "audioItem": piece.item(None),
            }),
            Self::Enqueue { piece, after } => json!({
                "type": "AudioPlayer.Play", "playBehavior": "ENQUEUE",
                "audioItem": piece.item(Some(after)),
            }),
            Self::Stop => json!({"type": "AudioPlayer.Stop"}),
            Self::ClearEnqueued => {
                json!({"type": "AudioPlayer.ClearQueue", "clearBehavior": "CLEAR_ENQUEUED"})
            }
        }
    }
}

/// What a request may be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Speech and directives.
    Everything,
    /// Any directive.
    Directives,
    /// Stopping and clearing.
    Quieting,
    /// Nothing.
    Nothing,
}

impl Allowed {
    /// For a request.
    pub fn to(envelope: &Envelope) -> Self {
        match &envelope.request {
            Request::Launch | Request::Intent(_) => Self::Everything,
            Request::Button(_) => Self::Directives,
            Request::Audio(event) => match event.kind {
                AudioKind::NearlyFinished | AudioKind::Failed { .. } => Self::Directives,
                AudioKind::Started | AudioKind::Finished => Self::Quieting,
                AudioKind::Stopped => Self::Nothing,
            },
            _ => Self::Nothing,
        }
    }

    /// Whether an answer of this kind is taken.
    pub fn covers(self, reply: &Reply) -> bool {
        match reply {
            Reply::Nothing => true,
            Reply::Say(_) => self == Self::Everything,
            Reply::Do(Directive::Stop | Directive::ClearEnqueued) => self != Self::Nothing,
            Reply::Do(_) => matches!(self, Self::Everything | Self::Directives),
        }
    }
}

impl Reply {
    /// The answer as Amazon takes it for this request. What is not allowed is left out.
    pub fn json(&self, allowed: Allowed) -> Value {
        if !allowed.covers(self) {
            tracing::warn!(?allowed, "an answer did not fit its request and is left out");
            return Self::Nothing.json(Allowed::Nothing);
        }
        let mut response = match self {
            Self::Nothing => json!({}),
            Self::Do(directive) => json!({"directives": [directive.json()]}),
            Self::Say(text) => json!({"outputSpeech": {"type": "PlainText", "text": text}}),
        };
        // An open conversation would pause the music to listen. Events have none to end.
        if let Some(response) = response.as_object_mut().filter(|_| allowed == Allowed::Everything)
        {
            response.insert("shouldEndSession".to_owned(), Value::Bool(true));
        }
        json!({"version": "1.0", "response": response})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> Box<Piece> {
        let url = Url::parse("https://music.example.org/alexa/s/x.mp3").unwrap();
        let item = Item {
            id: "1".to_owned(),
            url: url.clone(),
            title: "Song".to_owned(),
            artist: Some("Somebody".to_owned()),
            album: Some("Album".to_owned()),
            image: None,
            duration: None,
        };
        Box::new(Piece::new(&item, url, "token".to_owned(), None))
    }

    fn replies() -> Vec<Reply> {
        vec![
            Reply::Nothing,
            Reply::Say("Hello"),
            Reply::Do(Directive::Play(piece())),
            Reply::Do(Directive::Enqueue { piece: piece(), after: "before".to_owned() }),
            Reply::Do(Directive::Stop),
            Reply::Do(Directive::ClearEnqueued),
        ]
    }

    #[test]
    fn s_k7_no_answer_to_an_event_speaks_or_starts_what_it_must_not() {
        for (allowed, takes) in [
            (Allowed::Everything, 6),
            (Allowed::Directives, 5),
            (Allowed::Quieting, 3),
            (Allowed::Nothing, 1),
        ] {
            let taken = replies().into_iter().filter(|reply| allowed.covers(reply));
            assert_eq!(taken.count(), takes, "{allowed:?}");
            for reply in replies() {
                let json = reply.json(allowed);
                let response = json["response"].as_object().unwrap();
                let speaks = response.contains_key("outputSpeech");
                assert!(!speaks || allowed == Allowed::Everything);
                let starts = json.pointer("/response/directives/0/type")
                    == Some(&Value::from("AudioPlayer.Play"));
                assert!(!starts || matches!(allowed, Allowed::Everything | Allowed::Directives));
                if allowed == Allowed::Nothing {
                    assert!(response.is_empty());
                }
            }
        }
    }

    #[test]
    fn s_k8_no_answer_leaves_a_conversation_open() {
        for reply in replies() {
            let json = reply.json(Allowed::Everything);
            assert_eq!(json["response"]["shouldEndSession"], true);
            assert!(json.pointer("/response/reprompt").is_none());
        }
    }

    #[test]
    fn the_token_before_is_named_where_something_is_put_behind_it_and_only_there() {
        let play = Reply::Do(Directive::Play(piece())).json(Allowed::Directives);
        let stream = &play["response"]["directives"][0]["audioItem"]["stream"];
        assert!(stream.get("expectedPreviousToken").is_none());
        assert_eq!(stream["offsetInMilliseconds"], 0);
        let piece = piece();
        let behind = Directive::Enqueue { piece, after: "before".to_owned() };
        let json = Reply::Do(behind).json(Allowed::Directives);
        let item = &json["response"]["directives"][0]["audioItem"];
        assert_eq!(item["stream"]["expectedPreviousToken"], "before");
        assert_eq!(item["metadata"]["subtitle"], "Somebody - Album");
    }
}
