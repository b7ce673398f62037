//! What an account hangs on, each link with how it stands and since when.

use serde::Serialize;

use crate::error::{Error, ErrorKind};

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
        if self.ok == ok && self.code == code {
            return false;
        }
        let since = if self.ok == ok { self.since } else { now };
        *self = Self { ok, since, code, text: error.map(Error::to_string) };
        true
    }
}

/// Names of the links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The session itself.
    Session,
    /// The list of devices.
    Devices,
    /// The lists of what plays how loud.
    State,
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
}

impl Links {
    /// Nothing is known yet.
    pub fn new(now: u64) -> Self {
        let link = Link::new(now);
        Self { session: link.clone(), devices: link.clone(), state: link.clone(), push: link }
    }

    /// Notes how it went; true when that is news. A session that has ended is the one broken link:
    /// what fails because of it is not blamed on others.
    pub(crate) fn note(&mut self, now: u64, name: Name, error: Option<&Error>) -> bool {
        let ended = error
            .filter(|error| matches!(error.kind(), ErrorKind::SignInRequired | ErrorKind::Closed));
        if ended.is_some() {
            return self.session.note(now, ended);
        }
        let is_news = self.link(name).note(now, error);
        // Whatever was answered was answered to somebody who is signed in.
        let proves = error.is_none() && name != Name::Session;
        (proves && self.session.note(now, None)) || is_news
    }

    fn link(&mut self, name: Name) -> &mut Link {
        match name {
            Name::Session => &mut self.session,
            Name::Devices => &mut self.devices,
            Name::State => &mut self.state,
            Name::Push => &mut self.push,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::code;

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
        assert!(links.note(5, Name::State, Some(&ended)));
        assert!(!links.note(6, Name::Push, Some(&ended)));
        assert_eq!((links.session.code, links.session.since), (Some("session-ended"), 5));
        assert_eq!((links.state.ok, links.devices.ok), (None, Some(true)));
    }
}
