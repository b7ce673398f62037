//! What Echos and skills say to each other.

use axum::body::Bytes;
use serde_json::Value;

use crate::skill::carrier::{Job, Road};
use crate::skill::cloud::EndpointCertificate;
use crate::skill::envelope::{self, Sender, Session};
use crate::skill::outbox::{Lane, Outgoing, UnderWay};
use crate::skill::reply::{self, Asked, Directive, Reply};
use crate::skill::views::SentEvent;
use crate::state::{State, random_uuid};

/// The time a skill has for an answer (*documented*).
const ANSWER_MS: i64 = 8000;
/// So long an Echo listens in an open session (*documented*: 8 s, and once more with a reprompt).
const LISTEN_MS: i64 = 8000;
/// After words that decided nothing, sound goes on so much later (chosen).
const BREATH_MS: i64 = 1000;
/// What is said when a skill does not answer as it should.
const TROUBLE: &str = "There was a problem with the requested skill's response.";

impl State {
    /// Sends what may go.
    pub(crate) fn skill_pump(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        let online = self.is_online(serial);
        for lane in [Lane::Events, Lane::Talk] {
            let Some(echo) = self.skill.echos.get_mut(serial) else { return };
            if !online {
                // What happens without a network is never told (chosen).
                echo.way(lane).queue.clear();
                continue;
            }
            if let Some((n, outgoing)) = echo.way(lane).next(now_ms) {
                self.skill_send(serial, lane, n, outgoing);
            }
        }
    }

    fn skill_send(&mut self, serial: &str, lane: Lane, n: u64, outgoing: Outgoing) {
        let now_ms = self.clock.now_ms();
        let kind = outgoing.kind().to_owned();
        let text = |pointer: &str| {
            let value = outgoing.request.get(pointer)?;
            value.as_str().map(str::to_owned)
        };
        let sent = SentEvent {
            kind: kind.clone(),
            intent: outgoing
                .request
                .get("intent")
                .map(|i| crate::call::text(i, "/name").to_owned()),
            request_id: text("requestId").unwrap_or_default(),
            token: text("token"),
            offset_ms: outgoing.request.get("offsetInMilliseconds").and_then(Value::as_u64),
            at_ms: outgoing.at_ms,
            status: None,
            problem: None,
        };
        let under_way = UnderWay {
            n,
            kind,
            skill: outgoing.skill.clone(),
            request_id: sent.request_id.clone(),
            place: 0,
            deadline_ms: now_ms + ANSWER_MS,
        };
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let place = echo.events.len();
        echo.events.push(sent);
        echo.way(lane).under_way = Some(UnderWay { place, ..under_way });
        self.counters.skill_requests += 1;
        let Some((road, body)) = self.skill_body(serial, &outgoing) else {
            return self.skill_answered(serial, lane, n, Err("no endpoint".to_owned()));
        };
        let chain = self.knobs.skill_chain;
        let headers = self.skill.signed(&body, chain);
        let serial = serial.to_owned();
        if self.knobs.skill_replay {
            let (serial, road) = (serial.clone(), road.clone());
            let (headers, body) = (headers.clone(), body.clone());
            self.skill.job(Job::Post { serial, lane, n, road, headers, body, is_extra: true });
        }
        self.skill.job(Job::Post { serial, lane, n, road, headers, body, is_extra: false });
    }

    /// The bytes of a request, and where they go.
    fn skill_body(&mut self, serial: &str, outgoing: &Outgoing) -> Option<(Road, Vec<u8>)> {
        let has_screen = self.has_screen(serial);
        let off_ms = self.knobs.skill_timestamp_off_s.saturating_mul(1000);
        let api = self.api_endpoint();
        let echo = self.skill.echos.get(serial)?;
        let skill = self.skill.cloud.skills.get(&outgoing.skill)?;
        let sender = Sender {
            skill,
            customer: self.identity.customer_id,
            serial,
            api: &api,
            access_token: &echo.access_token,
            has_screen,
        };
        let mut request = outgoing.request.clone();
        if off_ms != 0 {
            let timestamp = envelope::timestamp(outgoing.at_ms.saturating_add(off_ms));
            request.insert("timestamp".to_owned(), timestamp.into());
        }
        let player = outgoing.player.clone().unwrap_or_else(|| echo.player.context());
        let session = outgoing.session.and_then(|is_new| Some((echo.session.as_ref()?, is_new)));
        let mut whole = sender.envelope(&Value::from(request), &player, session);
        if self.knobs.skill_odd_envelopes {
            envelope::make_odd(&mut whole);
        }
        let (device_id, user_id) = (sender.device_id(), sender.user_id());
        let endpoint = skill.endpoint.clone()?;
        let mut road = self.road(endpoint)?;
        road.certificate = Some(skill.certificate);
        if skill.certificate == EndpointCertificate::SelfSigned {
            road.tls = self.skill.trust.as_ref()?.uploaded(self.knobs.skill_tls);
        }
        for secret in [&device_id, &user_id] {
            if !self.secrets.contains(secret) {
                self.secrets.push(secret.clone());
            }
        }
        self.skill.echos.get_mut(serial)?.device_id = Some(device_id);
        Some((road, whole.to_string().into_bytes()))
    }

