//! The whole mutable state of the simulated world.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::account::codes::Authenticator;
use crate::account::identity::{AccountView, Identity};
use crate::account::sessions::Sessions;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::household::later::Later;
use crate::household::model::Household;
use crate::journal::Journal;
use crate::knobs::Knobs;
use crate::pages::privacy::Said;
use crate::pages::sign_in::SignIn;
use crate::push::hub::{self, Hub};
use crate::sites;
use crate::skill::Realm;
use crate::smapi::Desk;

/// How often things happened since the start.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Counters {
    /// Requests on the TLS port.
    pub requests: u64,
    /// Sign-in pages asked for with GET.
    pub sign_in_pages: u64,
    /// Sign-in forms that carried an e-mail.
    pub email_posts: u64,
    /// Posts of the form for a new account; a client must never make one.
    pub create_account_posts: u64,
    /// Sign-in forms judged by their password.
    pub password_posts: u64,
    /// Sign-in forms judged by their one-time code.
    pub otp_posts: u64,
    /// Completed sign-ins.
    pub sign_ins: u64,
    /// Accepted registrations.
    pub registrations: u64,
    /// Access tokens given for a refresh token.
    pub token_refreshes: u64,
    /// Cookie exchanges.
    pub cookie_exchanges: u64,
    /// Accepted deregistrations.
    pub deregistrations: u64,
    /// Sequences posted.
    pub sequences: u64,
    /// Player commands posted.
    pub player_commands: u64,
    /// Requests whose client went away before the answer.
    pub aborted_connections: u64,
    /// Commands and nodes accepted and not carried out, by the setting for it.
    pub commands_dropped: u64,
    /// Calls refused by the rate limit.
    pub rate_limited: u64,
    /// Push streams open now.
    pub push_streams: u64,
    /// Requests for a push stream, refused ones too.
    pub push_asked: u64,
    /// Push streams opened since the start.
    pub push_opened: u64,
    /// Events told, whoever listened.
    pub push_events: u64,
    /// Events that a setting kept from being told.
    pub push_events_lost: u64,
    /// Requests sent to skills.
    pub skill_requests: u64,
    /// Answers of skills that came, or were given up.
    pub skill_answers: u64,
    /// Answers that were not in order.
    pub skill_answers_refused: u64,
    /// Connections for audio begun.
    pub skill_fetches: u64,
    /// Connections for audio that ended by themselves.
    pub skill_fetches_ended: u64,
    /// Bytes of audio received.
    pub skill_bytes: u64,
    /// Pictures fetched by screens, or tried to.
    pub skill_pictures: u64,
    /// Times the buffer of an Echo ran dry while it played.
    pub skill_stalls: u64,
}

/// What can be made invalid at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expire {
    /// All access tokens.
    AccessTokens,
    /// All website cookies.
    Cookies,
    /// All refresh tokens; registrations end.
    RefreshTokens,
    /// All csrf values.
    Csrf,
    /// All authorization codes.
    Codes,
    /// The declared capabilities of all registrations.
    Capabilities,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) identity: Identity,
    pub(crate) authenticator: Authenticator,
    pub(crate) knobs: Knobs,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) counters: Counters,
    pub(crate) sessions: Sessions,
    pub(crate) sign_ins: HashMap<String, SignIn>,
    pub(crate) household: Household,
    /// What was ordered and is not due yet.
    pub(crate) later: Vec<Later>,
    /// Times of the calls that passed the rate limit.
    pub(crate) limited_calls: Vec<i64>,
    pub(crate) push: Hub,
    /// What Alexa said because of skills.
    pub(crate) history: Vec<Said>,
    /// Skills, and the Echos as their players.
    pub(crate) skill: Realm,
    /// Developers of skills.
    pub(crate) smapi: Desk,
    /// The time of the start, by the simulated clock.
    pub(crate) started_ms: i64,
    pub(crate) secrets: Vec<String>,
}

/// The state shared by all connections.
pub(crate) type World = Arc<Mutex<State>>;

