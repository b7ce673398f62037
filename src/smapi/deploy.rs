//! Bringing a package to Amazon, as often as one likes: only what differs is sent.
//!
//! The id of a new skill is kept at once and a skill of ours is known by its note, so that a run
//! that was cut short is gone on with and never leaves a second skill.

use std::collections::BTreeMap;
use std::time::Duration;

use ::http::Method;
use serde_json::{Value, json};

use super::client::{Client, rejected};
use super::package::{Package, version_of};
use super::state::{Progress, enablement_path, model_path};
use crate::error::{Error, Result, code};

/// Between two looks at the check of a manifest (*chosen*; Amazon takes seconds).
const MANIFEST_PAUSE: Duration = Duration::from_secs(2);
/// Looks at it (*chosen*).
const MANIFEST_LOOKS: u32 = 45;
/// Between two looks at the builds of models (*chosen*; Amazon takes a minute or a few).
const MODELS_PAUSE: Duration = Duration::from_secs(4);
/// Looks at them (*chosen*).
const MODELS_LOOKS: u32 = 150;
/// Tries to change what is being changed (*chosen*).
const BUSY_TRIES: u32 = 45;
/// Skills in one answer (*documented*).
const PAGE: u32 = 50;
/// Pages of skills that are read (*chosen*).
const PAGES: u32 = 20;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Asking which developer organisation this is.
    Vendor,
    /// Looking for the skill.
    Find,
    /// Making or changing the skill.
    Manifest,
    /// Sending and building what can be said.
    Models,
    /// Enabling it for tests.
    Enable,
}

impl Step {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Find => "find",
            Self::Manifest => "manifest",
            Self::Models => "models",
            Self::Enable => "enable",
        }
    }
}

/// Which skill is meant, where that is not plain.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The id of the developer organisation.
    pub vendor: Option<String>,
    /// The id of the skill.
    pub skill_id: Option<String>,
}

/// What a deployment did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The skill.
    pub skill_id: String,
    /// Whose it is.
    pub vendor: String,
    /// Whether it was made now.
    pub is_new: bool,
    /// Whether its manifest was sent.
    pub has_new_manifest: bool,
    /// Locales whose model was sent.
    pub new_models: Vec<String>,
    /// Whether it was enabled now.
    pub is_newly_enabled: bool,
}

impl Deployed {
    /// Whether everything was as it should be before.
    pub fn is_unchanged(&self) -> bool {
        !self.is_new
            && !self.has_new_manifest
            && self.new_models.is_empty()
            && !self.is_newly_enabled
    }
}

/// Told about each step in a short sentence without a full stop.
pub type OnProgress<'a> = &'a (dyn Fn(Step, String) + Send + Sync);

/// Brings a package to Amazon and waits until it is in use.
///
/// # Errors
/// `no-developer-account`, `several-vendors`, `skill-rejected` with Amazon's words,
/// `skill-unfinished`, those of [`Client::open`] and of the network.
pub async fn deploy(
    client: &Client,
    package: &Package,
    target: &Target,
    on_progress: OnProgress<'_>,
) -> Result<Deployed> {
    on_progress(Step::Vendor, "Asking for the developer account".to_owned());
    let vendor = vendor(client, target.vendor.as_deref()).await?;
    on_progress(Step::Find, "Looking for the skill".to_owned());
    let wanted = package.manifest()?;
    let found = find(client, &vendor, target.skill_id.as_deref()).await?;
    let run = Run { client, on_progress };
    let (skill_id, is_new, has_new_manifest) = match found {
        Some((skill_id, there)) => {
            client.remember(&vendor, Some(&skill_id)).await?;
            let is_sent = run.update(&skill_id, &there, &wanted).await?;
            (skill_id, false, is_sent)
        }
        None => (run.create(&vendor, &wanted).await?, true, true),
    };
    let new_models = run.models(&skill_id, package).await?;
    let is_newly_enabled = run.enable(&skill_id).await?;
    Ok(Deployed { skill_id, vendor, is_new, has_new_manifest, new_models, is_newly_enabled })
}