    fn api_endpoint(&self) -> String {
        let site = crate::sites::site(&self.knobs.home_site);
        let region = match site.map(|site| site.region) {
            Some("EU") => "eu.",
            Some("FE") => "fe.",
            _ => "",
        };
        format!("https://api.{region}amazonalexa.com")
    }

    /// An answer came, or none will.
    pub(crate) fn skill_answered(
        &mut self,
        serial: &str,
        lane: Lane,
        n: u64,
        outcome: Result<(u16, Bytes), String>,
    ) {
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let way = echo.way(lane);
        if way.under_way.as_ref().is_none_or(|under_way| under_way.n != n) {
            return;
        }
        let Some(asked) = way.under_way.take() else { return };
        self.counters.skill_answers += 1;
        if let Some(sent) = echo.events.get_mut(asked.place) {
            sent.status = outcome.as_ref().ok().map(|(status, _)| *status);
            sent.problem = outcome.as_ref().err().cloned();
        }
        let read = match &outcome {
            Err(why) => Err(why.clone()),
            Ok((200, body)) => reply::read(Asked::by(&asked.kind), &asked.skill, body),
            Ok((status, _)) => Err(format!("the status is {status}")),
        };
        match read {
            Ok(reply) => self.skill_obey(serial, &asked, reply),
            Err(why) => self.skill_refuse(serial, &asked, &why),
        }
        self.skill_pump(serial);
    }

    pub(crate) fn skill_overdue(&mut self, serial: &str, now_ms: i64) {
        for lane in [Lane::Events, Lane::Talk] {
            let Some(echo) = self.skill.echos.get_mut(serial) else { return };
            let late = echo.way(lane).under_way.as_ref();
            let late = late.filter(|asked| asked.deadline_ms <= now_ms).map(|asked| asked.n);
            if let Some(n) = late {
                self.skill_answered(serial, lane, n, Err("no answer in time".to_owned()));
            }
        }
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        if echo.session.as_ref().is_some_and(|session| session.until_ms <= now_ms) {
            self.skill_close(serial, "EXCEEDED_MAX_REPROMPTS");
        }
    }

    /// Ends an open session from the side of the Echo.
    fn skill_close(&mut self, serial: &str, reason: &str) {
        let now_ms = self.clock.now_ms();
        let mut request = envelope::request("SessionEndedRequest", &self.locale_of(serial), now_ms);
        request.insert("reason".to_owned(), reason.into());
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let Some(skill) = echo.session.as_ref().map(|session| session.skill.clone()) else {
            return;
        };
        echo.player.go_on(now_ms + BREATH_MS);
        let session = Some(false);
        let (at_ms, due_ms) = (now_ms, now_ms);
        let outgoing = Outgoing { skill, request, player: None, at_ms, due_ms, session };
        echo.talk_way.put(outgoing, false);
    }

    fn skill_obey(&mut self, serial: &str, asked: &UnderWay, reply: Reply) {
        let now_ms = self.clock.now_ms();
        let is_talk = Asked::by(&asked.kind) == Asked::Talk;
        let has_screen = self.has_screen(serial);
        let said = reply.speech.clone();
        let mut effects = Vec::new();
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        if asked.kind == "SessionEndedRequest" {
            echo.session = None;
        }
        echo.spoken.extend(reply.speech);
        if is_talk {
            // Without a word about it a screen keeps the session open (documented).
            let stays = !reply.ends_session.unwrap_or(!has_screen);
            match &mut echo.session {
                Some(session) if stays => {
                    session.attributes = reply.attributes;
                    session.until_ms = now_ms + LISTEN_MS;
                }
                session => *session = None,
            }
        }
        for directive in reply.directives {
            effects.extend(match directive {
                Directive::Play(item, behavior) => echo.player.play(*item, behavior, now_ms),
                Directive::Stop => echo.player.stop(now_ms),
                Directive::Clear { all } => echo.player.clear(all, now_ms),
            });
        }
        // To listen it has to be silent (documented).
        if is_talk && echo.session.is_some() {
            effects.extend(echo.player.interrupt(None, now_ms));
        } else if is_talk {
            echo.player.go_on(now_ms + BREATH_MS);
        }
        if let Some(said) = &said {
            self.skill_history(serial, said);
        }
        self.skill_effects(serial, effects);
        self.skill_pass(serial);
    }

