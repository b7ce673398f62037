//! What of a gateway outlives the program. It is part of the sealed session.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::cue::{Anchor, Cue};
use super::deck::{Deck, Intent, Next, State};
use super::pairing::Pairings;
use crate::gateway::item::Item;
use crate::secret::Secret;

/// What of a gateway is kept with the session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewayData {
    /// The key of all signatures; made when it is first needed.
    pub(crate) key: Secret,
    pub(crate) pairings: Pairings,
    /// What each Echo was given, by serial.
    pub(crate) decks: BTreeMap<String, DeckRecord>,
}

/// What an Echo was given, as far as it matters after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeckRecord {
    sequence: u64,
    current: Option<CueRecord>,
    enqueued: Option<CueRecord>,
    next: Option<Item>,
    /// Whether it plays, or is paused.
    is_playing: bool,
    /// Position in milliseconds, at [`DeckRecord::at`].
    position: u64,
    /// Milliseconds since 1970.
    at: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CueRecord {
    sequence: u64,
    item: Item,
    base: u64,
}

impl CueRecord {
    fn of(cue: &Cue) -> Self {
        Self { sequence: cue.sequence, item: cue.item.clone(), base: milliseconds(cue.base) }
    }

    fn cue(self) -> Cue {
        let mut cue = Cue::new(self.sequence, self.item, Duration::from_millis(self.base));
        cue.is_given = true;
        cue.is_stale = true;
        cue
    }
}

impl DeckRecord {
    /// Of a deck; without what is loaded where nothing of ours plays or is paused.
    pub(crate) fn of(deck: &Deck) -> Self {
        let (is_playing, anchor) = match deck.state {
            State::Playing(anchor) => (true, Some(anchor)),
            State::Held { position, until } => (true, Some(Anchor { position, at: until })),
            State::Paused { position, since } => (false, Some(Anchor { position, at: since })),
            State::Idle | State::Starting { .. } => (false, None),
        };
        // What an announcement interrupts is what counts.
        let current = deck.interrupted.as_ref().map(|one| &one.cue).or(deck.current.as_ref());
        let position = deck.interrupted.as_ref().map(|one| one.position);
        let position = position.or(anchor.map(|anchor| anchor.position)).unwrap_or_default();
        let current = current.filter(|_| deck.state != State::Idle);
        let next = match &deck.next {
            Next::Item(item) => Some((**item).clone()),
            Next::Unknown | Next::Nothing => None,
        };
        Self {
            sequence: deck.sequence,
            current: current.map(CueRecord::of),
            enqueued: deck.enqueued.as_ref().map(CueRecord::of),
            next,
            is_playing,
            position: milliseconds(position),
            at: anchor.map_or(0, |anchor| {
                milliseconds(anchor.at.duration_since(UNIX_EPOCH).unwrap_or_default())
            }),
        }
    }

    /// The deck as it may be now.
    pub(crate) fn deck(self, serial: &str, now: SystemTime) -> Deck {
        let mut deck = Deck::new(serial);
        deck.sequence = self.sequence;
        let position = Duration::from_millis(self.position);
        let Some(current) = self.current.map(CueRecord::cue) else { return deck };
        let at = UNIX_EPOCH + Duration::from_millis(self.at);
        deck.current = Some(current);
        deck.enqueued = self.enqueued.map(CueRecord::cue);
        deck.next = self.next.map_or(Next::Unknown, |item| Next::Item(Box::new(item)));
        if self.is_playing {
            deck.state = State::Playing(Anchor { position, at: at.min(now) });
            deck.is_unheard = true;
        } else {
            deck.intent = Intent::Pause;
            deck.state = State::Paused { position, since: now };
        }
        deck
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