/// The organisation to work for.
async fn vendor(client: &Client, chosen: Option<&str>) -> Result<String> {
    let reply = client.get("/v1/vendors").await?;
    let text = |entry: &Value, name: &str| {
        entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let vendors: Vec<_> =
        reply.body.get("vendors").and_then(Value::as_array).map_or_else(Vec::new, |list| {
            list.iter().map(|entry| (text(entry, "id"), text(entry, "name"))).collect()
        });
    let known = client.vendor();
    let wanted = chosen.or(known.as_deref());
    let ids = || vendors.iter().map(|(id, _)| id);
    if let Some(id) = wanted.and_then(|wanted| ids().find(|id| *id == wanted)) {
        return Ok(id.clone());
    }
    match vendors.as_slice() {
        [] => Err(Error::new(
            code::NO_DEVELOPER_ACCOUNT,
            "This Amazon account is no Alexa developer account yet.",
        )),
        [(id, _)] if chosen.is_none() => Ok(id.clone()),
        several => {
            let named: Vec<_> = several.iter().map(|(id, name)| format!("{id} ({name})")).collect();
            let which = if chosen.is_some() { "not to that one" } else { "to several" };
            Err(Error::new(
                code::SEVERAL_VENDORS,
                format!(
                    "This account belongs {which} of these developer organisations: {}.",
                    named.join(", ")
                ),
            ))
        }
    }
}

/// The skill and its manifest: the one that is named, the one of before, or one that has our note.
async fn find(
    client: &Client,
    vendor: &str,
    named: Option<&str>,
) -> Result<Option<(String, Value)>> {
    if let Some(id) = named {
        let there = client.manifest(id).await?.ok_or_else(|| {
            Error::new(code::SKILL_MISSING, "This developer has no skill of that id.")
                .with_next_step("Leave the id out to have the skill found or made.")
        })?;
        return Ok(Some((id.to_owned(), there)));
    }
    if client.vendor().as_deref() == Some(vendor)
        && let Some(id) = client.skill_id()
        && let Some(there) = client.manifest(&id).await?
    {
        return Ok(Some((id, there)));
    }
    let mut next = String::new();
    for _ in 0..PAGES {
        let path = format!("/v1/skills?vendorId={vendor}&maxResults={PAGE}{next}");
        let reply = client.get(&path).await?;
        let skills =
            reply.body.get("skills").and_then(Value::as_array).cloned().unwrap_or_default();
        for id in skills.iter().filter(|skill| is_custom(skill)).filter_map(skill_id) {
            if let Some(there) = client.manifest(id).await?
                && version_of(&there).is_some()
            {
                return Ok(Some((id.to_owned(), there)));
            }
        }
        match reply.body.get("nextToken").and_then(Value::as_str).filter(|text| !text.is_empty()) {
            Some(token) => {
                let token: String =
                    url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
                next = format!("&nextToken={token}");
            }
            None => break,
        }
    }
    Ok(None)
}

fn is_custom(skill: &Value) -> bool {
    let is_live = skill.get("stage").and_then(Value::as_str) == Some("live");
    let apis = skill.get("apis").and_then(Value::as_array);
    !is_live && apis.is_none_or(|apis| apis.iter().any(|api| api == "custom"))
}

fn skill_id(skill: &Value) -> Option<&str> {
    skill.get("skillId")?.as_str()
}

struct Run<'a> {
    client: &'a Client,
    on_progress: OnProgress<'a>,
}

