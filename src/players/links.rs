//! What an account hangs on, each link with how it stands and since when.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::{Error, ErrorKind, code};

/// One link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// Whether it works; `None` while nothing is known.
    pub ok: Option<bool>,
    /// Unix seconds since when it is so.
    pub since: u64,
    /// Message code of what is wrong.
    pub code: Option<&'static str>,
    /// What is wrong and what to do, in words.
    pub text: Option<String>,
}

impl Link {
    fn new(now: u64) -> Self {
        Self { ok: None, since: now, code: None, text: None }
    }

    /// Notes how it went; true when that is news.
    fn note(&mut self, now: u64, error: Option<&Error>) -> bool {
        let (ok, code) = (Some(error.is_none()), error.map(|error| error.code().id()));
        // That it is left in peace for a while is not why it is broken.
        let is_pause = error.is_some_and(|error| error.kind() == ErrorKind::Throttled);
        if is_pause && self.ok == Some(false) {
            return false;
        }
        if self.ok == ok && self.code == code {
            return false;
        }
        let since = if self.ok == ok { self.since } else { now };
        *self = Self { ok, since, code, text: error.map(Error::to_string) };
        true
    }
}

/// Names of the links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The session itself.
    Session,
    /// The list of devices.
    Devices,
    /// The list of what plays.
    Sessions,
    /// The list of how loud it is.
    Volumes,
    /// The stream of events.
    Push,
}

/// All links of an account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Links {
    /// The session: only the token service can end it.
    pub session: Link,
    /// The list of devices.
    pub devices: Link,
    /// The lists of what plays how loud.
    pub state: Link,
    /// The stream of events; unknown unless somebody watches.
    pub push: Link,
    /// Which of the two lists of the state failed last.
    #[serde(skip)]
    failing: BTreeSet<Name>,
    /// What met a refusal of the token service, which says nothing final. Other calls may need no
    /// token, so that their success says nothing against it.
    #[serde(skip)]
    refused: Option<Name>,
}

impl Links {
    /// Nothing is known yet.
    pub fn new(now: u64) -> Self {
        let link = Link::new(now);
        Self {
            session: link.clone(),
            devices: link.clone(),
            state: link.clone(),
            push: link,
            failing: BTreeSet::new(),
            refused: None,
        }
    }

    /// Notes how it went; true when that is news. A session that has ended is the one broken link:
    /// what fails because of it is not blamed on others.
    pub(crate) fn note(&mut self, now: u64, name: Name, error: Option<&Error>) -> bool {
        let ended = error.filter(|error| is_about_the_session(error));
        if let Some(error) = ended {
            self.refused = (error.code() == code::TOKEN_REFUSED).then_some(name);
            return self.session.note(now, ended);
        }
        match error {
            Some(_) => self.failing.insert(name),
            None => self.failing.remove(&name),
        };
        let is_half = [Name::Sessions, Name::Volumes]
            .iter()
            .any(|half| *half != name && self.failing.contains(half));
        // One of two lists that comes does not mend a link whose other list does not.
        let mends = error.is_none() && is_half && name != Name::Push && name != Name::Devices;
        let is_news = !mends && self.link(name).note(now, error);
        // Whatever was answered was answered to somebody who is signed in.
        let proves = error.is_none()
            && name != Name::Session
            && self.refused.is_none_or(|refused| refused == name);
        if proves {
            self.refused = None;
        }
        (proves && self.session.note(now, None)) || is_news
    }

    /// Nobody listens for events any more; true when that is news.
    pub fn forget_push(&mut self, now: u64) -> bool {
        let was_known = self.push.ok.is_some();
        self.refused.take_if(|name| *name == Name::Push);
        if was_known {
            self.push = Link::new(now);
        }
        was_known
    }

    fn link(&mut self, name: Name) -> &mut Link {
        match name {
            Name::Session => &mut self.session,
            Name::Devices => &mut self.devices,
            Name::Sessions | Name::Volumes => &mut self.state,
            Name::Push => &mut self.push,
        }
    }
}

fn is_about_the_session(error: &Error) -> bool {
    error.ends_session() || error.code() == code::TOKEN_REFUSED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_blamed_on_one_link() {
        let mut links = Links::new(1);
        assert!(links.note(2, Name::Devices, None));
        assert!(!links.note(3, Name::Devices, None));
        assert_eq!((links.session.ok, links.devices.since), (Some(true), 2));
        let down = Error::new(code::AMAZON_DOWN, "Down.");
        assert!(links.note(4, Name::Push, Some(&down)));
        assert_eq!((links.push.ok, links.push.code), (Some(false), Some("amazon-down")));
        assert_eq!((links.session.ok, links.state.ok), (Some(true), None));
        let ended = Error::new(code::SESSION_ENDED, "Over.");
        assert!(links.note(5, Name::Volumes, Some(&ended)));
        assert!(!links.note(6, Name::Push, Some(&ended)));
        assert_eq!((links.session.code, links.session.since), (Some("session-ended"), 5));
        assert_eq!((links.state.ok, links.devices.ok), (None, Some(true)));
    }

    #[test]
    fn a_refused_token_is_shown_until_there_is_another_one() {
        let mut links = Links::new(1);
        let refused = Error::new(code::TOKEN_REFUSED, "No.");
        assert!(links.note(2, Name::Push, Some(&refused)));
        // Lists need cookies alone.
        links.note(3, Name::Sessions, None);
        assert_eq!((links.session.code, links.session.since), (Some("token-refused"), 2));
        assert!(links.note(4, Name::Push, None));
        assert_eq!((links.session.ok, links.session.since), (Some(true), 4));
        links.note(5, Name::Push, Some(&refused));
        links.forget_push(6);
        links.note(7, Name::Sessions, None);
        assert_eq!(links.session.ok, Some(true));
    }

    #[test]
    fn one_of_two_lists_does_not_mend_the_state() {
        let mut links = Links::new(1);
        let down = Error::new(code::AMAZON_DOWN, "Down.");
        links.note(2, Name::Volumes, Some(&down));
        assert!(!links.note(3, Name::Sessions, None) || links.state.ok == Some(false));
        assert_eq!((links.state.ok, links.state.since), (Some(false), 2));
        assert!(links.note(4, Name::Volumes, None));
        assert_eq!(links.state.ok, Some(true));
    }
}
