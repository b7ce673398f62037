//! Skills on the desk of the developer, and what becomes of them in the cloud.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use super::{Desk, checks};
use crate::call::text;
use crate::skill::cloud::{BuildStatus, EndpointCertificate, Skill, SkillLocale};
use crate::state::State;

/// A skill as the developer has it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) vendor: String,
    /// The manifest that was sent last.
    pub(super) manifest: Value,
    pub(super) manifest_work: Work,
    /// Whether a manifest was ever taken.
    pub(super) is_taken: bool,
    pub(super) models: BTreeMap<String, Model>,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) body: Value,
    pub(super) work: Work,
}

/// Something that is checked or built.
#[derive(Debug)]
pub(super) struct Work {
    due_ms: i64,
    /// Counts what was sent.
    pub(super) version: u32,
    pub(super) done: Option<Vec<Value>>,
}

impl Work {
    pub(super) fn new(due_ms: i64, version: u32) -> Self {
        Self { due_ms, version, done: None }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.done.is_none()
    }

    /// As the status resource has it.
    pub(super) fn view(&self, steps: &[&str]) -> Value {
        let (status, errors) = match &self.done {
            None => ("IN_PROGRESS", &[][..]),
            Some(errors) if errors.is_empty() => ("SUCCEEDED", &[][..]),
            Some(errors) => ("FAILED", errors.as_slice()),
        };
        let mut request = json!({ "status": status, "warnings": [], "errors": errors });
        if !steps.is_empty() {
            let steps: Vec<_> =
                steps.iter().map(|name| json!({ "name": name, "status": status })).collect();
            put(&mut request, &["buildDetails"], json!({ "steps": steps }));
        }
        json!({ "lastUpdateRequest": request, "eTag": self.version.to_string() })
    }
}

/// Puts a value below these names; objects on the way are made.
pub(super) fn put(body: &mut Value, names: &[&str], value: Value) {
    let Some((name, rest)) = names.split_first() else {
        *body = value;
        return;
    };
    if let Value::Object(fields) = body {
        put(fields.entry(*name).or_insert_with(|| json!({})), rest, value);
    }
}

impl Desk {
    /// What a test wants refused.
    fn refusal(&self, what: &str) -> Vec<Value> {
        let words = self.refusals.get(what);
        words.map(|words| json!({ "code": "REFUSED", "message": words })).into_iter().collect()
    }
}

impl State {
    /// Ends the checks and builds that are due, and tells the cloud of skills.
    pub(crate) fn smapi_time_passed(&mut self) {
        let now_ms = self.clock.now_ms();
        let is_due = |work: &Work| work.is_under_way() && work.due_ms <= now_ms;
        let ids: Vec<_> = self.smapi.drafts.keys().cloned().collect();
        for id in ids {
            let refused = self.smapi.refusal("manifest");
            let refusals = self.smapi.refusals.clone();
            let Some(draft) = self.smapi.drafts.get_mut(&id) else { continue };
            if is_due(&draft.manifest_work) {
                let mut errors = checks::manifest(&draft.manifest);
                errors.extend(refused);
                draft.is_taken |= errors.is_empty();
                if errors.is_empty() {
                    let skill = self.skill.cloud.skills.entry(id.clone());
                    set_up(skill.or_insert_with(|| empty(&id)), draft);
                }
                draft.manifest_work.done = Some(errors);
            }
            for (locale, model) in &mut draft.models {
                if !is_due(&model.work) {
                    continue;
                }
                let mut errors = checks::build(&model.body);
                let words = refusals.get(locale);
                errors.extend(words.map(|words| json!({ "code": "REFUSED", "message": words })));
                if let Some(skill) = self.skill.cloud.skills.get_mut(&id) {
                    let is_fine = errors.is_empty();
                    skill.locales.insert(locale.clone(), built(&model.body, is_fine));
                }
                model.work.done = Some(errors);
            }
        }
    }

    /// Whether the developer has a skill in use.
    pub(super) fn is_skill_enabled(&self, id: &str) -> bool {
        let skill = self.skill.cloud.skills.get(id);
        let customer = self.identity.customer_id;
        skill.is_some_and(|skill| {
            skill.is_testing && skill.enabled_for.iter().any(|one| one == customer)
        })
    }

    /// Takes a skill into use for the developer, or out of it.
    pub(super) fn enable_skill(&mut self, id: &str, is_enabled: bool) {
        let customer = self.identity.customer_id;
        let Some(skill) = self.skill.cloud.skills.get_mut(id) else { return };
        skill.is_testing = is_enabled;
        skill.enabled_for.retain(|one| one != customer);
        if is_enabled {
            skill.enabled_for.push(customer.to_owned());
            skill.enablements += 1;
        }
    }
}

fn empty(id: &str) -> Skill {
    Skill {
        id: id.to_owned(),
        vendor: None,
        name: String::new(),
        endpoint: None,
        certificate: EndpointCertificate::default(),
        locales: BTreeMap::new(),
        is_testing: false,
        enabled_for: Vec::new(),
        has_audio_player: false,
        enablements: 0,
    }
}

/// What of a manifest the cloud goes by.
fn set_up(skill: &mut Skill, draft: &Draft) {
    let manifest = &draft.manifest;
    skill.vendor = Some(draft.vendor.clone());
    skill.endpoint = Url::parse(text(manifest, "/apis/custom/endpoint/uri")).ok();
    skill.certificate = match text(manifest, "/apis/custom/endpoint/sslCertificateType") {
        "Wildcard" => EndpointCertificate::Wildcard,
        "SelfSigned" => EndpointCertificate::SelfSigned,
        _ => EndpointCertificate::Trusted,
    };
    let interfaces = manifest.pointer("/apis/custom/interfaces").and_then(Value::as_array);
    skill.has_audio_player =
        interfaces.is_some_and(|list| list.iter().any(|one| text(one, "/type") == "AUDIO_PLAYER"));
    let locales = manifest.pointer("/publishingInformation/locales").and_then(Value::as_object);
    if let Some(locales) = locales {
        skill.locales.retain(|locale, _| locales.contains_key(locale));
        skill.name = locales
            .values()
            .next()
            .map(|words| text(words, "/name"))
            .unwrap_or_default()
            .to_owned();
    }
}

fn built(body: &Value, is_fine: bool) -> SkillLocale {
    let model = body.pointer("/interactionModel/languageModel").unwrap_or(&Value::Null);
    let intents = model.get("intents").and_then(Value::as_array);
    let samples = |intent: &Value| {
        let list = intent.get("samples").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    SkillLocale {
        invocation_name: text(model, "/invocationName").to_owned(),
        intents: intents
            .into_iter()
            .flatten()
            .map(|intent| (text(intent, "/name").to_owned(), samples(intent)))
            .collect(),
        build: if is_fine { BuildStatus::Succeeded } else { BuildStatus::Failed },
    }
}