impl Run<'_> {
    fn tell(&self, step: Step, text: impl Into<String>) {
        (self.on_progress)(step, text.into());
    }

    async fn create(&self, vendor: &str, manifest: &Value) -> Result<String> {
        self.tell(Step::Manifest, "Making the skill");
        let body = json!({"vendorId": vendor, "manifest": manifest});
        let reply = self.client.call(Method::POST, "/v1/skills", Some(&body)).await?;
        let Some(id) = skill_id(&reply.body) else {
            return Err(rejected(&reply.body).with_status(reply.status));
        };
        self.client.remember(vendor, Some(id)).await?;
        let checked = self.manifest_checked(id).await;
        if checked.as_ref().is_err_and(|error| error.code() == code::SKILL_REJECTED) {
            // What was refused at birth is of no use to anybody, and would be found the next time.
            let path = format!("/v1/skills/{id}");
            if self.client.call(Method::DELETE, &path, None).await.is_ok() {
                self.client.remember(vendor, None).await?;
            }
        }
        checked.map(|()| id.to_owned())
    }

    /// Sends the manifest if it differs or was refused; tells whether it was sent.
    async fn update(&self, id: &str, there: &Value, wanted: &Value) -> Result<bool> {
        self.tell(Step::Manifest, "Comparing the skill");
        let standing = self.client.standing(id).await?;
        let manifest = standing.map_or(Progress::Done, |standing| standing.manifest);
        if manifest == Progress::UnderWay {
            self.manifest_checked(id).await.ok();
        }
        let is_refused = matches!(manifest, Progress::Refused(_));
        if !is_refused && is_within(wanted, there) && same_locales(wanted, there) {
            return Ok(false);
        }
        self.tell(Step::Manifest, "Changing the skill");
        let body = json!({"manifest": joined(there, wanted)});
        let path = format!("/v1/skills/{id}/stages/development/manifest");
        self.put(&path, &body, MANIFEST_PAUSE).await?;
        self.manifest_checked(id).await?;
        Ok(true)
    }

    /// Puts something as soon as nothing else is being changed.
    async fn put(&self, path: &str, body: &Value, pause: Duration) -> Result<()> {
        for _ in 0..BUSY_TRIES {
            let reply = self.client.put(path, Some(body)).await?;
            if reply.is_missing() {
                return Err(rejected(&reply.body).with_status(reply.status));
            }
            if !reply.is_busy() {
                return Ok(());
            }
            self.client.clock().sleep(pause).await;
        }
        Err(unfinished("changing the skill"))
    }

    async fn manifest_checked(&self, id: &str) -> Result<()> {
        self.tell(Step::Manifest, "Amazon checks the skill");
        for _ in 0..MANIFEST_LOOKS {
            let standing = self.client.standing(id).await?;
            match standing.map(|standing| standing.manifest) {
                Some(Progress::Done) => return Ok(()),
                Some(Progress::Refused(words)) => {
                    return Err(Error::new(
                        code::SKILL_REJECTED,
                        format!("Amazon refused the skill: {words}"),
                    ));
                }
                Some(Progress::UnderWay) | None => {}
            }
            self.client.clock().sleep(MANIFEST_PAUSE).await;
        }
        Err(unfinished("checking the skill"))
    }

    /// Sends the models that differ or were refused, and waits until all are built.
    async fn models(&self, id: &str, package: &Package) -> Result<Vec<String>> {
        let wanted = package.models()?;
        let count = wanted.len();
        let standing = self.client.standing(id).await?;
        let standing = standing.map(|standing| standing.models).unwrap_or_default();
        let mut sent = Vec::new();
        for (at, (locale, model)) in wanted.iter().enumerate() {
            self.tell(
                Step::Models,
                format!("Comparing what can be said, {locale} ({} of {count})", at + 1),
            );
            let is_refused = matches!(standing.get(*locale), Some(Progress::Refused(_)));
            let there = self.client.model(id, locale).await?;
            if !is_refused && there.is_some_and(|there| is_within(model, &there)) {
                continue;
            }
            self.put(&model_path(id, locale), model, MODELS_PAUSE).await.map_err(|error| {
                let message = format!("{locale}: {}", error.message());
                let code = error.code();
                if code == code::SKILL_REJECTED { Error::new(code, message) } else { error }
            })?;
            sent.push((*locale).to_owned());
        }
        let locales: Vec<_> = wanted.keys().copied().collect();
        self.models_built(id, &locales).await?;
        Ok(sent)
    }

    async fn models_built(&self, id: &str, locales: &[&str]) -> Result<()> {
        let mut told = None;
        for _ in 0..MODELS_LOOKS {
            let standing = self.client.standing(id).await?;
            let models = standing.map(|standing| standing.models).unwrap_or_default();
            let refused = refusals(&models, locales);
            if !refused.is_empty() {
                let message = format!("Amazon refused what can be said: {}", refused.join(" "));
                return Err(Error::new(code::SKILL_REJECTED, message));
            }
            let is_built = |locale: &&&str| models.get(**locale) == Some(&Progress::Done);
            let built = locales.iter().filter(is_built).count();
            if built == locales.len() {
                return Ok(());
            }
            if told != Some(built) {
                let count = locales.len();
                self.tell(
                    Step::Models,
                    format!("Amazon builds the models, {built} of {count} done"),
                );
                told = Some(built);
            }
            self.client.clock().sleep(MODELS_PAUSE).await;
        }
        Err(unfinished("building the models"))
    }

    async fn enable(&self, id: &str) -> Result<bool> {
        if self.client.is_enabled(id).await? {
            return Ok(false);
        }
        self.tell(Step::Enable, "Enabling the skill for your own Echos");
        let reply = self.client.put(&enablement_path(id), None).await?;
        // A success proves little: it is looked at.
        if reply.status < 300 && self.client.is_enabled(id).await? {
            return Ok(true);
        }
        Err(rejected(&reply.body).with_status(reply.status))
    }
}