    /// An answer was not in order, or there was none.
    fn skill_refuse(&mut self, serial: &str, asked: &UnderWay, why: &str) {
        let now_ms = self.clock.now_ms();
        let locale = self.locale_of(serial);
        self.counters.skill_answers_refused += 1;
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        echo.answers_refused.push(format!("{}: {why}", asked.kind));
        let (skill, at_ms, due_ms) = (asked.skill.clone(), now_ms, now_ms);
        let outgoing = |request, session| {
            let skill = skill.clone();
            Outgoing { skill, request, player: None, at_ms, due_ms, session }
        };
        match asked.kind.as_str() {
            "LaunchRequest" | "IntentRequest" => {
                echo.spoken.push(TROUBLE.to_owned());
                let mut request = envelope::request("SessionEndedRequest", &locale, now_ms);
                request.insert("reason".to_owned(), "ERROR".into());
                let error = serde_json::json!({ "type": "INVALID_RESPONSE", "message": why });
                request.insert("error".to_owned(), error);
                echo.talk_way.put(outgoing(request, Some(false)), false);
                echo.player.go_on(now_ms + BREATH_MS);
            }
            "SessionEndedRequest" => echo.session = None,
            "System.ExceptionEncountered" => {}
            _ => {
                let kind = "INVALID_RESPONSE";
                let id = &asked.request_id;
                let request = envelope::exception(kind, why, id, &locale, now_ms);
                echo.events_way.put(outgoing(request, None), false);
            }
        }
    }

    /// Opens a session and tells the skill what was said; `None` is the opening itself.
    pub(crate) fn skill_talk(&mut self, serial: &str, skill: &str, intent: Option<&str>) {
        let now_ms = self.clock.now_ms();
        let locale = self.locale_of(serial);
        let request = match intent {
            None => envelope::request("LaunchRequest", &locale, now_ms),
            Some(name) => envelope::intent(name, &locale, now_ms),
        };
        let Some(echo) = self.echo(serial) else { return };
        let known = echo.session.as_ref().is_some_and(|session| session.skill == skill);
        if !known {
            echo.session = Some(Session {
                id: format!("amzn1.echo-api.session.{}", random_uuid()),
                skill: skill.to_owned(),
                attributes: serde_json::json!({}),
                until_ms: i64::MAX,
            });
        }
        echo.opened = Some(skill.to_owned());
        let outgoing = Outgoing {
            skill: skill.to_owned(),
            request,
            player: None,
            at_ms: now_ms,
            due_ms: now_ms,
            session: Some(!known),
        };
        echo.talk_way.put(outgoing, false);
        self.skill_pump(serial);
    }

    /// Tells the skill of a button.
    pub(crate) fn skill_press(&mut self, serial: &str, kind: &str) {
        let now_ms = self.clock.now_ms();
        let locale = self.locale_of(serial);
        let request = envelope::request(&format!("PlaybackController.{kind}"), &locale, now_ms);
        let Some(echo) = self.skill.echos.get_mut(serial) else { return };
        let Some(stream) = &echo.player.current else { return };
        let skill = stream.item.skill.clone();
        let (at_ms, due_ms) = (now_ms, now_ms);
        let session = None;
        let outgoing = Outgoing { skill, request, player: None, at_ms, due_ms, session };
        echo.talk_way.put(outgoing, false);
        self.skill_pump(serial);
    }

    /// Tells a skill that it was enabled or disabled (*documented*: such events have no session and
    /// no device).
    pub(crate) fn skill_enabled(&mut self, id: &str, kind: &str) {
        let now_ms = self.clock.now_ms();
        let api = self.api_endpoint();
        let Some(skill) = self.skill.cloud.skills.get(id) else { return };
        let sender = Sender {
            skill,
            customer: self.identity.customer_id,
            serial: "",
            api: &api,
            access_token: "",
            has_screen: false,
        };
        let mut request = envelope::request(&format!("AlexaSkillEvent.{kind}"), "", now_ms);
        request.remove("locale");
        for name in ["eventCreationTime", "eventPublishingTime"] {
            request.insert(name.to_owned(), envelope::timestamp(now_ms).into());
        }
        let body = sender.event(&Value::from(request)).to_string().into_bytes();
        let Some(road) = skill.endpoint.clone().and_then(|url| self.road(url)) else { return };
        let headers = self.skill.signed(&body, self.knobs.skill_chain);
        let (serial, lane, n, is_extra) = (String::new(), Lane::Events, 0, true);
        self.skill.job(Job::Post { serial, lane, n, road, headers, body, is_extra });
    }
}
