//! Control of skills, and of the Echos as their players.

use std::io;
use std::net::SocketAddr;

use crate::Simulator;
use crate::household::operation;
use crate::push::events;
use crate::skill::certificates::{CertificateOrder, IssuedCertificate, SignOrder};
use crate::skill::cloud::{Skill, SkillPatch, SkillSeed};
use crate::skill::views::{Audible, Button, EchoView};
use crate::state::{State, lock};

impl Simulator {
    /// Adds a skill, or replaces the one of its id.
    pub fn add_skill(&self, seed: SkillSeed) {
        lock(&self.world).add_skill(seed);
    }

    /// Changes a skill; false when there is none of that id.
    pub fn patch_skill(&self, id: &str, patch: SkillPatch) -> bool {
        lock(&self.world).patch_skill(id, patch)
    }

    /// All skills.
    pub fn skills(&self) -> Vec<Skill> {
        lock(&self.world).skill.cloud.skills.values().cloned().collect()
    }

    /// Takes a skill away; false when there is none of that id.
    pub fn remove_skill(&self, id: &str) -> bool {
        lock(&self.world).skill.cloud.skills.remove(id).is_some()
    }

    /// Leads a public name to an address, for Echos and for the cloud; every port of it.
    pub fn resolve(&self, host: &str, to: SocketAddr) {
        lock(&self.world).skill.cloud.names.insert(host.to_ascii_lowercase(), to);
    }

    /// Issues a certificate.
    ///
    /// # Errors
    /// When a name or a day is none.
    pub fn issue(&self, order: &CertificateOrder) -> io::Result<IssuedCertificate> {
        lock(&self.world).issue(order)
    }

    /// The headers of a signed skill request with this body.
    pub fn sign(&self, body: &[u8], order: &SignOrder) -> Vec<(String, String)> {
        let notary = lock(&self.world).skill.notary.clone();
        notary.map(|notary| notary.sign(body, order)).unwrap_or_default()
    }

    /// Somebody says something to a device; the app is told that somebody spoke. False when there
    /// is none of that serial.
    pub fn say(&self, serial: &str, utterance: &str) -> bool {
        lock(&self.world).say(serial, utterance)
    }

    /// Somebody presses a button of the player on a screen.
    pub fn press(&self, serial: &str, button: Button) {
        lock(&self.world).skill_button(serial, button);
    }

    /// The Echo of a device, as skills see it; `None` for what cannot play them.
    pub fn echo(&self, serial: &str) -> Option<EchoView> {
        lock(&self.world).echo(serial).map(|echo| echo.view())
    }

    /// What comes out of an Echo now, of skills; cheaper than [`Simulator::echo`].
    pub fn audible(&self, serial: &str) -> Option<Audible> {
        lock(&self.world).skill.echos.get(serial)?.audible()
    }

    /// Breaks the connections over which an Echo fetches audio, once.
    pub fn drop_audio(&self, serial: &str) {
        lock(&self.world).drop_audio(serial);
    }

    /// Lets the clock stand still but for what is advanced, or run again.
    pub fn hold_clock(&self, holds: bool) {
        lock(&self.world).clock.hold(holds);
    }
}

impl State {
    pub(crate) fn add_skill(&mut self, seed: SkillSeed) {
        let locale = self.locale_of("");
        self.skill.cloud.add(seed, &locale, self.identity.customer_id);
    }

    /// Changes a skill. It is told of having been enabled or disabled for the owner of the Echos,
    /// as what it is after that.
    pub(crate) fn patch_skill(&mut self, id: &str, patch: SkillPatch) -> bool {
        let customer = self.identity.customer_id;
        let is_enabled = |state: &Self| {
            let skill = state.skill.cloud.skills.get(id);
            skill.is_some_and(|skill| skill.enabled_for.iter().any(|one| one == customer))
        };
        let before = is_enabled(self);
        let is_there = self.skill.cloud.patch(id, patch);
        match (before, is_enabled(self)) {
            (false, true) => self.skill_enabled(id, "SkillEnabled"),
            (true, false) => self.skill_enabled(id, "SkillDisabled"),
            _ => {}
        }
        is_there
    }

    pub(crate) fn issue(&self, order: &CertificateOrder) -> io::Result<IssuedCertificate> {
        let notary = self.skill.notary.as_ref();
        let notary = notary.ok_or_else(|| io::Error::other("it has not started"))?;
        notary.issue(order, self.clock.now_s())
    }

    pub(crate) fn say(&mut self, serial: &str, utterance: &str) -> bool {
        let is_there = self.household.find(serial).is_some();
        if is_there {
            events::voice(self, serial);
            operation::spoken_command(self, serial, utterance);
        }
        is_there
    }

    pub(crate) fn drop_audio(&mut self, serial: &str) {
        let now_ms = self.clock.now_ms();
        if let Some(echo) = self.skill.echos.get_mut(serial) {
            echo.player.drop_connections(now_ms, 0);
        }
        self.skill_time_passed();
    }
}