fn refusals(models: &BTreeMap<String, Progress>, locales: &[&str]) -> Vec<String> {
    let of = |locale: &&str| match models.get(*locale) {
        Some(Progress::Refused(words)) => Some(format!("{locale}: {words}")),
        _ => None,
    };
    locales.iter().filter_map(of).collect()
}

fn unfinished(what: &str) -> Error {
    Error::new(code::SKILL_UNFINISHED, format!("Amazon is still {what}."))
}

/// Whether everything that is wanted is there. Amazon adds things of its own (*observed*).
fn is_within(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => wanted.iter().all(|(name, value)| {
            let is_nothing = value.as_array().is_some_and(Vec::is_empty);
            there.get(name).map_or(is_nothing, |found| is_within(value, found))
        }),
        (Value::Array(wanted), Value::Array(there)) => {
            // The order of intents, phrases and events means nothing.
            let has = |one: &Value| there.iter().any(|other| is_within(one, other));
            wanted.len() == there.len() && wanted.iter().all(has)
        }
        _ => wanted == there,
    }
}

const LOCALES: &str = "/publishingInformation/locales";

fn same_locales(wanted: &Value, there: &Value) -> bool {
    let names = |manifest: &Value| {
        let locales = manifest.pointer(LOCALES).and_then(Value::as_object);
        locales.map(|locales| locales.keys().cloned().collect::<Vec<_>>())
    };
    names(wanted) == names(there)
}

/// What is wanted over what is there: what the owner added by hand stays, but for locales that the
/// skill no longer has.
fn joined(there: &Value, wanted: &Value) -> Value {
    let mut joined = over(there, wanted);
    let kept = wanted.pointer(LOCALES).and_then(Value::as_object);
    if let Some(locales) = joined.pointer_mut(LOCALES).and_then(Value::as_object_mut) {
        locales.retain(|name, _| kept.is_some_and(|kept| kept.contains_key(name)));
    }
    joined
}

fn over(there: &Value, wanted: &Value) -> Value {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            let mut joined = there.clone();
            for (name, value) in wanted {
                let value = there.get(name).map_or_else(|| value.clone(), |old| over(old, value));
                joined.insert(name.clone(), value);
            }
            Value::Object(joined)
        }
        _ => wanted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_amazon_adds_is_no_difference() {
        let wanted = json!({"a": {"b": [1, 2]}, "e": []});
        assert!(is_within(&wanted, &json!({"a": {"b": [2, 1], "c": 3}, "d": 4})));
        assert!(!is_within(&wanted, &json!({"a": {"b": [1]}, "e": []})));
        assert!(!is_within(&wanted, &json!({"a": {}})));
    }

    #[test]
    fn what_the_owner_added_stays_but_for_locales() {
        let there = json!({"publishingInformation": {"locales": {"de-DE": {"smallIconUri": "x", "name": "old"}, "pl-PL": {}}}, "permissions": [1]});
        let wanted = json!({"publishingInformation": {"locales": {"de-DE": {"name": "new"}}}});
        assert_eq!(
            joined(&there, &wanted),
            json!({"publishingInformation": {"locales": {"de-DE": {"smallIconUri": "x", "name": "new"}}}, "permissions": [1]})
        );
        assert!(!same_locales(&wanted, &there));
    }
}