/// Locks the state. A panic elsewhere does not matter: every change is whole or harmless.
pub(crate) fn lock(world: &World) -> MutexGuard<'_, State> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new(second_account: bool) -> Self {
        let identity = if second_account { Identity::second() } else { Identity::default() };
        let smapi = Desk::new();
        let mut household = Household::new(identity.customer_id);
        if second_account {
            household.keep_shared();
        }
        Self {
            clock: Clock::default(),
            authenticator: Authenticator::new(identity.otp_seed),
            knobs: Knobs::default(),
            faults: Faults::default(),
            journal: Journal::default(),
            counters: Counters::default(),
            sessions: Sessions::default(),
            sign_ins: HashMap::new(),
            household,
            later: Vec::new(),
            limited_calls: Vec::new(),
            push: Hub::default(),
            history: Vec::new(),
            skill: Realm::default(),
            started_ms: Clock::default().now_ms(),
            secrets: vec![
                identity.password.to_owned(),
                identity.otp_seed.to_owned(),
                smapi.client_secret().to_owned(),
            ],
            smapi,
            identity,
        }
    }

    /// Whether a host has no address in the field: one of the knob, or a site that is none of
    /// Amazon's.
    pub(crate) fn missing(&self, host: &str) -> bool {
        self.knobs.missing_hosts.iter().any(|missing| missing.eq_ignore_ascii_case(host))
            || (sites::classify(host).is_none() && host.split('.').any(|label| label == "amazon"))
    }

    /// Moves the clock and lets everything happen that was due meanwhile.
    pub(crate) fn advance_ms(&mut self, by: i64) {
        self.clock.advance_ms(by);
        self.time_passed();
    }

    /// Lets everything happen that is due by now.
    pub(crate) fn time_passed(&mut self) {
        self.advance_tracks();
        self.perform_due();
        self.smapi_time_passed();
        self.skill_time_passed();
        hub::keep_alive(self);
    }

    /// Whether the next command for a device is accepted and not carried out.
    pub(crate) fn drops(&mut self, serial: &str) -> bool {
        match self.knobs.drop_commands.get_mut(serial) {
            Some(count) if *count > 0 => {
                *count -= 1;
                self.counters.commands_dropped += 1;
                true
            }
            _ => false,
        }
    }

    /// Takes a device off the account; a client that registered it is signed out.
    pub(crate) fn remove_device(&mut self, serial: &str) -> bool {
        self.sessions.deregister(serial);
        self.push.forget(serial);
        self.household.remove(serial)
    }

    /// Gives a device another serial, as if it were made anew.
    pub(crate) fn recreate_device(&mut self, serial: &str) -> Option<String> {
        self.push.forget(serial);
        self.household.recreate(serial)
    }

    /// A new secret that holds the word a log scan looks for.
    pub(crate) fn mint(&mut self, prefix: &str) -> String {
        let secret = format!("{prefix}canary-{}", random_hex());
        self.secrets.push(secret.clone());
        secret
    }

    pub(crate) fn random_number(&self) -> u64 {
        let mut bytes = [0_u8; 8];
        let _ = getrandom::fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// The account with everything secret about it.
    pub(crate) fn account_view(&self) -> AccountView {
        AccountView {
            email: self.identity.email.to_owned(),
            password: self.identity.password.to_owned(),
            otp_seed: self.identity.otp_seed.to_owned(),
            customer_id: self.identity.customer_id.to_owned(),
            name: self.identity.name.to_owned(),
            home_site: self.knobs.home_site.clone(),
            secrets: self.secrets.clone(),
        }
    }

    /// Makes one kind of proof invalid.
    pub(crate) fn expire(&mut self, what: Expire) {
        match what {
            Expire::AccessTokens => self.sessions.access_tokens.clear(),
            Expire::Cookies => self.sessions.web.clear(),
            Expire::Csrf => self.sessions.csrf.clear(),
            Expire::Codes => self.sessions.codes.clear(),
            Expire::Capabilities => self.sessions.capable.clear(),
            Expire::RefreshTokens => {
                for registration in &mut self.sessions.registrations {
                    registration.view.registered = false;
                }
            }
        }
    }
}

/// 32 random hexadecimal digits.
pub(crate) fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A random UUID in its usual form.
pub(crate) fn random_uuid() -> String {
    let hex = random_hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
